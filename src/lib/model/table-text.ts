/**
 * Values and rows as text that other programs read: CSV, Markdown, JSON. Values are as in a query's result:
 * 64-bit integers as BigInt, lists as arrays, maps and structs as objects, bytes as Uint8Array, NULL as null.
 */

/** JSON with all digits of 64-bit integers, which `JSON.stringify` refuses. NaN and infinities become null. */
export function jsonText(value: unknown): string {
  switch (typeof value) {
    case 'bigint':
      return String(value);
    case 'number':
      return Number.isFinite(value) ? String(value) : 'null';
    case 'string':
    case 'boolean':
      return JSON.stringify(value);
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Uint8Array) return JSON.stringify(bytesText(value));
      if (Array.isArray(value)) return `[${value.map(jsonText).join(',')}]`;
      return `{${Object.entries(value)
        .map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`)
        .join(',')}}`;
    default:
      return 'null';
  }
}

/** One value as plain text, exact: NULL as nothing, lists and maps as JSON. */
export function valueText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
    case 'number':
    case 'boolean':
      return String(value);
    default:
      if (value === null || value === undefined) return '';
      return value instanceof Uint8Array ? bytesText(value) : jsonText(value);
  }
}

/** Bytes as DuckDB spells a BLOB: printable ASCII as it is, the rest as `\x1F`. */
function bytesText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const isPlain = byte >= 32 && byte < 127 && byte !== 92 && byte !== 34 && byte !== 39;
    text += isPlain
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

export interface SpreadsheetOptions {
  /** Texts that a spreadsheet would run as a formula get an apostrophe in front. */
  guardsFormulas: boolean;
}

/**
 * One line of CSV without its end, as RFC 4180 and DuckDB write it: NULL is nothing, the empty text is `""`.
 * https://www.rfc-editor.org/rfc/rfc4180
 */
export function csvLine(values: readonly unknown[], options: SpreadsheetOptions): string {
  return values.map((value) => csvCell(value, options)).join(',');
}

function csvCell(value: unknown, options: SpreadsheetOptions): string {
  if (value === null || value === undefined) return '';
  const text = spreadsheetText(value, options);
  return text === '' || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * A value for a cell of a spreadsheet. Spreadsheets run a text that begins with `=`, `+`, `-`, `@`, a tab or a carriage
 * return as a formula, and texts come from files of unknown makers, so OWASP advises an apostrophe in front. Figures stay
 * figures.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export function spreadsheetText(value: unknown, { guardsFormulas }: SpreadsheetOptions): string {
  const text = valueText(value);
  return guardsFormulas && typeof value === 'string' && /^[-=+@\t\r]/.test(text)
    ? `'${text}`
    : text;
}

/** A whole CSV text with its header; lines end in `\n`. */
export function csvText(
  names: readonly string[],
  rows: Iterable<readonly unknown[]>,
  options: SpreadsheetOptions,
): string {
  const lines = [csvLine(names, options)];
  for (const row of rows) lines.push(csvLine(row, options));
  return `${lines.join('\n')}\n`;
}

/** One row as a JSON object; of columns with the same name the last wins. */
export function jsonRow(names: readonly string[], values: readonly unknown[]): string {
  return `{${names.map((name, i) => `${JSON.stringify(name)}: ${jsonText(values[i])}`).join(', ')}}`;
}

/** A JSON array of objects, one a line. */
export function jsonRows(names: readonly string[], rows: Iterable<readonly unknown[]>): string {
  return `[\n${Array.from(rows, (row) => `  ${jsonRow(names, row)}`).join(',\n')}\n]\n`;
}

/** A table in GitHub's Markdown, with columns of numbers aligned to the right. */
export function markdownTable(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
): string {
  const isNumber = names.map(
    (_, i) =>
      rows.some((row) => row[i] !== null) &&
      rows.every((row) => row[i] === null || ['number', 'bigint'].includes(typeof row[i])),
  );
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    line(names.map(markdownCell)),
    line(isNumber.map((right) => (right ? '---:' : '---'))),
    ...rows.map((row) => line(row.map((value) => markdownCell(valueText(value))))),
    '',
  ].join('\n');
}

function markdownCell(text: string): string {
  return text.replace(/[\\|]/g, '\\$&').replace(/\r?\n|\r/g, '<br>');
}
