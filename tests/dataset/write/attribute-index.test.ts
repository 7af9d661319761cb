/** The index of attributes says the same as the attributes: for every text, filter and figure, over all kinds of files. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { engineOverFile, engineOverSpans, type Asked } from '../../support/open-engine';
import { Random } from '../../../scripts/demo/random';
import { AttributeIndex, MAX_KEYS } from '$lib/dataset/write/attribute-index';
import { MapColumn } from '$lib/dataset/write/columns/maps';
import { parseTerm } from '$lib/model/filter';
import type { Span } from '$lib/model/span';
import { conditionOf } from '$lib/queries/filter-sql';
import { holdsText, holdsTextByRow } from '$lib/queries/span-text';
import { id, span } from '../../support/spans';
import { CORPUS, FIXTURES } from '../../support/paths';

const FIXTURE_FILES = [
  'otlp-json/all-values.json',
  'otlp-json/collector-lines.jsonl',
  'jaeger-json/traces.json',
  'zipkin-v2/traces.json',
];
/** Real files, where they are there: the largest of each format that stays below this size. */
const CORPUS_FORMATS = ['otlp-json', 'otlp-jsonl', 'jaeger', 'zipkin-v2'];
const CORPUS_MAX_BYTES = 400_000;

const LONG = `${'x'.repeat(300)} NEEDLE ${'y'.repeat(300)}`;

const ODD_SPANS: Span[] = [
  span({ spanId: id(1), attributes: ['k', 'Straße', 'empty', '', '', 'no key', 'n', '007'] }),
  span({ spanId: id(2), attributes: ['k', LONG, 'n', '7'], statusDescription: 'It Failed' }),
  span({ spanId: id(3), attributes: ['k', 'it\'s 100% _a_ \\ "b"', 'n', '-1.5e3'] }),
  span({ spanId: id(4), attributes: ['n', '1e999', 'flag', 'true', 'list', '["a",1]'] }),
  span({ spanId: id(5), scope: 'My.Scope', attributes: ['flag', 'false', 'list', '{"a": 1}'] }),
  span({
    spanId: id(6),
    events: [
      { name: 'exception', timeNs: 1n, attributes: ['exception.message', `Boom ${LONG}`] },
      { name: 'retry', timeNs: null, attributes: ['attempt', '2'] },
      { name: 'retry', timeNs: null, attributes: ['attempt', '2'] },
    ],
  }),
  span({
    spanId: id(7),
    resource: { service: 'other', attributes: ['zone', 'EU-1', 'args', LONG, 'zone', 'EU-2'] },
  }),
  span({ spanId: id(8), attributes: ['zone', 'eu-2', 'zeilen', 'eins\nzwei'] }),
];

/** Texts that occur, cut out of what is there, and some that don't. */
async function needles(engine: Asked, random: Random, count: number): Promise<string[]> {
  const result = await engine.query(`
    SELECT DISTINCT text FROM (
      SELECT unnest([trace_id, span_id, name, service, scope, status_code, status_description]) AS text FROM spans
      UNION ALL SELECT unnest(map_keys(attributes)) FROM spans
      UNION ALL SELECT unnest(map_values(attributes)) FROM spans
      UNION ALL SELECT unnest(map_values(resource)) FROM spans
      UNION ALL SELECT unnest(list_transform(events, lambda e: e.name)) FROM spans
      UNION ALL SELECT unnest(list_transform(events, lambda e: array_to_string(map_values(e.attributes), ' '))) FROM spans
    ) WHERE text <> '' ORDER BY text`);
  const pairs = await engine.query(
    `SELECT DISTINCT "key" || '=' || "value" AS text FROM span_attributes WHERE "value" IS NOT NULL ORDER BY 1`,
  );
  const texts = [...result.rows(), ...pairs.rows()].map(({ text }) => String(text));
  const cut = () => {
    // Code points, so that no character is cut in two.
    const letters = [...random.pick(texts)];
    const from = random.int(0, letters.length - 1);
    const part = letters.slice(from, from + random.int(1, 12)).join('');
    return random.chance(0.5) ? part.toUpperCase() : part;
  };
  const found = Array.from({ length: count }, () =>
    random.chance(0.3) ? random.pick(texts) : cut(),
  );
  // A text of several lines may lie across two parts of a span, where the scan by row joins them.
  return found.filter((text) => text.trim() !== '' && !text.includes('\n'));
}

