/** The SQL view's text work: statements, places of errors, the filter's scope. */
import { beforeAll, describe, expect, test } from 'vitest';
import { engineOverDemo, type Asked } from '../../support/open-engine';
import { sql } from '$lib/engine/engine';
import { withArrowBrackets } from '$lib/views/sql/editor/arrow-brackets';
import { errorPlace, messageWithoutExcerpt, suggestions } from '$lib/views/sql/editor/error-place';
import { isFilterable, narrowed, ordered, whole } from '$lib/views/sql/scope';
import { firstWord, splitStatements, statementAt } from '$lib/views/sql/editor/statements';

const texts = (text: string) => splitStatements(text).map((statement) => statement.text);

describe('statements', () => {
  test.each<[string, string[]]>([
    ['', []],
    [' -- nothing\n /* ; */ ;; ', []],
    ['SELECT 1', ['SELECT 1']],
    ['SELECT 1;', ['SELECT 1']],
    ['SELECT 1 ; SELECT 2 ;', ['SELECT 1', 'SELECT 2']],
    ["SELECT ';' AS a; SELECT 'it''s ;'", ["SELECT ';' AS a", "SELECT 'it''s ;'"]],
    ['SELECT ";" FROM "a;b"; FROM c', ['SELECT ";" FROM "a;b"', 'FROM c']],
    ['SELECT $$ ; $$; SELECT $tag$ ; $$ ; $tag$', ['SELECT $$ ; $$', 'SELECT $tag$ ; $$ ; $tag$']],
    [
      "SELECT E'\\';' AS a; SELECT 'x\\'; SELECT 3",
      ["SELECT E'\\';' AS a", "SELECT 'x\\'", 'SELECT 3'],
    ],
    [
      'SELECT 1 -- ; one\n; SELECT /* ; /* ; */ ; */ 2',
      ['SELECT 1 -- ; one', 'SELECT /* ; /* ; */ ; */ 2'],
    ],
    [
      "FROM spans SELECT attributes['a;b'], {'k': 1}",
      ["FROM spans SELECT attributes['a;b'], {'k': 1}"],
    ],
    ['SELECT (1; SELECT 2', ['SELECT (1', 'SELECT 2']],
    ["SELECT 'open; SELECT 2", ["SELECT 'open; SELECT 2"]],
  ])('%j', (text, expected) => {
    expect(texts(text)).toEqual(expected);
    for (const { from, to, text: part } of splitStatements(text)) {
      expect(text.slice(from, to)).toBe(part);
    }
  });

  test('every statement of random text lies in it, in order, and none is lost', () => {
    let seed = 7;
    const random = (n: number) => (seed = (seed * 48_271) % 2_147_483_647) % n;
    const parts = [
      'SELECT 1',
      "'a;b'",
      '"c;"',
      '-- d;\n',
      '/* e; */',
      ';',
      ' ',
      '\n',
      '(',
      ')',
      "E'\\''",
      '$$;$$',
    ];
    for (let round = 0; round < 300; round++) {
      const text = Array.from({ length: random(14) }, () => parts[random(parts.length)]).join(' ');
      let end = 0;
      for (const { from, to, text: part } of splitStatements(text)) {
        expect(from).toBeGreaterThanOrEqual(end);
        expect(text.slice(from, to)).toBe(part);
        end = to;
      }
    }
  });

  test.each([
    // The bar is the cursor.
    ['SEL|ECT 1; SELECT 2', 'SELECT 1'],
    ['SELECT 1;| SELECT 2', 'SELECT 1'],
    ['SELECT 1; |SELECT 2', 'SELECT 2'],
    ['SELECT 1; -- not|e\nSELECT 2', 'SELECT 1'],
    ['SELECT 1;\n|\nSELECT 2', 'SELECT 2'],
    ['-- head|\nSELECT 1; SELECT 2', 'SELECT 1'],
    ['SELECT 1; SELECT 2;\n\n|', 'SELECT 2'],
    ['|', null],
  ])('the cursor in %j means %j', (marked, expected) => {
    const at = marked.indexOf('|');
    const text = marked.replace('|', '');
    expect(statementAt(splitStatements(text), at, text)?.text ?? null).toBe(expected);
  });

  test('first words', () => {
    expect(firstWord('-- a\n /* b */ select 1')).toBe('SELECT');
    expect(firstWord('(SELECT 1)')).toBe('');
  });
});

let engine: Asked;

beforeAll(async () => {
  engine = await engineOverDemo();
});

async function failure(text: string): Promise<string> {
  return engine.query(text).then(
    () => '',
    (error: Error) => error.message,
  );
}

