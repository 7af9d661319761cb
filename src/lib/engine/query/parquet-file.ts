/**
 * Rows as a Parquet file. The engine's own writer is an extension, which does not come with it; hyparquet-writer does the
 * encoding. Fetched when the first Parquet file is asked for.
 * Format: https://parquet.apache.org/docs/file-format/
 */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { jsonText, valueText } from '$lib/model/table-text';
import type { ColumnInfo } from '$lib/engine/engine';
import { parseType, type DuckDbType } from './duckdb-type';
import type { FileWriter } from './export-query';
import type { ArrowResult } from './result';

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

/** Rows of a row group: readers skip whole groups, and this many are held in memory. */
const GROUP_ROWS = 61_440;
/** Wide texts make a group earlier. */
const GROUP_VALUES = 2_000_000;

/** How a column is stored: its schema elements, and a value as the writer wants it. */
interface Stored {
  elements: SchemaElement[];
  convert(value: unknown): unknown;
}

export class ParquetFile implements FileWriter {
  readonly mediaType = 'application/vnd.apache.parquet';
  readonly #columns: readonly ColumnInfo[];
  readonly #stored: readonly Stored[];
  readonly #bytes = new GroupWriter();
  readonly #writer: ParquetWriter;
  #values: unknown[][];
  #rows = 0;

  constructor(columns: readonly ColumnInfo[]) {
    this.#columns = columns;
    this.#stored = columns.map(({ name, type }) => storedAs(name, parseType(type)));
    this.#values = columns.map(() => []);
    this.#writer = new ParquetWriter({
      writer: this.#bytes,
      schema: [
        { name: 'root', num_children: columns.length },
        ...this.#stored.flatMap(({ elements }) => elements),
      ],
      createdBy: 'Spanlight',
    });
  }

  write(batch: ArrowResult): BlobPart[] {
    this.#columns.forEach(({ name }, i) => {
      const { convert } = this.#stored[i];
      const values = this.#values[i];
      for (let row = 0; row < batch.rowCount; row++) values.push(convert(batch.value(row, name)));
    });
    this.#rows += batch.rowCount;
    const isFull = this.#rows >= GROUP_ROWS || this.#rows * this.#columns.length >= GROUP_VALUES;
    return isFull ? this.#group() : [];
  }

  finish(): BlobPart[] {
    const last = this.#rows > 0 ? this.#group() : [];
    // The footer comes last: now the columns of JSON can be called so.
    for (const element of this.#writer.schema) {
      if (element.logical_type?.type === 'JSON') element.converted_type = 'JSON';
    }
    void this.#writer.finish();
    return [...last, this.#bytes.take()];
  }

  #group(): BlobPart[] {
    const columnData = this.#columns.map(({ name }, i) => ({ name, data: this.#values[i] }));
    void this.#writer.write({ columnData, rowGroupSize: this.#rows });
    this.#values = this.#columns.map(() => []);
    this.#rows = 0;
    return [this.#bytes.take()];
  }
}

/** Gives away what it holds after each row group; offsets go on counting. */
class GroupWriter extends ByteWriter {
  take(): ArrayBuffer {
    const bytes = this.getBuffer();
    this.index = 0;
    return bytes;
  }
}

const asItIs = (value: unknown) => value;

/** Every column and every part of a nested one can be NULL. */
function storedAs(name: string, type: DuckDbType): Stored {
  const leaf: Leaf = (element, convert) => ({
    elements: [{ name, repetition_type: 'OPTIONAL', ...element }],
    convert: (value) => (value === null ? null : convert(value)),
  });
  const { children } = type;
  switch (type.name) {
    case 'LIST':
    case 'ARRAY':
      return list(name, children[0].type);
    case 'MAP':
      // Values of other keys arrive under the keys' texts.
      return children[0].type.name === 'VARCHAR' ? map(name, children[1].type) : json(leaf);
    case 'STRUCT':
      return children.every((child) => child.name !== '') ? struct(name, type) : json(leaf);
    case 'UNION':
      return json(leaf);
    case 'BOOLEAN':
      return leaf({ type: 'BOOLEAN' }, asItIs);
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
    case 'UTINYINT':
    case 'USMALLINT':
      return leaf({ type: 'INT32' }, Number);
    case 'UINTEGER':
    case 'BIGINT':
      return leaf({ type: 'INT64' }, (value) => BigInt(value as bigint));
    case 'UBIGINT':
    case 'HUGEINT':
      // `sum` of integers is a HUGEINT.
      return decimal(leaf, 38, 0);
    case 'DECIMAL':
      return decimal(leaf, type.numbers[0], type.numbers[1]);
    case 'FLOAT':
    case 'DOUBLE':
      return leaf({ type: 'DOUBLE' }, Number);
    case 'DATE':
      return leaf({ type: 'INT32', converted_type: 'DATE' }, (value) => epochDays(String(value)));
    case 'TIME':
      return leaf(
        {
          type: 'INT64',
          converted_type: 'TIME_MICROS',
          logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'MICROS' },
        },
        (value) => timeOfDay(` ${String(value)}`) / 1000n,
      );
    case 'TIMESTAMP':
    case 'TIMESTAMP_S':
    case 'TIMESTAMP_MS':
    case 'TIMESTAMP_NS':
    case 'TIMESTAMP WITH TIME ZONE':
      return timestamp(leaf, type.name);
    case 'UUID':
      return leaf(
        { type: 'FIXED_LEN_BYTE_ARRAY', type_length: 16, logical_type: { type: 'UUID' } },
        asItIs,
      );
    case 'BLOB':
      return leaf({ type: 'BYTE_ARRAY' }, asItIs);
    default:
      return leaf({ type: 'BYTE_ARRAY', converted_type: 'UTF8' }, valueText);
  }
}

