/**
 * Comma-separated values with a line of names: RFC 4180, and tabs, semicolons or bars in place of the comma.
 * https://www.rfc-editor.org/rfc/rfc4180
 */
import type { Source } from '$lib/bytes/source';
import type { WarningSink } from '$lib/model/diagnostics';
import { recognise } from './mapping';
import type { Batch, Cell, Column, Table, TableFile, TableFormat } from './table';

const DELIMITERS = [',', '\t', ';', '|'];

export const csv: TableFormat = {
  id: 'csv',
  label: 'CSV',
  sniff(head) {
    const names = headerOf(head)?.names;
    return names !== undefined && recognise(names).missing.length === 0;
  },
  sniffTable(head, mapping) {
    const names = headerOf(head)?.names;
    if (names && mapping && recognise(names, mapping).missing.length === 0) return true;
    return isTabular(head);
  },
  open: openCsv,
};

interface Header {
  names: string[];
  delimiter: string;
}

/** The first line as names of columns; null where it can be none. */
function headerOf(head: Uint8Array): Header | null {
  if (head.includes(0)) return null;
  const text = new TextDecoder().decode(head);
  const line = /^[^\r\n]*/.exec(text)?.[0] ?? '';
  // JSON has commas too.
  if (/^\s*[[{<]/.test(line) || line.length > 32_768) return null;
  const delimiter = [...DELIMITERS].sort((a, b) => line.split(b).length - line.split(a).length)[0];
  const names = splitLine(line, delimiter);
  const isHeader =
    names.length >= 2 &&
    names.some((name) => name !== '') &&
    names.every((name) => name.length <= 200 && !/^-?\d+(?:\.\d+)?$/.test(name));
  return isHeader ? { names, delimiter } : null;
}

/** Several lines, of which most have as many fields as the first: prose with commas has not. */
function isTabular(head: Uint8Array): boolean {
  const header = headerOf(head);
  if (!header) return false;
  const lines = new TextDecoder()
    .decode(head)
    .split(/\r?\n|\r/)
    .slice(1, 12);
  const whole = lines.filter((line) => line !== '' && !line.includes('"'));
  const fitting = whole.filter(
    (line) => splitLine(line, header.delimiter).length === header.names.length,
  );
  return header.names.length >= 3 && whole.length > 0 && fitting.length * 2 > whole.length;
}

function splitLine(line: string, delimiter: string): string[] {
  const names: string[] = [];
  const quoted = /^\s*"((?:[^"]|"")*)"\s*$/;
  let field = '';
  let isOpen = false;
  for (const char of line) {
    if (char === '"') isOpen = !isOpen;
    if (char === delimiter && !isOpen) {
      names.push(field);
      field = '';
    } else field += char;
  }
  names.push(field);
  return names.map((name) => quoted.exec(name)?.[1].replaceAll('""', '"') ?? name.trim());
}

async function openCsv(source: Source, sink: WarningSink): Promise<TableFile> {
  const header = headerOf(await source.head());
  const names = header?.names ?? [];
  const columns = distinct(names).map((name): Column => ({ name, type: { kind: 'any' } }));
  const table: Table = {
    name: '',
    columns,
    batches: () => readRows(source, columns.length, header?.delimiter ?? ',', sink),
  };
  return { tables: [table] };
}

/** Two columns of one name are told apart. */
function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? name : `${name} (${count})`;
  });
}

const BATCH_ROWS = 4096;
/** Wide rows make a batch earlier. */
const BATCH_CHARACTERS = 8 << 20;
/** A row that does not end within this is one whose quote was never closed. */
const MAX_ROW_CHARACTERS = 16 << 20;
/** Each costs a look at all that follows; a file with more is no CSV. */
const MAX_OPEN_QUOTES = 100;

