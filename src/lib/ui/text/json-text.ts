/**
 * JSON text read lazily: opening a node parses only its own children. Numbers keep their digits, and objects keep the order
 * of their keys and duplicates, which `JSON.parse` would change.
 * Grammar: https://www.rfc-editor.org/rfc/rfc8259
 */

export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'literal';

/** A value as a range of the text. */
export interface JsonNode {
  kind: JsonKind;
  start: number;
  /** After its last character. */
  end: number;
}

export interface JsonChild {
  /** Decoded key of a member; null in arrays. */
  key: string | null;
  node: JsonNode;
}

/** Cheap test before `jsonRoot`: could this text be an object or array? */
export function looksLikeJson(text: string): boolean {
  let start = 0;
  while (start < text.length && isSpace(text.charCodeAt(start))) start++;
  let end = text.length - 1;
  while (end > start && isSpace(text.charCodeAt(end))) end--;
  const first = text[start];
  const last = text[end];
  return (first === '{' && last === '}') || (first === '[' && last === ']');
}

/** The value of the whole text; null if it is not valid JSON. Costs one native parse. */
export function jsonRoot(text: string): JsonNode | null {
  try {
    JSON.parse(text);
  } catch {
    return null;
  }
  const start = skipSpace(text, 0);
  return { kind: kindAt(text, start), start, end: valueEnd(text, start) };
}

/** Direct children of an object or array, in the order of the text; `limit` stops early, for previews. */
export function jsonChildren(text: string, node: JsonNode, limit = Infinity): JsonChild[] {
  const children: JsonChild[] = [];
  if (node.kind !== 'object' && node.kind !== 'array') return children;
  let at = skipSpace(text, node.start + 1);
  while (at < node.end - 1 && children.length < limit) {
    let key: string | null = null;
    if (node.kind === 'object') {
      const keyEnd = stringEnd(text, at);
      key = JSON.parse(text.slice(at, keyEnd)) as string;
      at = skipSpace(text, skipSpace(text, keyEnd) + 1); // over the colon
    }
    const end = valueEnd(text, at);
    children.push({ key, node: { kind: kindAt(text, at), start: at, end } });
    at = skipSpace(text, end);
    if (text[at] === ',') at = skipSpace(text, at + 1);
  }
  return children;
}

/** A scalar for display: strings decoded, numbers with their digits. */
export function jsonScalar(text: string, node: JsonNode): string {
  const raw = text.slice(node.start, node.end);
  return node.kind === 'string' ? (JSON.parse(raw) as string) : raw;
}

/** The text of a node, indented by two spaces and otherwise unchanged. Linear, no recursion. */
export function jsonPretty(text: string, node: JsonNode): string {
  const parts: string[] = [];
  let depth = 0;
  let at = node.start;
  const newline = (): string => `\n${'  '.repeat(depth)}`;
  while (at < node.end) {
    const char = text[at];
    if (char === '"') {
      const end = stringEnd(text, at);
      parts.push(text.slice(at, end));
      at = end;
      continue;
    }
    at++;
    if (char === '{' || char === '[') {
      const next = skipSpace(text, at);
      if (text[next] === '}' || text[next] === ']') {
        parts.push(char, text[next]);
        at = next + 1;
      } else {
        depth++;
        parts.push(char, newline());
      }
    } else if (char === '}' || char === ']') {
      depth--;
      parts.push(newline(), char);
    } else if (char === ',') parts.push(',', newline());
    else if (char === ':') parts.push(': ');
    else if (!isSpace(char.charCodeAt(0))) parts.push(char);
  }
  return parts.join('');
}

function isSpace(code: number): boolean {
  return code === 32 || code === 10 || code === 13 || code === 9;
}

function skipSpace(text: string, at: number): number {
  while (at < text.length && isSpace(text.charCodeAt(at))) at++;
  return at;
}

function kindAt(text: string, at: number): JsonKind {
  switch (text[at]) {
    case '{':
      return 'object';
    case '[':
      return 'array';
    case '"':
      return 'string';
    case 't':
    case 'f':
    case 'n':
      return 'literal';
    default:
      return 'number';
  }
}

function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote !== -1) {
    let slashes = 0;
    while (text[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
    quote = text.indexOf('"', quote + 1);
  }
  return text.length;
}

const STRUCTURE = /["{}[\]]/g;
const SCALAR_END = /[\s,\]}]/g;

function valueEnd(text: string, start: number): number {
  const first = text[start];
  if (first === '"') return stringEnd(text, start);
  if (first !== '{' && first !== '[') {
    SCALAR_END.lastIndex = start;
    return SCALAR_END.exec(text)?.index ?? text.length;
  }
  let depth = 0;
  let at = start;
  for (;;) {
    STRUCTURE.lastIndex = at;
    const found = STRUCTURE.exec(text);
    if (!found) return text.length;
    at = found.index;
    if (found[0] === '"') at = stringEnd(text, at);
    else {
      at++;
      depth += found[0] === '{' || found[0] === '[' ? 1 : -1;
      if (depth === 0) return at;
    }
  }
}
