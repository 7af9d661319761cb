/**
 * A SQLite database, opened read-only where it lies: its tables, and rows of queries.
 * https://sqlite.org/fileformat2.html
 */
import type { Input } from '$lib/bytes/input';
import type { Source } from '$lib/bytes/source';
import type { Batch, Cell, Column, ColumnType, Table } from '$lib/formats/tables/table';
import { AppError } from '$lib/model/errors';
import type { WarningSink } from '$lib/model/diagnostics';
import { syncBytes } from './blob-bytes';
import { VFS, loadSqlite, type Library, type OpenableFile, type Sqlite } from './library';

export const MAGIC = 'SQLite format 3\u0000';
const HEADER_BYTES = 100;

/** A batch ends with the row that reaches one of the two. */
const BATCH_ROWS = 4096;
const BATCH_BYTES = 8 << 20;

/** A row by the names of its columns. */
export type Row = Record<string, Cell>;

let opened = 0;

export class Database {
  /** Its tables in the order in which they were made, without SQLite's own and without virtual ones. */
  readonly tables: readonly { name: string; columns: readonly Column[] }[];

  private constructor(
    private readonly library: Library,
    private readonly db: InstanceType<Sqlite['oo1']['DB']>,
    private readonly fileName: string,
    private readonly file: OpenableFile,
    private readonly input: Input,
    private readonly source: Source,
    private readonly sink: WarningSink,
  ) {
    this.tables = this.guarded(() => this.readTables());
  }

  /**
   * @throws AppError `broken-file`
   */
  static async open(source: Source, sink: WarningSink): Promise<Database> {
    const input = await source.whole();
    const header = await input.read(0, HEADER_BYTES);
    const statedBytes = checkHeader(header, input);
    const size = Math.max(statedBytes, input.size);
    const library = await loadSqlite();
    const file = { bytes: await syncBytes(input), size, readTo: 0, failure: null };
    const name = `${++opened}.db`;
    library.files.set(name, file);
    let db: InstanceType<Sqlite['oo1']['DB']> | null = null;
    try {
      db = new library.sqlite.oo1.DB({ filename: name, flags: 'r', vfs: VFS });
      // What a stranger's schema calls must be harmless. No temporary files: there is nowhere to put them.
      db.exec('PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -8192');
      const database = new Database(library, db, name, file, input, source, sink);
      if (size > input.size)
        sink.warn('truncated', `${input.name}: ${input.size} of ${size} bytes`);
      if (header[18] === 2 || header[19] === 2) sink.warn('missing-wal', input.name);
      return database;
    } catch (error) {
      db?.close();
      library.files.delete(name);
      throw error instanceof AppError ? error : unreadable(input, file, error);
    }
  }

  close(): void {
    this.db.close();
    this.library.files.delete(this.fileName);
  }

  has(table: string, ...columns: readonly string[]): boolean {
    const found = this.tables.find(({ name }) => name === table);
    return (
      found !== undefined &&
      columns.every((column) => found.columns.some(({ name }) => name === column))
    );
  }

  /** Does the table have it? As SQL: the column, or NULL. @param alias of the table in the query */
  optional(table: string, column: string, alias: string): string {
    return this.has(table, column) ? `${alias}.${quoted(column)}` : 'NULL';
  }

  /**
   * The rows of a query as a table, in batches. Where the file is damaged, the rows before that are all there are, which is
   * told.
   * @param columns with the types that the cells are read by; the names and the number of the query's columns
   */
  table(name: string, columns: readonly Column[], sql: string): Table {
    return { name, columns, batches: () => this.batches(name, columns.length, sql) };
  }

  /** Rows of a query by name. For queries of few rows, or that are worked on row by row. */
  async *rows(what: string, sql: string): AsyncGenerator<Row> {
    const names: string[] = [];
    for await (const batch of this.batches(what, null, sql, names)) {
      for (let row = 0; row < batch.rows; row++) {
        const object = Object.create(null) as Row;
        names.forEach((name, i) => (object[name] = batch.columns[i][row]));
        yield object;
      }
    }
  }

  private async *batches(
    what: string,
    columnCount: number | null,
    sql: string,
    names: string[] = [],
  ): AsyncGenerator<Batch> {
    const { capi } = this.library.sqlite;
    const statement = this.guarded(() => this.db.prepare(sql));
    try {
      const pointer = statement.pointer as number;
      const width = columnCount ?? capi.sqlite3_column_count(pointer);
      for (let i = 0; i < width; i++) names.push(capi.sqlite3_column_name(pointer, i));
      for (let isEnd = false; !isEnd;) {
        await this.source.step(Math.min(this.file.readTo / Math.max(this.input.size, 1), 1));
        const columns = Array.from({ length: width }, (): Cell[] => []);
        let rows = 0;
        let bytes = 0;
        while (rows < BATCH_ROWS && bytes < BATCH_BYTES) {
          const code = capi.sqlite3_step(pointer);
          if (code !== capi.SQLITE_ROW) {
            isEnd = true;
            if (code !== capi.SQLITE_DONE) this.rowsEndEarly(what);
            break;
          }
          for (let i = 0; i < width; i++) {
            const cell = this.cell(pointer, i);
            if (typeof cell === 'string' || cell instanceof Uint8Array) bytes += cell.length;
            columns[i].push(cell);
          }
          rows++;
        }
        if (rows > 0) yield { rows, columns };
      }
    } finally {
      statement.finalize();
    }
  }

