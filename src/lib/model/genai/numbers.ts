/** Reads numbers from attributes, which are text. */

/** Reads an attribute of one span; undefined if the span has no such key. */
export type ReadAttribute = (key: string) => string | undefined;

/** A whole number of up to 15 digits that is not negative; null for anything else. */
export function wholeNumber(text: string | undefined): bigint | null {
  return text !== undefined && /^\d{1,15}(\.0+)?$/.test(text) ? BigInt(text.split('.')[0]) : null;
}

/** A finite number; null for anything else. */
export function finiteNumber(text: string | undefined): number | null {
  if (text === undefined || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/** The first of the attributes that is present, as a whole number; null if there is none or it is not such a number. */
export function firstWhole(read: ReadAttribute, keys: readonly string[]): bigint | null {
  for (const key of keys) {
    const text = read(key);
    if (text !== undefined) return wholeNumber(text);
  }
  return null;
}

/** Usage is a handful of figures; a longer text is something else by the same name. */
const MAX_OBJECT_LENGTH = 4096;

/** The members of an attribute that is a JSON object; empty for anything else. Nested members have dotted keys. */
export function membersOf(text: string | undefined): Map<string, number> {
  const members = new Map<string, number>();
  if (text === undefined || text.length > MAX_OBJECT_LENGTH || !text.trimStart().startsWith('{')) {
    return members;
  }
  try {
    collect(JSON.parse(text), '', members);
  } catch {
    // Not JSON: there is nothing to add up.
  }
  return members;
}

function collect(object: object, prefix: string, members: Map<string, number>): void {
  for (const [key, value] of Object.entries(object) as [string, unknown][]) {
    if (typeof value === 'number' && Number.isFinite(value)) members.set(prefix + key, value);
    else if (typeof value === 'object' && value !== null && prefix === '') {
      collect(value, `${key}.`, members);
    }
  }
}
