/** What the filter's SQL keeps, on the page's own engine, against the same question asked of the spans in JavaScript. */
import { engineOverFile, engineOverSpans, type Asked } from '../support/open-engine';
import { FIXTURES } from '../support/paths';
import { sql } from '$lib/engine/engine';
import { NO_FILTER, parseTerm, type Filter } from '$lib/model/filter';
import type { Span } from '$lib/model/span';
import { whereOf } from '$lib/queries/filter-sql';
import { beforeAll, describe, expect, test } from 'vitest';
import { EPOCH_NS, id, span } from '../support/spans';

const KINDS = ['SERVER', 'CLIENT', 'INTERNAL'] as const;

const LONG = `the ${'very '.repeat(60)}end`;
const EVENTS: Record<number, string[][]> = {
  1: [['exception.type', 'KeyError']],
  2: [
    ['exception.type', 'KeyError'],
    ['exception.type', 'ValueError', 'exception.message', LONG],
  ],
  5: [[], ['exception.message', 'short']],
};

const SPANS: Span[] = Array.from({ length: 60 }, (_, i) =>
  span({
    spanId: id(i),
    parentId: i % 6 ? id(i - (i % 6)) : null,
    name: `op ${i % 4}`,
    kind: KINDS[i % 3],
    startNs: EPOCH_NS + BigInt(i) * 1_000_000n,
    endNs: EPOCH_NS + BigInt(i) * 1_000_000n + BigInt(i % 7) * 500_000n,
    status: i % 5 ? 'OK' : 'ERROR',
    statusDescription: i % 5 ? null : "can't reach it",
    resource: {
      service: i % 2 ? 'web' : 'it\'s "db"',
      attributes: ['service.name', i % 2 ? 'web' : 'it\'s "db"', 'zone', i % 4 ? 'a' : 'B'],
    },
    attributes: [
      ...(i % 3 ? ['http.method', i % 3 === 1 ? 'GET' : 'Post'] : []),
      ...(i % 10 === 0 ? ['workflow.name', 'critic, writer'] : []),
    ],
    // Two events of one span can have the same key; texts above 200 characters are not in the index of attributes.
    events: (EVENTS[i % 8] ?? []).map((attributes) => ({
      name: 'exception',
      timeNs: EPOCH_NS,
      attributes,
    })),
  }),
);

const attribute = (of: Span, key: string): string | undefined => {
  const at = of.attributes.findIndex((word, i) => i % 2 === 0 && word === key);
  return at < 0 ? undefined : of.attributes[at + 1];
};
const ns = ({ startNs, endNs }: Span) => Number(endNs! - startNs!);

/** Terms as links have them, with the same in JavaScript. */
const CASES: [terms: string[], keeps: (of: Span, i: number) => boolean][] = [
  [['service=web'], (of) => of.resource.service === 'web'],
  [['service!=web'], (of) => of.resource.service !== 'web'],
  [[`service="it's \\"db\\""`], (of) => of.resource.service !== 'web'],
  [['kind=SERVER,CLIENT'], (of) => of.kind !== 'INTERNAL'],
  [['kind!=SERVER,CLIENT'], (of) => of.kind === 'INTERNAL'],
  [['status=error'], (of) => of.status === 'ERROR'],
  [['name="op 1"'], (of) => of.name === 'op 1'],
  [['workflow="critic, writer"'], (_, i) => i % 10 === 0],
  [['workflow!="critic, writer"'], (_, i) => i % 10 !== 0],
  [['workflow=""'], (_, i) => i % 10 !== 0],
  [['root'], (_, i) => i % 6 === 0],
  [['!root'], (_, i) => i % 6 !== 0],
  [['duration>=1ms'], (of) => ns(of) >= 1e6],
  [['duration>1ms'], (of) => ns(of) > 1e6],
  [['duration=500us..1500us'], (of) => ns(of) >= 5e5 && ns(of) <= 15e5],
  [['@http.method=GET'], (of) => attribute(of, 'http.method') === 'GET'],
  [['@http.method!=GET'], (of) => attribute(of, 'http.method') !== 'GET'],
  [['@http.method=GET,Post'], (of) => attribute(of, 'http.method') !== undefined],
  [['@http.method~OS'], (of) => attribute(of, 'http.method') === 'Post'],
  [['@http.method!~OS'], (of) => attribute(of, 'http.method') !== 'Post'],
  [['@http.method?'], (of) => attribute(of, 'http.method') !== undefined],
  [['@http.method!?'], (of) => attribute(of, 'http.method') === undefined],
  [['@@zone=B'], (_, i) => i % 4 === 0],
  [['@@@exception.type=KeyError'], (_, i) => i % 8 === 1 || i % 8 === 2],
  [['@@@exception.type!=ValueError'], (_, i) => i % 8 !== 2],
  [['@@@exception.type~value,key'], (_, i) => i % 8 === 1 || i % 8 === 2],
  [['@@@exception.message?'], (_, i) => i % 8 === 2 || i % 8 === 5],
  [['@@@exception.message!?'], (_, i) => i % 8 !== 2 && i % 8 !== 5],
  [['@@@exception.message~END'], (_, i) => i % 8 === 2],
  [['@@@exception.message!~end'], (_, i) => i % 8 !== 2],
  [[`@@@exception.message=${LONG}`], (_, i) => i % 8 === 2],
  [[`@@@exception.message!=${LONG},short`], (_, i) => i % 8 !== 2 && i % 8 !== 5],
  [['@@zone!=B', 'status=error'], (of, i) => i % 4 !== 0 && of.status === 'ERROR'],
];