type Leaf = (element: Omit<SchemaElement, 'name'>, convert: Stored['convert']) => Stored;

const encoder = new TextEncoder();

/**
 * Encoded here, with all digits of integers: the writer would do it itself, and round them, if the column were called
 * JSON while its values are written.
 */
function json(leaf: Leaf): Stored {
  return leaf({ type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }, (value) =>
    encoder.encode(jsonText(value)),
  );
}

/** Decimals arrive as numbers that have all their digits, or as text. */
function decimal(leaf: Leaf, precision: number, scale: number): Stored {
  return leaf(
    {
      type: 'FIXED_LEN_BYTE_ARRAY',
      type_length: 16,
      converted_type: 'DECIMAL',
      precision,
      scale,
    },
    (value) =>
      typeof value === 'string'
        ? BigInt(value.replace('.', ''))
        : typeof value === 'bigint'
          ? value
          : BigInt(Math.round((value as number) * 10 ** scale)),
  );
}

function timestamp(leaf: Leaf, type: string): Stored {
  const unit = type === 'TIMESTAMP_NS' ? 'NANOS' : 'MICROS';
  return leaf(
    {
      type: 'INT64',
      logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: type.endsWith('ZONE'), unit },
    },
    (value) => epochTime(String(value), unit),
  );
}

/** Nested types: https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types */
function list(name: string, type: DuckDbType): Stored {
  const element = storedAs('element', type);
  return {
    elements: [
      { name, repetition_type: 'OPTIONAL', converted_type: 'LIST', num_children: 1 },
      { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
      ...element.elements,
    ],
    convert: (value) => (value === null ? null : (value as unknown[]).map(element.convert)),
  };
}

function struct(name: string, { children }: DuckDbType): Stored {
  const fields = children.map((child) => storedAs(child.name, child.type));
  return {
    elements: [
      { name, repetition_type: 'OPTIONAL', num_children: children.length },
      ...fields.flatMap(({ elements }) => elements),
    ],
    convert: (value) => {
      if (value === null) return null;
      const object = value as Record<string, unknown>;
      return Object.fromEntries(
        children.map((child, i) => [child.name, fields[i].convert(object[child.name])]),
      );
    },
  };
}

function map(name: string, type: DuckDbType): Stored {
  const value = storedAs('value', type);
  return {
    elements: [
      { name, repetition_type: 'OPTIONAL', converted_type: 'MAP', num_children: 1 },
      { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
      { name: 'key', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
      ...value.elements,
    ],
    convert: (entries) =>
      entries === null
        ? null
        : Object.entries(entries as Record<string, unknown>).map(([key, of]) => ({
            key,
            value: value.convert(of),
          })),
  };
}

/** What DuckDB writes for infinities, and reads as such: the largest number, and the one above the smallest. */
const INFINITE_DAYS = 2 ** 31 - 1;
const INFINITE_TIME = 2n ** 63n - 1n;

const DATE = /^(\d{4,})-(\d\d)-(\d\d)( \(BC\))?/;

/** A DATE as the engine writes it, `0044-03-15 (BC)` and `infinity` too, as days since 1970. */
function epochDays(date: string): number {
  if (date === 'infinity') return INFINITE_DAYS;
  if (date === '-infinity') return -INFINITE_DAYS;
  const [, year, month, day, isBc] = DATE.exec(date)!;
  return daysFromCivil(isBc ? 1 - Number(year) : Number(year), Number(month), Number(day));
}

/**
 * Days since 1970 in the proleptic Gregorian calendar.
 * https://howardhinnant.github.io/date_algorithms.html#days_from_civil
 */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
  const dayOfEra =
    yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

const NS_PER_UNIT = { NANOS: 1n, MICROS: 1000n } as const;

/** A TIMESTAMP as the engine writes it: `2026-11-20 10:00:00.123456789+02:30`, since 1970 in UTC. */
function epochTime(time: string, unit: keyof typeof NS_PER_UNIT): bigint {
  if (time === 'infinity') return INFINITE_TIME;
  if (time === '-infinity') return -INFINITE_TIME;
  const [date] = DATE.exec(time)!;
  const ns = timeOfDay(time.slice(date.length));
  return (
    BigInt(epochDays(date)) * (86_400_000_000_000n / NS_PER_UNIT[unit]) + ns / NS_PER_UNIT[unit]
  );
}

/** ` 10:00:00.123456789+02:30` as nanoseconds since midnight in UTC. */
function timeOfDay(time: string): bigint {
  const [, hours, minutes, seconds, fraction = '', sign, zoneHours = '0', zoneMinutes = '0'] =
    /^ (\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:([+-])(\d\d)(?::(\d\d))?)?/.exec(time)!;
  const zone = (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -60 : 60);
  const clock = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds) - zone;
  return BigInt(clock) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
