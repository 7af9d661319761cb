/**
 * The members of one JSON object by name, each as text. For records with many optional members in several spellings: a reader
 * takes those it knows, and the rest become attributes, so that nothing is lost.
 */
import { NO_ATTRIBUTES, type Attributes } from '$lib/model/span';
import { JsonError, JsonReader } from '$lib/json/reader';

/** Reads texts inside records. Shared, because each text is read to its end before the next. */
const part = new JsonReader();

type Inner = ReadonlyMap<string, (json: JsonReader) => void>;
const NO_INNER: Inner = new Map();

/** Nested objects are flattened to dotted names down to this depth; deeper ones stay JSON. */
const MAX_FLAT_DEPTH = 20;

export class Members {
  private constructor(private readonly texts: Map<string, string>) {}

  /**
   * Reads an object. Null members are left out.
   * @param inner members that the caller reads: children, which may nest deeply, or lists, which may be long
   */
  static read(json: JsonReader, inner: Inner = NO_INNER): Members {
    const texts = new Map<string, string>();
    json.beginObject();
    for (let key = json.nextKey(); key !== null; key = json.nextKey()) {
      if (json.tryNull()) continue;
      const own = inner.get(key);
      if (own) own(json);
      else texts.set(key, json.text());
    }
    return new Members(texts);
  }

  /** The members of an object given as JSON; null for any other text. */
  static parse(text: string): Members | null {
    return parseWith(text, '{', () => Members.read(part));
  }

  /** Removes and returns the first of these that exists. */
  take(...names: readonly string[]): string | null {
    for (const name of names) {
      const text = this.texts.get(name);
      if (text === undefined) continue;
      this.texts.delete(name);
      return text;
    }
    return null;
  }

  /** Like `take`, but does not remove it. */
  get(...names: readonly string[]): string | null {
    for (const name of names) {
      const text = this.texts.get(name);
      if (text !== undefined) return text;
    }
    return null;
  }

  has(name: string): boolean {
    return this.texts.has(name);
  }

  /** Takes an object, also one written as text. Null if there is none; anything else is left among the rest. */
  takeObject(...names: readonly string[]): Members | null {
    for (const name of names) {
      const members = Members.parse(this.texts.get(name) ?? '');
      if (!members) continue;
      this.texts.delete(name);
      return members;
    }
    return null;
  }

  /** Takes a list, also one written as text, and returns its elements as texts. Anything else is left among the rest. */
  takeList(...names: readonly string[]): string[] {
    for (const name of names) {
      const list = parseList(this.texts.get(name) ?? '');
      if (!list) continue;
      this.texts.delete(name);
      return list;
    }
    return [];
  }

  /** The rest, including empty values. */
  attributes(prefix = ''): Attributes {
    const attributes: Attributes = [];
    for (const [name, text] of this.texts) attributes.push(prefix + name, text);
    return attributes.length > 0 ? attributes : NO_ATTRIBUTES;
  }

  /** Adds the rest, without empty texts, lists and objects. */
  restTo(attributes: Attributes, prefix = ''): void {
    for (const [name, text] of this.texts) {
      if (text !== '' && text !== '[]' && text !== '{}') attributes.push(prefix + name, text);
    }
  }

  /** Adds the rest, with nested objects as dotted names. */
  flatTo(attributes: Attributes, prefix = ''): void {
    for (const [name, text] of this.texts) flatten(text, prefix + name, attributes);
  }
}

/** The elements of a list given as JSON, as texts; null for any other text. */
export function parseList(text: string): string[] | null {
  return parseWith(text, '[', () => {
    const elements: string[] = [];
    part.beginArray();
    while (part.nextElement()) elements.push(part.text());
    return elements;
  });
}

/** Adds a value under its name, and an object's members under dotted names. */
export function flatten(text: string, name: string, attributes: Attributes): void {
  const before = attributes.length;
  const flat = parseWith(text, '{', () => {
    flattenObject(name, attributes, 0);
    return true;
  });
  if (flat) return;
  attributes.length = before;
  attributes.push(name, text);
}

function flattenObject(prefix: string, attributes: Attributes, depth: number): void {
  part.beginObject();
  let isEmpty = true;
  for (let key = part.nextKey(); key !== null; key = part.nextKey()) {
    isEmpty = false;
    const name = `${prefix}.${key}`;
    if (depth < MAX_FLAT_DEPTH && part.peek() === 'object') {
      flattenObject(name, attributes, depth + 1);
    } else attributes.push(name, part.text());
  }
  if (isEmpty) attributes.push(prefix, '{}');
}

function parseWith<T>(text: string, first: string, parse: () => T): T | null {
  if (!text.trimStart().startsWith(first)) return null;
  part.reset(text);
  try {
    const value = parse();
    return part.atEnd() ? value : null;
  } catch (error) {
    if (error instanceof JsonError) return null;
    throw error;
  }
}