async function spansWhere(engine: Asked, condition: unknown): Promise<unknown[]> {
  const result = await engine.query(`SELECT span_no FROM spans WHERE ${condition} ORDER BY 1`, {
    limit: 1_000_000,
  });
  return result.rows().map(({ span_no }) => span_no);
}

function corpusFiles(): string[] {
  const index = join(CORPUS, 'INDEX.tsv');
  if (!existsSync(index)) return [];
  const [head, ...lines] = readFileSync(index, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split('\t'));
  const column = (name: string) => head.indexOf(name);
  const files = lines
    .map((line) => ({ path: line[column('path')], bytes: Number(line[column('bytes')]) }))
    .filter(({ bytes }) => bytes < CORPUS_MAX_BYTES)
    .sort((a, b) => b.bytes - a.bytes);
  return CORPUS_FORMATS.flatMap((format) =>
    files.filter(({ path }) => path.startsWith(`${format}/`)).slice(0, 1),
  ).map(({ path }) => join(CORPUS, path));
}

describe('search by the index', () => {
  let odd: Asked;
  beforeAll(async () => {
    odd = await engineOverSpans(ODD_SPANS);
  });

  test.each([
    ['STRASSE', []],
    ['straße', [0]],
    ['needle', [1, 5, 6]],
    ['eu-1', []],
    ['eu-2', [6, 7]],
    ['100% _A_', [2]],
    ["it's", [2]],
    ['\\ "B"', [2]],
    ['retry', [5]],
    ['attempt', [5]],
    ['attempt=2', []],
    ['zone=EU-2', [6, 7]],
    ['zone = eu', []],
    ['n=7', [1]],
    ['n=007', [0]],
    ['empty=', [0]],
    ['my.scope', [4]],
    ['it failed', [1]],
    ['eins\nzwei', [7]],
    [id(3), [2]],
    ['no such text', []],
  ])('%j', async (text, found) => {
    expect(await spansWhere(odd, holdsText(text))).toEqual(found);
    expect(await spansWhere(odd, holdsTextByRow(text))).toEqual(found);
  });

  test.each([...FIXTURE_FILES.map((file) => FIXTURES + file), ...corpusFiles()])(
    'finds in %s what the scan by row finds',
    async (path) => {
      const engine = await engineOverFile(path);
      const random = new Random(path.length);
      for (const text of await needles(engine, random, 12)) {
        expect(await spansWhere(engine, holdsText(text)), text).toEqual(
          await spansWhere(engine, holdsTextByRow(text)),
        );
      }
    },
    60_000,
  );
});

describe('filters by the index', () => {
  let odd: Asked;
  beforeAll(async () => {
    odd = await engineOverSpans(ODD_SPANS);
  });

  test.each([
    ['@k?', [0, 1, 2]],
    ['@k!?', [3, 4, 5, 6, 7]],
    ['@k~needle', [1]],
    ['@k!~needle', [0, 2, 3, 4, 5, 6, 7]],
    [`@k=${LONG}`, [1]],
    [`@k!=${LONG},Straße`, [2, 3, 4, 5, 6, 7]],
    ['@empty=""', [0]],
    ['@""="no key"', [0]],
    ['@zone=eu-2', [7]],
    ['@@zone=EU-2', [6]],
    ['@@args~needle', [6]],
    [`@@args=${LONG}`, [6]],
    ['@attempt?', []],
  ])('%s', async (term, found) => {
    expect(await spansWhere(odd, conditionOf(parseTerm(term)!))).toEqual(found);
  });
});