async function* readRows(
  source: Source,
  width: number,
  delimiter: string,
  sink: WarningSink,
): AsyncGenerator<Batch> {
  const { default: papa } = await import('papaparse');
  const decoder = new TextDecoder();
  const newline = newlineOf(await source.head());
  const rows = new Rows(width, sink);
  let text = '';
  /** Characters that were looked at without finding the end of a row. */
  let looked = 0;
  let openQuotes = 0;
  const parse = (): void => {
    const parser = new papa.Parser({ delimiter, newline });
    const { data, meta } = parser.parse(text, 0, true) as Parsed;
    rows.add(data, false);
    text = text.slice(meta.cursor);
    looked = text.length;
  };
  for await (const chunk of source.chunks()) {
    text += decoder.decode(chunk, { stream: true });
    // Twice as much before the same characters are looked at again, so that long rows are read in linear time.
    if (text.length < 2 * looked) continue;
    parse();
    while (text.length > MAX_ROW_CHARACTERS && openQuotes < MAX_OPEN_QUOTES) {
      openQuotes++;
      text = rows.skipLine(text, newline);
      parse();
    }
    if (openQuotes >= MAX_OPEN_QUOTES) break;
    if (rows.count >= BATCH_ROWS || rows.characters >= BATCH_CHARACTERS) yield rows.take();
  }
  text += decoder.decode();
  while (text !== '' && openQuotes < MAX_OPEN_QUOTES) {
    const parser = new papa.Parser({ delimiter, newline });
    const { data, errors } = parser.parse(text, 0, false) as Parsed;
    if (!errors.some(({ code }) => code === 'MissingQuotes')) {
      rows.add(data, !text.endsWith(newline));
      text = '';
      break;
    }
    // Everything before the row that was left open is sound.
    openQuotes++;
    const before = parser.parse(text, 0, true) as Parsed;
    rows.add(before.data, false);
    text = rows.skipLine(text.slice(before.meta.cursor), newline);
  }
  if (text !== '') sink.warn('truncated', `${source.name}: quotes that are not closed`);
  else if (source.fault) sink.warn('truncated', `${source.name}: ${source.fault}`);
  if (rows.count > 0) yield rows.take();
}

interface Parsed {
  data: string[][];
  errors: { code: string }[];
  /** Where the last whole row ends. */
  meta: { cursor: number };
}

/** What ends a line: `\n` also where a `\r` stands before it. */
function newlineOf(head: Uint8Array): '\n' | '\r' {
  const hasReturn = head.includes(0x0d);
  return hasReturn && !head.includes(0x0a) ? '\r' : '\n';
}

/** Rows as columns, until a batch is taken. */
class Rows {
  count = 0;
  characters = 0;
  private columns: Cell[][];
  /** The line of names is the first. */
  private isFirst = true;
  private rowNo = 0;

  constructor(
    private readonly width: number,
    private readonly sink: WarningSink,
  ) {
    this.columns = this.empty();
  }

  /** @param isCut the last one ends with the file, not with a line */
  add(rows: readonly (readonly string[])[], isCut: boolean): void {
    rows.forEach((row, i) => {
      if (this.isFirst) {
        this.isFirst = false;
        return;
      }
      if (row.length === 1 && (row[0] === '' || row[0] === '\r')) return;
      this.rowNo++;
      const isShort = row.length < this.width && isCut && i === rows.length - 1;
      if (isShort || row.length > this.width) {
        this.sink.warn(
          isShort ? 'truncated' : 'broken-record',
          `row ${this.rowNo} has ${row.length} fields, not ${this.width}`,
        );
        return;
      }
      for (let column = 0; column < this.width; column++) {
        const cell = cellOf(row[column], column === row.length - 1);
        this.characters += cell === null ? 0 : cell.length;
        this.columns[column].push(cell);
      }
      this.count++;
    });
  }

  /** Gives up a row whose quote is never closed, and goes on at the next line. */
  skipLine(text: string, newline: string): string {
    this.rowNo++;
    this.sink.warn('broken-record', `row ${this.rowNo} has a quote that is not closed`);
    const end = text.indexOf(newline);
    return end < 0 ? '' : text.slice(end + 1);
  }

  take(): Batch {
    const batch = { rows: this.count, columns: this.columns };
    this.columns = this.empty();
    this.count = 0;
    this.characters = 0;
    return batch;
  }

  private empty(): Cell[][] {
    return Array.from({ length: this.width }, () => []);
  }
}

/** Shorter parts of a text are copies in every engine. */
const SHARED_FROM = 13;

function cellOf(field: string | undefined, isLast: boolean): string | null {
  if (field === undefined) return null;
  const text = isLast && field.endsWith('\r') ? field.slice(0, -1) : field;
  if (text === '' || text === '\\N') return null;
  // A part of a text keeps the whole text in memory for as long as anything keeps the part; adding to it copies it.
  return text.length < SHARED_FROM ? text : ` ${text}`.slice(1);
}
