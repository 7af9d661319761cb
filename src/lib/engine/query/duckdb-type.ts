/** DuckDB's types from their names, and from Arrow's schema where a result could not be described. */
import { TimeUnit, Type, type DataType, type Field } from 'apache-arrow';

/** A type as a tree. */
export interface DuckDbType {
  /** Without what stands in brackets: `DECIMAL`, `TIMESTAMP WITH TIME ZONE`; `LIST` and `ARRAY` for `[]` and `[3]`. */
  name: string;
  /** Of a DECIMAL its precision and scale, of an ARRAY its size. */
  numbers: number[];
  /** Of an ENUM. */
  values: string[];
  /** Fields of a STRUCT, members of a UNION, key and value of a MAP, the item of a LIST or an ARRAY. */
  children: { name: string; type: DuckDbType }[];
}

/** @param text as DESCRIBE has it. What does not read as a type is one of that name. */
export function parseType(text: string): DuckDbType {
  const parser = new TypeParser(text);
  const type = parser.type();
  return type && parser.isAtEnd() ? type : simple(text);
}

function simple(name: string, numbers: number[] = []): DuckDbType {
  return { name, numbers, values: [], children: [] };
}

class TypeParser {
  #at = 0;

  constructor(private readonly text: string) {}

  isAtEnd(): boolean {
    return this.#at === this.text.length;
  }

