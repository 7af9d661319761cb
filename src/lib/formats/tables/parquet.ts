/**
 * Apache Parquet, by hyparquet: a row group, or a part of a large one, is in memory at a time.
 * https://parquet.apache.org/docs/file-format/
 */
import type { SchemaElement } from 'hyparquet';
import type { Source } from '$lib/bytes/source';
import type { Input } from '$lib/bytes/input';
import { AppError, isAbort } from '$lib/model/errors';
import type { Batch, Cell, Column, ColumnType, TableFile, TableFormat } from './table';

const MAGIC = [0x50, 0x41, 0x52, 0x31];
/** Unpacked bytes of a part: what cells take is several times as much. */
const PART_BYTES = 32 << 20;
const MAX_PART_ROWS = 65_536;
const MIN_PART_ROWS = 2048;

export const parquet: TableFormat = {
  id: 'parquet',
  label: 'Parquet',
  sniff: (head) => MAGIC.every((byte, i) => head[i] === byte),
  open: openParquet,
};

async function openParquet(source: Source): Promise<TableFile> {
  const input = await source.whole();
  const file = {
    byteLength: input.size,
    slice: async (start: number, end = input.size) => (await input.read(start, end - start)).buffer,
  };
  const [hyparquet, { compressors }] = await Promise.all([
    import('hyparquet'),
    import('hyparquet-compressors'),
  ]);
  const metadata = await guarded(input, () =>
    hyparquet.parquetMetadataAsync(file, { geoparquet: false }),
  );
  const columns = asCells(hyparquet.parquetSchema(metadata));
  return {
    tables: [
      {
        name: '',
        columns: columns.map(({ name, stored }) => ({ name, type: stored.type })),
        batches: () => readParts(),
      },
    ],
  };

  async function* readParts(): AsyncGenerator<Batch> {
    const total = Number(metadata.num_rows);
    let groupStart = 0;
    for (const group of metadata.row_groups) {
      const rows = Number(group.num_rows);
      const bytesPerRow = Number(group.total_byte_size) / Math.max(rows, 1);
      const partRows = Math.min(
        MAX_PART_ROWS,
        Math.max(MIN_PART_ROWS, Math.floor(PART_BYTES / Math.max(bytesPerRow, 1))),
      );
      const groupFile = cached(file);
      for (let start = 0; start < rows; start += partRows) {
        await source.step((groupStart + start) / Math.max(total, 1));
        const count = Math.min(partRows, rows - start);
        const rowStart = groupStart + start;
        const scan = await guarded(input, () =>
          hyparquet.parquetScan({
            file: groupFile,
            metadata,
            rowStart,
            rowEnd: rowStart + count,
            compressors,
            parsers: PARSERS,
            utf8: false,
          }),
        );
        const cells: Cell[][] = [];
        for (const { name, stored } of columns) {
          const data = await guarded(input, () =>
            scan.readColumn({ column: name, rowStart, rowEnd: rowStart + count }),
          );
          cells.push(Array.from(data as ArrayLike<unknown>, stored.cell));
        }
        yield { rows: count, columns: cells };
      }
      groupStart += rows;
    }
    await source.step(1);
  }
}

/** Parts of a row group read the same bytes: those of a column are kept until the group is done. */
function cached(file: {
  byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
}) {
  const slices = new Map<string, Promise<ArrayBuffer>>();
  return {
    byteLength: file.byteLength,
    slice(start: number, end?: number): Promise<ArrayBuffer> {
      const key = `${start}-${end}`;
      let slice = slices.get(key);
      if (!slice) slices.set(key, (slice = file.slice(start, end)));
      return slice;
    },
  };
}

/** What the library throws is about the file. */
async function guarded<T>(input: Input, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof AppError || isAbort(error)) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError(
      'broken-file',
      `${input.name} is a Parquet file that can’t be read: ${reason}.`,
      { file: input.name, reason },
      error,
    );
  }
}

/** Times stay exact: epoch nanoseconds. Text that is JSON stays text. */
const PARSERS = {
  timestampFromMilliseconds: (millis: bigint | null) => inNs(millis, 1_000_000n),
  timestampFromMicroseconds: (micros: bigint | null) => inNs(micros, 1000n),
  timestampFromNanoseconds: (nanos: bigint | null) => inNs(nanos, 1n),
  dateFromDays: (days: number | null) => inNs(days, 86_400_000_000_000n),
  stringFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes),
  jsonFromBytes: (bytes: Uint8Array | undefined) => bytes && utf8.decode(bytes),
  geometryFromBytes: (bytes: Uint8Array) => bytes,
  geographyFromBytes: (bytes: Uint8Array) => bytes,
};
const utf8 = new TextDecoder();

function inNs(value: bigint | number | null | undefined, factor: bigint): bigint | null {
  return value === null || value === undefined ? null : BigInt(value) * factor;
}

interface Tree {
  children: Tree[];
  element: SchemaElement;
  path: string[];
}

/** How a column's values become cells. */
interface Stored {
  type: ColumnType;
  cell(value: unknown): Cell;
}

/**
 * Columns with their types. Changes the elements of the schema where the library would lose something: decimals become
 * doubles there, and maps objects, whose keys may be `__proto__`.
 */
function asCells(root: Tree): { name: string; stored: Stored }[] {
  return root.children.map((child) => ({ name: child.element.name, stored: storedAs(child) }));
}

function storedAs({ element, children }: Tree): Stored {
  // A list without the groups around it, as old writers have it.
  const isBareList = element.repetition_type === 'REPEATED';
  const stored = children.length > 0 ? nestedAs({ element, children }) : leafAs(element);
  return isBareList ? listOf(stored) : stored;
}

