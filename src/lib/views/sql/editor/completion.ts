/** Completion at the cursor: keywords, functions, tables and columns, and inside quotes keys and values of the dataset. */
import {
  pickedCompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
} from '@codemirror/autocomplete';
import { schemaCompletionSource, type SQLNamespace } from '@codemirror/lang-sql';
import type { EditorView } from '@codemirror/view';
import { formatCount } from '$lib/model/quantity';
import { duckDb } from './dialect';
import { MAP_COLUMNS, type Counted, type MapColumn, type Vocabulary } from './vocabulary';

/** The context of the cursor, judged by the text before it. */
export type Spot =
  /** A key of a map: `attributes['ht|`, `resource->>'ser|`, `json_extract(attributes, '$.ht|`. */
  | { kind: 'key'; column: MapColumn; typed: string; close: string }
  /** A value of a column or of a key: `service = 'ag|`, `attributes['http.method'] IN ('GET', 'P|`. */
  | { kind: 'value'; column: string; key: string | null; typed: string; close: string }
  /** Inside another string, a comment or a number: no completion. */
  | { kind: 'nothing' }
  /** After a dot: `s.na|`. */
  | { kind: 'member' }
  | { kind: 'word'; typed: string };

const MAPS = MAP_COLUMNS.join('|');
const SUBSCRIPT = new RegExp(`\\b(${MAPS})\\s*\\[\\s*'((?:[^']|'')*)$`, 'i');
const ARROW = new RegExp(`\\b(${MAPS})\\s*->>?\\s*'((?:[^']|'')*)$`, 'i');
const EXTRACT = new RegExp(
  `\\bjson_extract(?:_string)?\\s*\\(\\s*(?:\\w+\\.)?(${MAPS})\\s*,\\s*'\\$\\.?("?)([^'"]*)$`,
  'i',
);
const COMPARES = `(?:=|<>|!=|(?:not\\s+)?i?like|(?:not\\s+)?in\\s*\\((?:\\s*'(?:[^']|'')*'\\s*,)*)\\s*'((?:[^']|'')*)$`;
const COLUMN_VALUE = new RegExp(`(?:\\b|")([a-z_]\\w*)"?\\s*${COMPARES}`, 'i');
const KEY_VALUE = new RegExp(
  `\\b(${MAPS})\\s*(?:\\[\\s*'((?:[^']|'')*)'\\s*\\]|->>?\\s*'((?:[^']|'')*)')\\s*${COMPARES}`,
  'i',
);