  private cell(statement: number, i: number): Cell {
    const { capi } = this.library.sqlite;
    switch (capi.sqlite3_column_type(statement, i)) {
      case capi.SQLITE_INTEGER: {
        const number = capi.sqlite3_column_double(statement, i);
        return Number.isSafeInteger(number) ? number : capi.sqlite3_column_int64(statement, i);
      }
      case capi.SQLITE_FLOAT:
        return capi.sqlite3_column_double(statement, i);
      case capi.SQLITE_TEXT:
        return capi.sqlite3_column_text(statement, i) ?? '';
      case capi.SQLITE_BLOB: {
        const { wasm } = this.library.sqlite;
        const at = capi.sqlite3_column_blob(statement, i) as unknown as number;
        return wasm.heap8u().slice(at, at + capi.sqlite3_column_bytes(statement, i));
      }
      default:
        return null;
    }
  }

  private rowsEndEarly(what: string): void {
    const reason = this.library.sqlite.capi.sqlite3_errmsg(this.db.pointer as number);
    if (this.file.failure) throw unreadable(this.input, this.file, this.file.failure);
    this.sink.warn('truncated', `“${what}”: ${reason}`);
  }

  private readTables() {
    const names = this.db
      .selectValues(
        `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid`,
      )
      .map(String);
    return names.map((name) => {
      const columns: Column[] = [];
      // Columns that are hidden are of virtual tables.
      const rows = this.db.selectArrays(
        'SELECT name, type FROM pragma_table_xinfo(?) WHERE hidden <> 1',
        name,
      );
      for (const [column, declared] of rows) {
        columns.push({ name: String(column), type: typeOf(String(declared ?? '')) });
      }
      return { name, columns };
    });
  }

  private guarded<T>(run: () => T): T {
    try {
      return run();
    } catch (error) {
      throw unreadable(this.input, this.file, error);
    }
  }
}

export const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** What is declared says what to expect, not what the cells are. https://sqlite.org/datatype3.html */
function typeOf(declared: string): ColumnType {
  if (/JSON/i.test(declared)) return { kind: 'json' };
  if (/INT/i.test(declared)) return { kind: 'integer' };
  if (/REAL|FLOA|DOUB/i.test(declared)) return { kind: 'number' };
  if (/BLOB/i.test(declared)) return { kind: 'binary' };
  return { kind: 'any' };
}

/**
 * @returns the bytes that the file should have; 0 where the header does not say
 * @throws AppError `broken-file` for a header that can't be right
 */
function checkHeader(header: Uint8Array, input: Input): number {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length < HEADER_BYTES) {
    throw new AppError(
      'broken-file',
      `${input.name} begins like a SQLite database, but ends within its header: it has ${input.size} bytes. Copy or download it again.`,
      { file: input.name },
    );
  }
  const stated = view.getUint16(16);
  const pageBytes = stated === 1 ? 65_536 : stated;
  if (pageBytes < 512 || (pageBytes & (pageBytes - 1)) !== 0) {
    throw new AppError(
      'broken-file',
      `${input.name} begins like a SQLite database, but states a page size of ${stated} bytes, which none has: its header is damaged.`,
      { file: input.name },
    );
  }
  // Only if the version that wrote the number of pages is the one that wrote last.
  const isCurrent = view.getUint32(24) === view.getUint32(92);
  return isCurrent ? view.getUint32(28) * pageBytes : 0;
}

function unreadable(input: Input, file: OpenableFile, error: unknown): AppError {
  const reason = (error instanceof Error ? error.message : String(error)).replace(
    /^.*?sqlite3? result code \d+: /i,
    '',
  );
  const data = { file: input.name, reason };
  if (file.failure) {
    return new AppError(
      'broken-file',
      `${input.name} can no longer be read: it may have been changed, moved or removed since it was chosen.`,
      data,
      error,
    );
  }
  const cause = /NOTADB|not a database|encrypted/i.test(reason)
    ? 'its pages can’t be read: it may be encrypted, or damaged'
    : `can’t be read: ${reason}. It may have been cut short or damaged; “sqlite3 FILE .recover” may save its rows`;
  return new AppError(
    'broken-file',
    `${input.name} begins like a SQLite database, but ${cause}.`,
    data,
    error,
  );
}