function nestedAs({ element, children }: Pick<Tree, 'element' | 'children'>): Stored {
  const [only] = children;
  const isRepeated = children.length === 1 && only.element.repetition_type === 'REPEATED';
  const kind = element.converted_type ?? element.logical_type?.type;
  if (kind === 'LIST' && isRepeated && only.children.length <= 1) {
    const item =
      only.children.length === 1 ? only.children[0] : { ...only, element: once(only.element) };
    element.converted_type = 'LIST';
    return listOf(storedAs(item));
  }
  if ((kind === 'MAP' || kind === 'MAP_KEY_VALUE') && isRepeated && only.children.length === 2) {
    element.converted_type = undefined;
    element.logical_type = undefined;
    return mapOf(only);
  }
  if (element.logical_type?.type === 'VARIANT') return VARIANT;
  const fields = children.map((child): Column & { stored: Stored } => {
    const stored = storedAs(child);
    return { name: child.element.name, type: stored.type, stored };
  });
  return {
    type: { kind: 'struct', fields: fields.map(({ name, type }) => ({ name, type })) },
    cell: (value) => {
      if (typeof value !== 'object' || value === null) return null;
      const cell = Object.create(null) as Record<string, Cell>;
      for (const { name, stored } of fields) {
        cell[name] = stored.cell((value as Record<string, unknown>)[name]);
      }
      return cell;
    },
  };
}

const once = (element: SchemaElement): SchemaElement => ({
  ...element,
  repetition_type: 'REQUIRED',
});

function listOf(element: Stored): Stored {
  return {
    type: { kind: 'list', element: element.type },
    cell: (value) =>
      value === null || value === undefined
        ? null
        : Array.from(value as ArrayLike<unknown>, element.cell),
  };
}

/** The library is told that a map is a struct of a list of pairs. */
function mapOf(entries: Tree): Stored {
  const [key, value] = entries.children.map(storedAs);
  const [keyName, valueName] = entries.children.map((child) => child.element.name);
  const listName = entries.element.name;
  return {
    type: { kind: 'map', value: value.type },
    cell: (map) => {
      const pairs = (map as Record<string, unknown> | null | undefined)?.[listName];
      if (!Array.isArray(pairs)) return null;
      const cell = Object.create(null) as Record<string, Cell>;
      for (const pair of pairs as Record<string, unknown>[]) {
        cell[String(key.cell(pair[keyName]))] = value.cell(pair[valueName]);
      }
      return cell;
    },
  };
}

/** What the library decodes a VARIANT to: values of JSON, bigint, dates. */
const VARIANT: Stored = { type: { kind: 'any' }, cell: variantCell };

function variantCell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array || typeof value !== 'object') return value as Cell;
  if (Array.isArray(value)) return value.map(variantCell);
  const cell = Object.create(null) as Record<string, Cell>;
  for (const [key, member] of Object.entries(value)) cell[key] = variantCell(member);
  return cell;
}

function leafAs(element: SchemaElement): Stored {
  const { converted_type: converted, logical_type: logical, type } = element;
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const scale = element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0);
    element.converted_type = undefined;
    element.logical_type = undefined;
    return { type: { kind: 'number' }, cell: (value) => decimalText(value, scale) };
  }
  if (converted === 'INTERVAL' || converted === 'BSON' || logical?.type === 'BSON') {
    // The library refuses them; their bytes do no harm.
    element.converted_type = undefined;
    element.logical_type = undefined;
    return { type: { kind: 'binary' }, cell: plainCell };
  }
  const kind = logical?.type ?? converted;
  const isTime = kind === 'TIMESTAMP' || kind === 'TIMESTAMP_MILLIS' || kind === 'TIMESTAMP_MICROS';
  if (isTime || kind === 'DATE' || (type === 'INT96' && !kind)) {
    return { type: { kind: 'timestamp' }, cell: plainCell };
  }
  if (kind === 'JSON') return { type: { kind: 'json' }, cell: plainCell };
  if (kind === 'UTF8' || kind === 'STRING' || kind === 'ENUM' || kind === 'UUID') {
    return { type: { kind: 'text' }, cell: textCell };
  }
  if (type === 'BOOLEAN') return { type: { kind: 'boolean' }, cell: plainCell };
  if (type === 'FLOAT') return { type: { kind: 'number' }, cell: floatCell };
  if (type === 'DOUBLE' || kind === 'FLOAT16') return { type: { kind: 'number' }, cell: plainCell };
  if (type === 'INT32' || type === 'INT64') return { type: { kind: 'integer' }, cell: plainCell };
  return { type: { kind: 'binary' }, cell: plainCell };
}

function plainCell(value: unknown): Cell {
  return value === null || value === undefined ? null : (value as Cell);
}

function textCell(value: unknown): Cell {
  return value instanceof Uint8Array ? utf8.decode(value) : plainCell(value);
}

/** The shortest digits that mean the same single: `0.1`, not `0.10000000149011612`. */
function floatCell(value: unknown): Cell {
  if (typeof value !== 'number' || !Number.isFinite(value)) return plainCell(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

function decimalText(value: unknown, scale: number): Cell {
  if (value === null || value === undefined) return null;
  let digits: bigint;
  if (value instanceof Uint8Array) {
    digits = 0n;
    for (const byte of value) digits = (digits << 8n) | BigInt(byte);
    digits = BigInt.asIntN(value.length * 8, digits);
  } else digits = BigInt(value as number | bigint);
  if (scale <= 0) return String(digits);
  const text = String(digits < 0n ? -digits : digits).padStart(scale + 1, '0');
  return `${digits < 0n ? '-' : ''}${text.slice(0, -scale)}.${text.slice(-scale)}`;
}