let engine: Asked;
beforeAll(async () => {
  engine = await engineOverSpans(SPANS);
});

async function kept(filter: Filter): Promise<unknown[]> {
  const result = await engine.query(
    `SELECT span_id FROM spans WHERE ${whereOf(filter)} ORDER BY 1`,
  );
  return result.rows().map((row) => row.span_id);
}

const expected = (keeps: (of: Span, i: number) => boolean) =>
  SPANS.filter(keeps)
    .map((of) => of.spanId)
    .sort();

describe('the filter in SQL', () => {
  test.each(CASES)('%j', async (terms, keeps) => {
    const wanted = expected(keeps);
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.length).toBeLessThan(SPANS.length);
    expect(await kept({ ...NO_FILTER, terms: terms.map((term) => parseTerm(term)!) })).toEqual(
      wanted,
    );
  });

  test('no filter keeps all', async () => {
    expect(await kept(NO_FILTER)).toHaveLength(SPANS.length);
    expect(await kept({ ...NO_FILTER, text: '  ' })).toHaveLength(SPANS.length);
    // An id in another spelling.
    expect(await kept({ ...NO_FILTER, text: `0x${id(7).toUpperCase()}` })).toHaveLength(1);
    expect(await kept({ ...NO_FILTER, text: 'AAAAAAAA-AAAA-AAAA-AAAA-AAAAAAAAAAAA' })).toHaveLength(
      SPANS.length,
    );
  });

  test('a time range takes its start and leaves its end', async () => {
    const time = { startNs: EPOCH_NS + 10_000_000n, endNs: EPOCH_NS + 20_000_000n };
    expect(await kept({ ...NO_FILTER, time })).toEqual(expected((_, i) => i >= 10 && i < 20));
  });

  test('text, time and terms all hold', async () => {
    const filter: Filter = {
      time: { startNs: EPOCH_NS, endNs: EPOCH_NS + 30_000_000n },
      text: "CAN'T reach",
      terms: [parseTerm('service=web')!],
    };
    expect(await kept(filter)).toEqual(
      expected((of, i) => i < 30 && i % 5 === 0 && of.resource.service === 'web'),
    );
  });
});

test('odd keys and values are exact, and no pattern', async () => {
  const engine = await engineOverFile(`${FIXTURES}otlp-json/odd-keys.json`);
  const told = await engine.query(
    `SELECT pair.key AS "key", pair.value AS "value"
     FROM (SELECT unnest(map_entries(attributes)) AS pair FROM spans WHERE span_no = 0)`,
  );
  const expected = [
    ['json.text', '{"id": 9007199254740993, "rate": 1.10, "list":[1e400], "dup":1, "dup":2}'],
    ['id.text', '9007199254740993'],
    ['int.number', '9223372036854775806'],
    ['Case', 'upper'],
    ['case', 'lower'],
    ['', 'no key'],
    [`a"b'c.d`, 'quoted'],
    ['naïve.ключ.键', 'unicode'],
    ['x%y_z\\w', '100%_of\\all'],
    ['__proto__', 'proto'],
    ['constructor', 'ctor'],
    ['nested', '{"__proto__":9007199254740993,"k":["NaN",null]}'],
  ];
  expect(told.rows().map(({ key, value }) => [key, value])).toEqual(expected);
  for (const [key, value] of expected) {
    for (const test of ['equals', 'contains'] as const) {
      const where = whereOf({
        ...NO_FILTER,
        terms: [
          { type: 'attribute', source: 'attributes', key, test, values: [value], exclude: false },
        ],
      });
      const found = await engine.query(sql`SELECT span_no FROM spans WHERE ${where}`);
      expect(found.rows(), key).toEqual([{ span_no: 0 }]);
    }
  }
});
