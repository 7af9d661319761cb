/** Trace and span ids: the writers disagree about hex, its case and base64; the dataset holds lower-case hex. */

export const TRACE_ID_BYTES = 16;
export const SPAN_ID_BYTES = 8;

const LOWER_HEX = /^[0-9a-f]+$/;
const ANY_HEX = /^(?:0[xX])?([0-9a-fA-F]+)$/;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const ZEROS = /^0+$/;

/** The id as lower-case hex; null for what is neither hex nor base64 of that many bytes. An empty id stays empty. */
export function hexId(text: string, bytes: number): string | null {
  if (text === '' || LOWER_HEX.test(text)) return text;
  const hex = ANY_HEX.exec(text);
  if (hex) return hex[1].toLowerCase();
  return BASE64.test(text) ? base64ToHex(text, bytes) : null;
}

/** Ids of zeros alone stand for no id, wherever a parent is named. */
export function isNoId(id: string): boolean {
  return id === '' || ZEROS.test(id);
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