  type(): DuckDbType | null {
    let type = this.#base();
    for (let size; type && (size = this.#take(/\[(\d*)\]/y));) {
      const list: DuckDbType = size[1] === '' ? simple('LIST') : simple('ARRAY', [Number(size[1])]);
      list.children = [{ name: '', type }];
      type = list;
    }
    return type;
  }

  #base(): DuckDbType | null {
    const name = this.#take(/[A-Z][A-Z0-9_]*(?: WITH TIME ZONE)?/y)?.[0];
    if (!name) return null;
    const type = simple(name);
    if (!this.#take(/\(/y)) return type;
    do {
      if (!this.#argument(type)) return null;
    } while (this.#take(/, ?/y));
    return this.#take(/\)/y) ? type : null;
  }

  #argument(type: DuckDbType): boolean {
    const number = this.#take(/\d+/y);
    if (number) return type.numbers.push(Number(number[0])) > 0;
    const value = this.#take(/'((?:[^']|'')*)'/y);
    if (value) return type.values.push(value[1].replaceAll("''", "'")) > 0;
    // A name only where a type follows it.
    const name =
      this.#take(/"((?:[^"]|"")*)" /y) ??
      (type.name === 'MAP' ? null : this.#take(/([\p{L}_][\p{L}\p{N}_$]*) (?!WITH TIME ZONE)/uy));
    const child = this.type();
    if (!child) return false;
    return type.children.push({ name: name?.[1].replaceAll('""', '"') ?? '', type: child }) > 0;
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.text);
    if (match) this.#at = pattern.lastIndex;
    return match;
  }
}

/** Arrow has no form of these, or (intervals of more than 292 years of hours) one that is too small. */
const SENT_AS_TEXT = new Set(['VARIANT', 'GEOMETRY', 'INTERVAL']);

/** The type that a value is sent in: the same, but for what has to be text. */
export function sentAs(type: DuckDbType): DuckDbType {
  if (SENT_AS_TEXT.has(type.name)) return simple('VARCHAR');
  const children = type.children.map((child) => ({ ...child, type: sentAs(child.type) }));
  if (children.every((child, i) => child.type === type.children[i].type)) return type;
  // A struct without names can't be written in a cast.
  const isUnnamed = type.name === 'STRUCT' && children.every(({ name }) => name === '');
  return isUnnamed ? simple('VARCHAR') : { ...type, children };
}

/** The name as DuckDB reads it. Names of fields are in quotes, needed or not. */
export function typeText({ name, numbers, values, children }: DuckDbType): string {
  const inner = children.map((child) => typeText(child.type));
  switch (name) {
    case 'LIST':
      return `${inner[0]}[]`;
    case 'ARRAY':
      return `${inner[0]}[${numbers[0]}]`;
    case 'MAP':
      return `MAP(${inner.join(', ')})`;
    case 'STRUCT':
    case 'UNION': {
      const named = children.map((child, i) =>
        child.name === '' ? inner[i] : `"${child.name.replaceAll('"', '""')}" ${inner[i]}`,
      );
      return `${name}(${named.join(', ')})`;
    }
    default:
      if (values.length > 0) return `${name}(${values.map(quoted).join(', ')})`;
      return numbers.length > 0 ? `${name}(${numbers.join(',')})` : name;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The type that a field of Arrow stands for; its metadata name those that Arrow has no word for. */
export function typeOfField(field: Field): DuckDbType {
  const type = field.type as DataType & ArrowTypeProps;
  const special = extensionName(field);
  if (special) return simple(special);
  const children = ((type.children ?? []) as Field[]).map((child) => ({
    name: child.name,
    type: typeOfField(child),
  }));
  switch (type.typeId) {
    case Type.Int:
      return simple(`${type.isSigned ? '' : 'U'}${INTEGERS[type.bitWidth]}`);
    case Type.Float:
      return simple(type.precision === 1 ? 'FLOAT' : 'DOUBLE');
    case Type.Decimal:
      return simple('DECIMAL', [type.precision, type.scale]);
    case Type.Date:
      return simple('DATE');
    case Type.Time:
      return simple(type.unit === TimeUnit.NANOSECOND ? 'TIME_NS' : 'TIME');
    case Type.Timestamp:
      if (type.timezone) return simple('TIMESTAMP WITH TIME ZONE');
      return simple(`TIMESTAMP${TIMESTAMPS[type.unit]}`);
    case Type.Interval:
      return simple('INTERVAL');
    case Type.Utf8:
      return simple('VARCHAR');
    case Type.Binary:
      return simple('BLOB');
    case Type.Dictionary:
      return simple('ENUM');
    case Type.List:
      return { ...simple('LIST'), children };
    case Type.FixedSizeList:
      return { ...simple('ARRAY', [type.listSize]), children };
    case Type.Struct:
      return { ...simple('STRUCT'), children };
    case Type.Union:
      return { ...simple('UNION'), children };
    case Type.Map:
      return { ...simple('MAP'), children: children[0].type.children };
    default:
      return simple(String(type).toUpperCase());
  }
}

/** What Arrow's types have, each some of it. */
interface ArrowTypeProps {
  isSigned: boolean;
  bitWidth: number;
  precision: number;
  scale: number;
  unit: TimeUnit;
  timezone: string | null;
  listSize: number;
}

const INTEGERS: Record<number, string> = {
  8: 'TINYINT',
  16: 'SMALLINT',
  32: 'INTEGER',
  64: 'BIGINT',
};

const TIMESTAMPS: Record<TimeUnit, string> = {
  [TimeUnit.SECOND]: '_S',
  [TimeUnit.MILLISECOND]: '_MS',
  [TimeUnit.MICROSECOND]: '',
  [TimeUnit.NANOSECOND]: '_NS',
};

const EXTENSIONS: Record<string, string> = {
  'arrow.bool8': 'BOOLEAN',
  'arrow.uuid': 'UUID',
  time_tz: 'TIME WITH TIME ZONE',
};

function extensionName(field: Field): string | null {
  const name = field.metadata.get('ARROW:extension:name');
  if (name !== 'arrow.opaque') return name ? (EXTENSIONS[name] ?? null) : null;
  try {
    const { type_name } = JSON.parse(field.metadata.get('ARROW:extension:metadata') ?? '');
    const known = String(type_name).toLowerCase();
    return EXTENSIONS[known] ?? known.toUpperCase();
  } catch {
    return null;
  }
}