describe('more keys than the index knows', () => {
  /** Keys `key.0` … of each source fill the index; the last spans have keys beyond. */
  function* spans(): Generator<Span> {
    const keys = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => [`key.${from + i}`, `v${from + i}`]).flat();
    const at = (n: number, more: Partial<Span>) => span({ spanId: id(n + 1), ...more });
    yield at(0, {
      attributes: keys(0, MAX_KEYS),
      events: [{ name: 'e', timeNs: 1n, attributes: keys(0, MAX_KEYS) }],
      resource: { service: 'full', attributes: keys(0, MAX_KEYS) },
    });
    yield at(1, { attributes: ['key.0', 'Again', 'odd.one', 'Under a left-out key'] });
    yield at(2, { attributes: ['odd.one', `${LONG}`] });
    yield at(3, { events: [{ name: 'e', timeNs: 1n, attributes: ['odd.event', 'Boom'] }] });
    yield at(4, { resource: { service: 's', attributes: ['odd.resource', 'EU-9'] } });
    yield at(5, { attributes: ['key.7', 'v7'] });
  }
  let many: Asked;
  beforeAll(async () => {
    many = await engineOverSpans(spans());
  });

  test.each([
    ['@odd.one?', [1, 2]],
    ['@odd.one!?', [0, 3, 4, 5]],
    ['@odd.one="Under a left-out key"', [1]],
    ['@odd.one!="Under a left-out key"', [0, 2, 3, 4, 5]],
    ['@odd.one~needle', [2]],
    ['@odd.one~LEFT-OUT', [1]],
    ['@key.0?', [0, 1]],
    ['@key.7=v7', [0, 5]],
    ['@@odd.resource?', [4]],
    ['@@odd.resource=EU-9', [4]],
    ['@@odd.resource~eu', [4]],
    ['@@@odd.event?', [3]],
    ['@@@odd.event=Boom', [3]],
    ['@@@odd.event~oo', [3]],
  ])('%s', async (term, found) => {
    expect(await spansWhere(many, conditionOf(parseTerm(term)!))).toEqual(found);
  });

  test.each([
    ['left-out', [1]],
    ['odd.one', [1, 2]],
    ['odd.event', [3]],
    ['boom', [3]],
    ['eu-9', [4]],
    ['odd.resource=EU-9', [4]],
    ['key.7=v7', [0, 5]],
  ])('the text %j', async (text, found) => {
    expect(await spansWhere(many, holdsText(text))).toEqual(found);
    expect(await spansWhere(many, holdsTextByRow(text))).toEqual(found);
  });

  // Attributes of a resource count once: here the odd one, and the service.name that the other spans share.
  test('are counted, and not in the tables', async () => {
    const ask = async (sql: string) => (await many.query(sql, { limit: 10 })).rows();
    expect(
      await ask(
        `SELECT "count"::INTEGER AS n, example FROM diagnostics WHERE code = 'unindexed-key'`,
      ),
    ).toEqual([{ n: 5, example: '“odd.one”' }]);
    expect(
      await ask(
        'SELECT max(n)::INTEGER AS n FROM (SELECT count(*) AS n FROM attribute_keys GROUP BY source)',
      ),
    ).toEqual([{ n: MAX_KEYS }]);
  });
});