describe('errors point at the place', () => {
  const LONG =
    'SELECT span_id, trace_id, name, service, operation, attributes, resource, events, links, scope, ';
  test.each([
    // The statement, with what is to be marked between bars.
    ['SELECT |servce| FROM spans'],
    ['SELECT *\nFROM spans\nWHERE |nme| = 1'],
    ['SELECT * FROM |spanz|'],
    ['SELECT |foo|(1)'],
    ['SELEC |1|'],
    ['SELECT 1 |+|'],
    ['SELECT (|1|'],
    [`SELECT\n1,\n2,\n3,\n4,\n5,\n6,\n7,\n|nothing|,\n10`],
    [`SELECT\n1,\n2,\n3,\n4,\n5,\n6,\n7,\n8,\n9,\n|nothing|`],
    [`${LONG}|nme|, correlation_id, session_id, workflow, agent, model FROM spans WHERE 1 = 1`],
    ["SELECT 'ä' || |x|"],
  ])('%j', async (marked) => {
    const [before, word, after] =
      marked.split('|').length === 3 ? marked.split('|') : barred(marked);
    const text = before + word + after;
    const place = errorPlace(await failure(text), text);
    expect(place && text.slice(place.from, place.to)).toBe(word);
    expect(place?.from).toBe(before.length);
  });

  /** Where bars are part of the statement, the last two mark. */
  function barred(marked: string): [string, string, string] {
    const end = marked.lastIndexOf('|');
    const start = marked.lastIndexOf('|', end - 1);
    return [marked.slice(0, start), marked.slice(start + 1, end), marked.slice(end + 1)];
  }

  test('also inside the filter’s brackets', async () => {
    const text = 'SELECT name,\n  servce\nFROM spans';
    const scoped = narrowed(text, sql`service = ${'a\nb'}`);
    const place = errorPlace(await failure(scoped.text), text, scoped.linesAbove);
    expect(place && text.slice(place.from, place.to)).toBe('servce');
  });

  test('and say what would have been understood', async () => {
    expect(suggestions(await failure('SELECT servce FROM spans'))[0]).toBe('service');
    expect(suggestions(await failure('SELECT * FROM spanz'))).toEqual(['spans']);
    expect(suggestions(await failure('SELECT 1 +'))).toEqual([]);
    expect(messageWithoutExcerpt(await failure('SELECT * FROM spanz'))).toBe(
      'Catalog Error: Table with name spanz does not exist!\nDid you mean "spans"?',
    );
  });
});

describe('scope', () => {
  const count = async (text: string) => (await engine.query(text)).value(0, 'n');

  test('narrows spans and traces to the filter, and leaves main.spans whole', async () => {
    const where = sql`status_code = 'ERROR'`;
    const all = await count('SELECT count(*) AS n FROM spans');
    const errors = await count("SELECT count(*) AS n FROM spans WHERE status_code = 'ERROR'");
    expect(await count(narrowed('SELECT count(*) AS n FROM spans', where).text)).toBe(errors);
    expect(await count(narrowed('SELECT count(*) AS n FROM main.spans', where).text)).toBe(all);
    expect(
      await count(
        narrowed('WITH t AS (FROM spans) SELECT count(*) AS n FROM t -- end', where).text,
      ),
    ).toBe(errors);
    expect(await count(narrowed('SELECT count(*) AS n FROM traces', where).text)).toBe(
      await count("SELECT count(DISTINCT trace_id) AS n FROM spans WHERE status_code = 'ERROR'"),
    );
  });

  test('keeps the order of rows, and changes it', async () => {
    const text = 'SELECT span_no AS n FROM spans ORDER BY span_no DESC';
    const all = await count('SELECT max(span_no) AS n FROM spans');
    expect(await count(narrowed(text, sql`true`).text)).toBe(all);
    expect(await count(ordered(whole(text), sql`"n"`, false).text)).toBe(0);
  });

  test('knows what it can narrow', () => {
    expect(
      ['SELECT 1', 'from spans', '(SELECT 1)', '-- x\nWITH a AS (SELECT 1) FROM a'].map(
        isFilterable,
      ),
    ).toEqual([true, true, true, true]);
    expect(
      ['EXPLAIN SELECT 1', 'DESCRIBE spans', 'PIVOT spans ON kind', 'SHOW TABLES'].map(
        isFilterable,
      ),
    ).toEqual([false, false, false, false]);
  });
});

describe('brackets around ->>', () => {
  test.each<[string, string | null]>([
    [
      "kind = 'A' AND attributes->>'k' = 'v' AND s.resource ->> 'it''s' IN ('w')",
      "kind = 'A' AND (attributes->>'k') = 'v' AND (s.resource ->> 'it''s') IN ('w')",
    ],
    [
      `sum(attributes->>'k'::BIGINT), "my map" ->> /* c */ $$k$$`,
      `sum((attributes->>'k')::BIGINT), ("my map" ->> /* c */ $$k$$)`,
    ],
    ["lower(attributes->>'k') AND ( attributes->>'k' )", null],
    ["'attributes->>''k''' -- attributes->>'k'\n/* attributes->>'k' */", null],
    ["events[1].attributes->>'k', list_transform(x, a -> a), attributes->>key", null],
    ['', null],
  ])('%s', (condition, expected) => {
    const text = (of: string) => `SELECT 1 WHERE ${of}`;
    expect(withArrowBrackets(text(condition))).toBe(expected && text(expected));
    if (expected) expect(withArrowBrackets(text(expected))).toBeNull();
  });
});