/** @param before the statement up to the cursor. */
export function spotAt(before: string): Spot {
  const subscript = SUBSCRIPT.exec(before);
  if (subscript) return keySpot(subscript[1], subscript[2], "']");
  const arrow = ARROW.exec(before);
  if (arrow) return keySpot(arrow[1], arrow[2], "'");
  const extract = EXTRACT.exec(before);
  if (extract) return keySpot(extract[1], extract[3], `${extract[2]}'`);
  const keyValue = KEY_VALUE.exec(before);
  if (keyValue) {
    const [, column, bracketed, arrowed, typed] = keyValue;
    const key = unquoted(bracketed ?? arrowed);
    return { kind: 'value', column: column.toLowerCase(), key, typed: unquoted(typed), close: "'" };
  }
  const value = COLUMN_VALUE.exec(before);
  if (value && isOpenText(before)) {
    return {
      kind: 'value',
      column: value[1].toLowerCase(),
      key: null,
      typed: unquoted(value[2]),
      close: "'",
    };
  }
  if (isOpenText(before)) return { kind: 'nothing' };
  if (/\.\s*"?\w*$/.test(before))
    return /\d\.\d*$/.test(before) ? { kind: 'nothing' } : { kind: 'member' };
  const word = /[\p{L}_][\p{L}\p{N}_]*$/u.exec(before);
  return { kind: 'word', typed: word?.[0] ?? '' };
}

function keySpot(column: string, typed: string, close: string): Spot {
  return { kind: 'key', column: column.toLowerCase() as MapColumn, typed: unquoted(typed), close };
}

function unquoted(text: string): string {
  return text.replaceAll("''", "'");
}

/** Whether a string or a comment is still open at the end. */
function isOpenText(before: string): boolean {
  const rest = before.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*\n|\/\*[\s\S]*?\*\//g, ' ');
  return /'|--[^\n]*$|\/\*/.test(rest);
}

/** Tables that a statement names; `spans` if it names none yet. */
export function tablesIn(statement: string, known: readonly string[]): string[] {
  const named = new Set(
    [...statement.matchAll(/\b(?:from|join|,)\s+(?:main\.)?"?(\w+)"?/gi)].map(([, name]) =>
      name.toLowerCase(),
    ),
  );
  const found = known.filter((name) => named.has(name));
  return found.length > 0 ? found : known.filter((name) => name === 'spans');
}

export interface Words {
  vocabulary: () => Vocabulary;
  /** Resolves when that part of the vocabulary is loaded or has failed. */
  arrived: Readonly<Record<'schema' | 'keys' | 'values', Promise<void>>>;
  /** The most common values of a key; loaded on demand. */
  keyValues: (column: MapColumn, key: string) => Promise<readonly Counted[]>;
}

/** The editor's source of completions. */
export function sqlCompletions({ vocabulary, arrived, keyValues }: Words): CompletionSource {
  let schemaOf: { tables: Vocabulary['tables']; source: CompletionSource } | null = null;
  const members = (): CompletionSource => {
    const { tables } = vocabulary();
    if (schemaOf?.tables !== tables) {
      const schema: SQLNamespace = Object.fromEntries(
        tables.map(({ name, columns }) => [name, columns.map(columnCompletion)]),
      );
      schemaOf = { tables, source: schemaCompletionSource({ dialect: duckDb, schema }) };
    }
    return schemaOf.source;
  };

  return async (context) => {
    const { before, statement } = around(context);
    const spot = spotAt(before);
    // Just after opening a dataset, wait for the vocabulary instead of offering nothing.
    await arrived[spot.kind === 'key' ? 'keys' : spot.kind === 'value' ? 'values' : 'schema'];
    const words = vocabulary();
    switch (spot.kind) {
      case 'nothing':
        return null;
      case 'key':
        return quoted(context, spot, words.keys[spot.column], 'attribute');
      case 'value': {
        const values =
          spot.key === null
            ? (words.values[spot.column] ?? [])
            : await keyValues(spot.column as MapColumn, spot.key);
        return quoted(context, spot, values, 'value');
      }
      case 'member':
        return members()(context);
      case 'word':
        if (!spot.typed && !context.explicit) return null;
        return {
          from: context.pos - spot.typed.length,
          options: wordOptions(words, statement),
          validFor: /^[\p{L}_][\p{L}\p{N}_]*$/u,
        };
    }
  };
}

/** The text around the cursor that belongs to its statement, judged by semicolons outside quotes. */
function around({ state, pos }: CompletionContext): { before: string; statement: string } {
  const text = state.doc.toString();
  const before = text.slice(0, pos);
  const bare = before.replace(/'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*\n/g, (part) =>
    ' '.repeat(part.length),
  );
  const from = bare.lastIndexOf(';') + 1;
  const end = text.indexOf(';', pos);
  return { before: before.slice(from), statement: text.slice(from, end < 0 ? text.length : end) };
}

function quoted(
  { pos }: CompletionContext,
  { typed, close }: { typed: string; close: string },
  words: readonly Counted[],
  type: string,
): CompletionResult | null {
  if (words.length === 0) return null;
  return {
    // Doubled quotes make the typed text longer than the value; they are too rare to complete.
    from: pos - typed.length,
    options: words.map(({ text, count }, rank) => ({
      label: text,
      type,
      detail: formatCount(count),
      boost: -Math.min(90, rank / 10),
      apply: (view: EditorView, completion: Completion, from: number, to: number) =>
        applyQuoted(view, completion, from, to, close),
    })),
    validFor: /^[^']*$/,
  };
}

/** Inserts the word and moves the cursor past the closing characters, adding them if missing. */
function applyQuoted(
  view: EditorView,
  completion: Completion,
  from: number,
  to: number,
  close: string,
): void {
  const after = view.state.sliceDoc(to, to + close.length);
  let there = 0;
  while (there < close.length && after[there] === close[there]) there++;
  const insert = completion.label.replaceAll("'", "''") + close;
  view.dispatch({
    changes: { from, to: to + there, insert },
    selection: { anchor: from + insert.length },
    annotations: pickedCompletion.of(completion),
    userEvent: 'input.complete',
  });
}

function wordOptions({ tables, functions }: Vocabulary, statement: string): Completion[] {
  const near = new Set(
    tablesIn(
      statement,
      tables.map(({ name }) => name),
    ),
  );
  const columns = new Map<string, Completion>();
  for (const table of tables) {
    if (!near.has(table.name)) continue;
    for (const column of table.columns) columns.set(column.name, columnCompletion(column));
  }
  return [
    ...columns.values(),
    ...tables.map(({ name, rows, comment }) => ({
      label: name,
      type: 'table',
      detail: rows === null ? 'view' : `${formatCount(rows)} rows`,
      info: comment || undefined,
      boost: 1,
    })),
    ...functions.map(functionCompletion),
    ...KEYWORD_OPTIONS,
  ];
}

function columnCompletion({
  name,
  type,
  comment,
}: {
  name: string;
  type: string;
  comment: string;
}): Completion {
  const isPlain = /^[a-z_][a-z0-9_]*$/.test(name);
  return {
    label: name,
    apply: isPlain ? undefined : `"${name.replaceAll('"', '""')}"`,
    type: 'column',
    detail: type.length > 24 ? `${type.slice(0, 23)}…` : type,
    info: comment || undefined,
    boost: 2,
  };
}

function functionCompletion(entry: Vocabulary['functions'][number]): Completion {
  const { name, kind, signature, description } = entry;
  return {
    label: name,
    type: kind,
    detail: signature.slice(name.length).length > 36 ? '(…)' : signature.slice(name.length),
    info: description || undefined,
    boost: -1,
    apply: (view, completion, from, to) => {
      const isCalled = view.state.sliceDoc(to, to + 1) === '(';
      const insert = isCalled ? name : `${name}()`;
      const takesNothing = signature.endsWith('()');
      view.dispatch({
        changes: { from, to, insert },
        selection: { anchor: from + insert.length - (isCalled || takesNothing ? 0 : 1) },
        annotations: pickedCompletion.of(completion),
        userEvent: 'input.complete',
      });
    },
  };
}

const KEYWORD_OPTIONS: Completion[] = (duckDb.spec.keywords ?? '')
  .split(' ')
  .concat((duckDb.spec.types ?? '').split(' '))
  .map((word) => ({ label: word.toUpperCase(), type: 'keyword', boost: -2 }));