describe('the tables', () => {
  let odd: Asked;
  beforeAll(async () => {
    odd = await engineOverSpans(ODD_SPANS);
  });
  const ask = async (engine: Asked, sql: string) =>
    (await engine.query(sql, { limit: 100_000 })).rows();

  test('attribute_keys says what all of a key are', async () => {
    const keys = await ask(
      odd,
      `SELECT source, "key", type, spans::INTEGER AS spans, distinct_values::INTEGER AS n, is_unique, has_long, minimum, median, maximum
       FROM attribute_keys WHERE source <> 'resource' ORDER BY ALL`,
    );
    const facts = (source: string, key: string) =>
      keys.find((row) => row.source === source && row.key === key);
    expect(facts('attributes', 'k')).toMatchObject({
      type: 'text',
      spans: 3,
      n: 2,
      has_long: true,
    });
    expect(facts('attributes', 'k')).toMatchObject({ is_unique: false, median: null });
    // 007 and 1e999 are no plain numbers.
    expect(facts('attributes', 'n')).toMatchObject({ type: 'text', spans: 4, is_unique: true });
    expect(facts('attributes', 'flag')).toMatchObject({ type: 'boolean', spans: 2 });
    expect(facts('attributes', 'list')).toMatchObject({ type: 'json', spans: 2 });
    expect(facts('attributes', '')).toMatchObject({ type: 'text', spans: 1 });
    expect(facts('events', 'attempt')).toMatchObject({ type: 'number', spans: 2, n: 1 });
    expect(facts('events', 'attempt')).toMatchObject({ minimum: 2, median: 2, maximum: 2 });
    expect(facts('event names', '')).toMatchObject({ type: 'text', spans: 3, n: 2 });
    const top = await ask(
      odd,
      `SELECT unnest(top_values) AS top FROM attribute_keys WHERE source = 'event names'`,
    );
    expect(top.map(({ top }) => top)).toEqual([
      { value: 'retry', spans: 2n },
      { value: 'exception', spans: 1n },
    ]);
  });

  test('attribute_counts counts every value of the keys whose values repeat', async () => {
    const counted = await ask(
      odd,
      `SELECT source, "key", "value", sum(c.spans)::BIGINT AS spans
       FROM attribute_counts c JOIN attribute_values USING (value_no) JOIN attribute_keys k USING (key_no)
       GROUP BY ALL ORDER BY ALL`,
    );
    const written = await ask(
      odd,
      `SELECT source, "key", "value", count(*) AS spans
       FROM span_attributes JOIN attribute_keys USING (source, "key")
       WHERE NOT is_unique GROUP BY ALL ORDER BY ALL`,
    );
    expect(counted.length).toBeGreaterThan(5);
    expect(counted).toEqual(written);
    expect(new Set(counted.map(({ source }) => source))).toEqual(
      new Set(['attributes', 'resource', 'events', 'event names']),
    );
  });

  test('span_attributes has every pair of every span, but long values as NULL', async () => {
    for (const [source, pairs] of [
      ['attributes', 'map_entries(attributes)'],
      ['resource', 'map_entries(resource)'],
      ['events', 'flatten(list_transform(events, lambda e: map_entries(e.attributes)))'],
      ['event names', "list_transform(events, lambda e: {'key': '', 'value': e.name})"],
    ]) {
      const long = source === 'resource' ? 'false' : 'length(pair.value) > 200';
      const said = await ask(
        odd,
        `SELECT span_no, "key", "value" FROM span_attributes WHERE source = '${source}' ORDER BY ALL`,
      );
      const meant = await ask(
        odd,
        `SELECT span_no, pair.key AS "key", CASE WHEN NOT (${long}) THEN pair.value END AS "value"
         FROM (SELECT span_no, unnest(${pairs}) AS pair FROM spans) ORDER BY ALL`,
      );
      expect(said.length).toBeGreaterThan(0);
      expect(said).toEqual(meant);
    }
  });

  test('operations of a span and of its parent', async () => {
    const engine = await engineOverSpans([
      span({
        spanId: id(1),
        parentId: id(2),
        name: 'Agent.run',
        service: 'Agent',
        operation: 'run',
      }),
      span({ spanId: id(2), name: 'Flow.run', service: 'Flow', operation: 'run' }),
      span({
        spanId: id(3),
        parentId: id(9),
        name: 'Agent.run',
        service: 'Agent',
        operation: 'run',
      }),
      span({ spanId: id(4), name: 'Agent.run', service: 'Agent', operation: 'other' }),
      span({ spanId: id(5), traceId: 'b'.repeat(32), name: 'Agent.run', service: 'Flow' }),
    ]);
    expect(
      await ask(
        engine,
        `SELECT o.service || '/' || o.operation AS own, p.service AS parent, spans.operation_no, spans.trace_no
         FROM spans JOIN operations o USING (operation_no)
           LEFT JOIN operations p ON p.operation_no = parent_operation_no
         ORDER BY span_no`,
      ),
    ).toEqual([
      { own: 'Agent/run', parent: 'Flow', operation_no: 0, trace_no: 0 },
      { own: 'Flow/run', parent: null, operation_no: 1, trace_no: 0 },
      { own: 'Agent/run', parent: null, operation_no: 0, trace_no: 0 },
      { own: 'Agent/other', parent: null, operation_no: 2, trace_no: 0 },
      { own: 'Flow/Agent.run', parent: null, operation_no: 3, trace_no: 1 },
    ]);
    expect(await ask(engine, 'SELECT trace_no, trace_id FROM traces ORDER BY trace_no')).toEqual([
      { trace_no: 0, trace_id: 'a'.repeat(32) },
      { trace_no: 1, trace_id: 'b'.repeat(32) },
    ]);
  });
});

