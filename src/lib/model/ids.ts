/**
 * Trace and span ids. Writers differ in case, leading zeros, UUIDs and base64; the dataset holds lower-case
 * hex of 16 or 32 digits. Ids that people type or links carry are normalised the same way.
 */

export const TRACE_ID_BYTES = 16;
export const SPAN_ID_BYTES = 8;

const LOWER_HEX = /^[0-9a-f]+$/;
const ANY_HEX = /^(?:0[xX])?([0-9a-fA-F]+)$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const ZEROS = /^0+$/;

/** Digits of a span id, and of a trace id of 64 bits. */
const SHORT = 16;
/** Digits of a trace id of 128 bits. */
const LONG = 32;

/**
 * The id as lower-case hex with its leading zeros; null for what is neither hex, a UUID, nor base64 of so many bytes. An
 * empty id stays empty.
 */
export function hexId(text: string, bytes: number): string | null {
  const { length } = text;
  if (length === 0 || ((length === SHORT || length === LONG) && LOWER_HEX.test(text))) return text;
  const hex = ANY_HEX.exec(text);
  if (hex) return padded(hex[1].toLowerCase());
  if (UUID.test(text)) return text.replaceAll('-', '').toLowerCase();
  return BASE64.test(text) ? base64ToHex(text, bytes) : null;
}

/** A trace id that was typed or linked, as the dataset spells it; unchanged where it is no id. */
export function normalTraceId(text: string): string {
  return hexId(text.trim(), TRACE_ID_BYTES) ?? text;
}

/** A span id that was typed or linked, as the dataset spells it; unchanged where it is no id. */
export function normalSpanId(text: string): string {
  return hexId(text.trim(), SPAN_ID_BYTES) ?? text;
}

/** So many digits are hardly part of another id by chance. */
const MIN_DISTINCT = 8;

/**
 * What to search for if the text is an id in another spelling than the dataset's: `0x…`, a UUID, or with extra leading
 * zeros. Null if it is not an id, or already in the dataset's spelling.
 */
export function idNeedle(text: string): string | null {
  const bare = text.trim();
  const digits = UUID.test(bare) ? bare.replaceAll('-', '') : ANY_HEX.exec(bare)?.[1];
  if (digits === undefined) return null;
  const bareDigits = digits.replace(/^0+/, '');
  // An id of few digits keeps its zeros: `2b` would be found in many others.
  if (digits.length >= SHORT && bareDigits.length < MIN_DISTINCT) return null;
  const whole = digits.length >= SHORT ? bareDigits : digits;
  const needle = whole.toLowerCase();
  return needle === '' || needle === bare.toLowerCase() ? null : needle;
}

/** An id of all zeros means no id, wherever a parent is named. */
export function isNoId(id: string): boolean {
  return id === '' || ZEROS.test(id);
}

/** Whether a trace id of hex has 64 bits only: 16 digits, or 32 of which the first half is zero. */
export function isShortTraceId(id: string): boolean {
  return id.length === SHORT || (id.length === LONG && id.startsWith('0'.repeat(SHORT)));
}

/** Whether both may spell one trace id: the same last 64 bits, with nothing before them in one of the two. */
export function maySpellSame(a: string, b: string): boolean {
  if (a === b) return true;
  if (!(isShortTraceId(a) || isShortTraceId(b))) return false;
  if (![a, b].every((id) => (id.length === SHORT || id.length === LONG) && LOWER_HEX.test(id)))
    return false;
  return a.slice(-SHORT) === b.slice(-SHORT);
}

/** Where two spellings can be told by their last 64 bits, those bits; null for an id of another form. */
export function lastBits(id: string): string | null {
  return (id.length === SHORT || id.length === LONG) && LOWER_HEX.test(id)
    ? id.slice(-SHORT)
    : null;
}

function padded(hex: string): string {
  if (hex.length === SHORT || hex.length >= LONG) return hex;
  return hex.padStart(hex.length < SHORT ? SHORT : LONG, '0');
}

function base64ToHex(text: string, bytes: number): string | null {
  const bare = text.replace(/=+$/, '').replaceAll('-', '+').replaceAll('_', '/');
  if (bare.length !== Math.ceil((bytes * 8) / 6)) return null;
  let hex = '';
  for (const char of atob(bare.padEnd(Math.ceil(bare.length / 4) * 4, '='))) {
    hex += char.charCodeAt(0).toString(16).padStart(2, '0');
  }
  return hex;
}
