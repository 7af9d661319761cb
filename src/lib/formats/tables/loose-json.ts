/**
 * Values as ClickHouse writes them into CSV (`{'a':'b'}`, `['x','y']`) and Python by `str` (`{'a': None, 'b': True}`), as
 * JSON text. Null for what does not look like it.
 */
const WORDS: Record<string, string> = {
  None: 'null',
  NULL: 'null',
  True: 'true',
  False: 'false',
  null: 'null',
  true: 'true',
  false: 'false',
  nan: '"NaN"',
  NaN: '"NaN"',
  inf: '"Infinity"',
};
const TOKEN =
  /\s*(?:([[\]{}:,()])|'((?:[^'\\]|\\[^]|'')*)'|("(?:[^"\\]|\\[^])*")|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|([A-Za-z]+))/y;
const ESCAPES: Record<string, string> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f', '0': '\0' };

export function strictJson(text: string): string | null {
  if (!/^\s*[[{(]/.test(text)) return null;
  const out: string[] = [];
  const end = text.trimEnd().length;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < end) {
    const match = TOKEN.exec(text);
    if (!match) return null;
    const [, mark, single, double, number, word] = match;
    if (mark !== undefined) out.push(mark === '(' ? '[' : mark === ')' ? ']' : mark);
    else if (single !== undefined) out.push(JSON.stringify(unescaped(single)));
    else if (double !== undefined) out.push(double);
    else if (number !== undefined) out.push(number);
    else if (Object.hasOwn(WORDS, word)) out.push(WORDS[word]);
    else return null;
    // A number as a key.
    const last = out.length - 1;
    if (out[last] === ':' && last > 0 && !out[last - 1].startsWith('"')) {
      out[last - 1] = JSON.stringify(out[last - 1]);
    }
  }
  return out.join('');
}

function unescaped(text: string): string {
  return text
    .replace(/''/g, "'")
    .replace(/\\([^])/g, (_, char: string) =>
      Object.hasOwn(ESCAPES, char) ? ESCAPES[char] : char,
    );
}