describe('the vocabulary', () => {
  /** Gives rows of attributes to an index, in batches, and returns each row's numbers with their meaning. */
  function indexed(batches: Iterable<string[][]>): { rows: string[][]; values: number } {
    const index = new AttributeIndex();
    const column = new MapColumn();
    const entries = index.entriesOf('attributes', column);
    const meaning = new Map<number, string>();
    const rows: string[][] = [];
    let values = 0;
    let spanNo = 0;
    const uses: [spanNo: number, valueNo: number][] = [];
    const take = (last: boolean) => {
      const taken = index.takeBatch(last);
      taken.values.value.forEach((value, i) => {
        values++;
        const number = taken.values.valueNo[i];
        expect(meaning.has(number)).toBe(false);
        meaning.set(number, `${index.allKeys()[taken.values.keyNo[i]].text}=${value}`);
      });
      taken.uses.spanNo.forEach((span, i) => {
        if (i > 0 && taken.uses.keyNo[i] < taken.uses.keyNo[i - 1]) throw new Error('not by key');
        uses.push([span, taken.uses.valueNo[i]]);
      });
    };
    for (const batch of batches) {
      for (const attributes of batch) {
        const before = column.entries;
        column.push(attributes);
        entries.take(spanNo++, before);
      }
      take(false);
      column.finish();
    }
    take(true);
    for (const [span, value] of uses) (rows[span] ??= []).push(meaning.get(value)!);
    return { rows, values };
  }

  test('has a value that comes again once, in whatever batch and under each key of its own', () => {
    const batch = [
      ['a', 'x', 'b', 'x'],
      ['a', 'y', 'b', 'x', 'a', 'z'],
    ];
    const { rows, values } = indexed([batch, batch, [['b', 'y']]]);
    expect(rows).toEqual([['a=x', 'b=x'], ['a=z', 'b=x'], ['a=x', 'b=x'], ['a=z', 'b=x'], ['b=y']]);
    expect(values).toBe(4);
  });

  test('forgets ids, and what it forgot keeps its meaning', () => {
    const batches = Array.from({ length: 20 }, (_, batch) =>
      Array.from({ length: 4000 }, (_, i) => {
        const n = batch * 4000 + i;
        return ['id', `id-${n % 79_990}`, 'few', `few-${n % 7}`];
      }),
    );
    const { rows, values } = indexed(batches);
    rows.forEach((row, n) => {
      if (row[0] !== `id=id-${n % 79_990}` || row[1] !== `few=few-${n % 7}`)
        throw new Error(`${n}: ${row.join()}`);
    });
    expect(rows).toHaveLength(80_000);
    // The last ten ids had been forgotten: they come twice. The few are never forgotten.
    expect(values).toBe(80_000 + 7);
  });
});
