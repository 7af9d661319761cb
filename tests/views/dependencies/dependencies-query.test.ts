/** Edges of the graph, on the page's own engine, against the same figures worked out in JavaScript from the raw spans. */
import {
  engineOverDemo,
  engineOverFile,
  engineOverSpans,
  type Asked,
} from '../../support/open-engine';
import { existsSync } from 'node:fs';
import { sql, type Sql } from '$lib/engine/engine';
import type { Span } from '$lib/model/span';
import { parseTerm } from '$lib/model/filter';
import { conditionOf } from '$lib/queries/filter-sql';
import {
  CYCLE_TRACE_COLUMNS,
  cycleTraceQuery,
  edgesQuery,
  nodesQuery,
  pairsQuery,
  type EdgeKind,
  type Question,
} from '$lib/views/dependencies/dependency-query';
import { graphOf } from '$lib/views/dependencies/graph/dependency-graph';
import { findCycles } from '$lib/views/dependencies/graph/cycles';
import { beforeAll, describe, expect, test } from 'vitest';
import { EPOCH_NS, id, span } from '../../support/spans';
import { CORPUS } from '../../support/paths';

const DEMO = 'the demo';
const FILES = [
  DEMO,
  `${CORPUS}zipkin-v2/zipkin--yelp.json`,
  `${CORPUS}zipkin-v2/zipkin--messaging.json`,
  `${CORPUS}zipkin-v2/zipkin--simple-db-p6.json`,
  `${CORPUS}jaeger/crisp--case12.json`,
  `${CORPUS}otlp-json/jaeger-ui--otlp2jaeger-multi-in-combined.json`,
  `${CORPUS}otlp-json/otlp2parquet--trace.json`,
].filter((name) => name === DEMO || existsSync(name));

interface Raw {
  span_no: number;
  parent_no: number | null;
  trace_id: string;
  span_id: string;
  service: string;
  operation: string;
  kind: string;
  duration_ms: number;
  status_code: string;
  start_time: bigint;
  attributes: Record<string, string>;
  links: { trace_id: string; span_id: string }[];
}

interface Call {
  key: unknown[];
  span: Raw;
}

const plain = (question: Partial<Question> = {}): Question => ({
  level: 'services',
  where: sql`true`,
  inside: false,
  ...question,
});

async function rowsOf(engine: Asked, query: unknown): Promise<Record<string, unknown>[]> {
  return (await engine.query(String(query), { limit: 100_000 })).rows();
}

/** As `quantile_cont` has it: linear between the two ranks around it. */
function quantile(sorted: number[], q: number): number {
  const at = (sorted.length - 1) * q;
  const low = Math.floor(at);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (at - low);
}

function figuresOf(spans: Raw[]) {
  const sorted = spans.map((span) => span.duration_ms).sort((a, b) => a - b);
  return {
    calls: BigInt(spans.length),
    errors: BigInt(spans.filter((span) => span.status_code === 'ERROR').length),
    total_ms: expect.closeTo(
      sorted.reduce((sum, ms) => sum + ms, 0),
      6,
    ),
    quantiles_ms: [0.5, 0.95, 0.99].map((q) => expect.closeTo(quantile(sorted, q), 9)),
  };
}

function grouped(calls: Call[]): Map<string, Raw[]> {
  const groups = new Map<string, Raw[]>();
  for (const { key, span } of calls) {
    const text = JSON.stringify(key);
    groups.set(text, [...(groups.get(text) ?? []), span]);
  }
  return groups;
}

/** Compares the rows of `edgesQuery` with the calls, grouped by these columns. */
function expectEdges(rows: Record<string, unknown>[], columns: string[], calls: Call[]) {
  const wanted = grouped(calls);
  const got = new Map(
    rows.map((row) => [JSON.stringify(columns.map((column) => row[column])), row]),
  );
  expect([...got.keys()].sort()).toEqual([...wanted.keys()].sort());
  for (const [key, spans] of wanted) {
    expect(got.get(key), key).toMatchObject(figuresOf(spans));
  }
}

describe.each(FILES)('%s', (name) => {
  let engine: Asked;
  let spans: Raw[];
  let bySpanNo: Map<number, Raw>;
  beforeAll(async () => {
    engine = await (name === DEMO ? engineOverDemo() : engineOverFile(name));
    spans = (await rowsOf(
      engine,
      `SELECT span_no, parent_no, trace_id, span_id, service, operation, kind, duration_ms, status_code, start_time,
        attributes, list_transform(links, lambda l: {'trace_id': l.trace_id, 'span_id': l.span_id}) AS links FROM spans`,
    )) as unknown as Raw[];
    bySpanNo = new Map(spans.map((span) => [span.span_no, span]));
  });
  const parentOf = (span: Raw) =>
    span.parent_no === null ? undefined : bySpanNo.get(span.parent_no);

  test.each([
    ['services', false],
    ['services', true],
    ['operations', false],
    ['operations', true],
  ] as const)('calls between %s, inside them: %s', async (level, inside) => {
    const columns =
      level === 'services'
        ? ['is_message', 'caller', 'callee']
        : ['is_message', 'caller', 'caller_operation', 'callee', 'callee_operation'];
    const calls = spans.flatMap((span): Call[] => {
      const parent = parentOf(span);
      if (!inside && parent?.service === span.service) return [];
      const isMessage = span.kind === 'CONSUMER';
      return [
        {
          span,
          key:
            level === 'services'
              ? [isMessage, parent?.service ?? null, span.service]
              : [
                  isMessage,
                  parent?.service ?? null,
                  parent?.operation ?? null,
                  span.service,
                  span.operation,
                ],
        },
      ];
    });
    const rows = await rowsOf(engine, edgesQuery('call', plain({ level, inside })));
    expectEdges(rows, columns, calls);
  });

  test('the filter is about the span that is called', async () => {
    const where = conditionOf(parseTerm('status=error')!);
    const calls = spans
      .filter((span) => span.status_code === 'ERROR' && parentOf(span)?.service !== span.service)
      .map((span) => ({ span, key: [parentOf(span)?.service ?? null, span.service] }));
    expectEdges(
      await rowsOf(engine, edgesQuery('call', plain({ where }))),
      ['caller', 'callee'],
      calls,
    );
  });

  test('links', async () => {
    const byId = new Map(spans.map((span) => [`${span.trace_id} ${span.span_id}`, span]));
    const calls = spans.flatMap((span) =>
      span.links.flatMap((link): Call[] => {
        const from = byId.get(`${link.trace_id} ${link.span_id}`);
        if (!from || from.service === span.service || from.span_no === span.parent_no) return [];
        return [{ span, key: [from.service, span.service] }];
      }),
    );
    if (name === DEMO) expect(calls).toHaveLength(55);
    expectEdges(await rowsOf(engine, edgesQuery('link', plain())), ['caller', 'callee'], calls);
  });

  test('peers that record no spans', async () => {
    const children = new Map<number, Raw[]>();
    for (const span of spans) {
      if (span.parent_no === null) continue;
      children.set(span.parent_no, [...(children.get(span.parent_no) ?? []), span]);
    }
    const words = (...parts: (string | undefined)[]) =>
      parts.filter((part) => part !== undefined).join(' ');
    const calls = spans.flatMap((span): Call[] => {
      const { attributes: a, kind } = span;
      const isIncoming = kind === 'SERVER' || kind === 'CONSUMER';
      if (isIncoming ? parentOf(span) : kind !== 'CLIENT' && kind !== 'PRODUCER') return [];
      const answers = (children.get(span.span_no) ?? []).filter(
        (child) =>
          child.service !== span.service || child.kind === 'SERVER' || child.kind === 'CONSUMER',
      );
      if (kind === 'CLIENT' && answers.length > 0) return [];
      if (kind === 'PRODUCER' && answers.some((answer) => answer.kind !== 'CONSUMER')) return [];
      const database = a['db.system.name'] ?? a['db.system'];
      const queue = a['messaging.system'];
      let peerKind = kind === 'PRODUCER' || kind === 'CONSUMER' ? 'queue' : 'external';
      let peer = a['peer.service'] ?? a['server.address'] ?? a['net.peer.name'] ?? '';
      if (kind === 'SERVER') {
        const client = a['client.address'] ?? a['net.peer.name'] ?? '';
        peer = a['peer.service'] ?? (/^[\d.]*$|:/.test(client) ? '' : client);
      } else if (database) {
        peerKind = 'database';
        peer = words(database, a['db.namespace'] ?? a['db.name']);
      } else if (queue) {
        peerKind = 'queue';
        peer = words(queue, a['messaging.destination.name'] ?? a['messaging.destination']);
      }
      if (peer === '' && (isIncoming || answers.length > 0)) return [];
      const ends = isIncoming ? [peer, span.service] : [span.service, peer];
      return [{ span, key: [peerKind, isIncoming, ...ends] }];
    });
    if (name === DEMO) {
      expect(new Set(calls.map(({ key }) => (key[1] ? key[2] : key[3])))).toEqual(
        new Set([
          'redis',
          'postgresql shop',
          'kafka orders',
          'paygate',
          'parcel',
          'api.openai.com',
        ]),
      );
    }
    expectEdges(
      await rowsOf(engine, edgesQuery('peer', plain())),
      ['peer_kind', 'is_incoming', 'caller', 'callee'],
      calls,
    );
  });

  test('nodes', async () => {
    const rows = await rowsOf(engine, nodesQuery(plain()));
    expect(rows.reduce((sum, row) => sum + Number(row.spans), 0)).toBe(spans.length);
    for (const row of rows) {
      const own = spans.filter((span) => span.service === row.service);
      expect(Number(row.errors)).toBe(own.filter((span) => span.status_code === 'ERROR').length);
    }
  });

  test('the pairs of an edge have the figures of that edge alone', async () => {
    const edges = await rowsOf(engine, edgesQuery('call', plain()));
    for (const edge of edges.filter((row) => row.caller !== null).slice(0, 8)) {
      const kind: EdgeKind = edge.is_message ? 'message' : 'call';
      const ends = [
        { name: String(edge.caller), operation: null },
        { name: String(edge.callee), operation: null },
      ] as const;
      const own = spans.filter(
        (span) =>
          span.service === edge.callee &&
          parentOf(span)?.service === edge.caller &&
          (span.kind === 'CONSUMER') === edge.is_message,
      );
      const rows = await rowsOf(engine, pairsQuery(kind, ...ends, sql`true`));
      expectEdges(
        rows,
        ['caller_operation', 'callee_operation'],
        own.map((span) => ({ span, key: [parentOf(span)!.operation, span.operation] })),
      );
      for (const row of rows) {
        const pair = own.filter(
          (span) =>
            span.operation === row.callee_operation &&
            parentOf(span)!.operation === row.caller_operation,
        );
        const find = ({ trace_id, span_id }: Record<string, unknown>) =>
          pair.find((span) => span.trace_id === trace_id && span.span_id === span_id);
        const slowest = Math.max(...pair.map((span) => span.duration_ms));
        expect(row.max_ms).toBe(slowest);
        expect(find(row.slowest as Record<string, unknown>)?.duration_ms).toBe(slowest);
        const latest = pair.reduce((a, b) => (b.start_time > a.start_time ? b : a)).start_time;
        expect(find(row.latest as Record<string, unknown>)?.start_time).toBe(latest);
        if (row.errors === 0n) expect(row.failed).toBeNull();
        else expect(find(row.failed as Record<string, unknown>)?.status_code).toBe('ERROR');
      }
    }
  });
});

describe(DEMO, () => {
  let engine: Asked;
  beforeAll(async () => {
    engine = await engineOverDemo();
  });

  test('values flow over the blackboard, and the critic and the writer go round', async () => {
    const rows = await rowsOf(engine, edgesQuery('flow', plain({ level: 'flow' })));
    const between = (caller: string, callee: string) =>
      rows.find((row) => row.caller === caller && row.callee === callee);
    expect(between('writer', 'critic')).toMatchObject({ calls: 6n, artifacts: 'Draft' });
    expect(between('critic', 'writer')).toMatchObject({ calls: 3n, artifacts: 'Critique' });
    expect(between('Flock.publish', 'scout')).toMatchObject({ calls: 5n, artifacts: 'Topic' });
    expect(between('writer', 'writer')).toBeUndefined();
    expect(between('critic', 'scout')).toBeUndefined();

    const cycles = findCycles(
      rows.map((row) => ({
        from: String(row.caller),
        to: String(row.callee),
        weight: Number(row.calls),
      })),
    );
    expect(cycles).toEqual([{ path: ['critic', 'writer'], weight: 3, componentSize: 2 }]);

    const path = cycles[0].path.map((name) => ({ name, operation: null }));
    const example = CYCLE_TRACE_COLUMNS.first(
      await engine.query(cycleTraceQuery('flow', path, sql`true`)),
    )!;
    expect(example.edges).toBe(2);
    const [trace] = await rowsOf(
      engine,
      sql`SELECT root_name FROM traces WHERE trace_id = ${example.trace_id}`,
    );
    expect(trace.root_name).toBe('research_brief');
  });

  test('what the writer handed to itself counts inside', async () => {
    const rows = await rowsOf(engine, edgesQuery('flow', plain({ level: 'flow', inside: true })));
    expect(rows.find((row) => row.caller === 'writer' && row.callee === 'writer')).toMatchObject({
      calls: 3n,
      artifacts: 'Draft',
    });
  });

  test('a service that is called back by one that it calls', async () => {
    const rows = await rowsOf(engine, edgesQuery('call', plain()));
    const cycles = findCycles(
      rows
        .filter((row) => row.caller !== null)
        .map((row) => ({
          from: String(row.caller),
          to: String(row.callee),
          weight: Number(row.calls),
        })),
    );
    expect(cycles.map(({ path }) => path)).toEqual([
      ['inventory', 'recommendation'],
      ['Flock', 'normalise'],
    ]);
    const path = cycles[0].path.map((name) => ({ name, operation: null }));
    const example = CYCLE_TRACE_COLUMNS.first(
      await engine.query(cycleTraceQuery('call', path, sql`true`)),
    )!;
    expect(example.edges).toBe(2);
  });
});

describe('peers that call, and brokers', () => {
  const at = (ms: number) => EPOCH_NS + BigInt(ms) * 1_000_000n;
  const of = (
    service: string,
    no: number,
    parent: number | null,
    kind: Span['kind'],
    ms: number,
    attributes: string[],
    status: Span['status'] = 'UNSET',
  ) =>
    span({
      spanId: id(no),
      parentId: parent === null ? null : id(parent),
      name: `${service} ${no}`,
      service,
      kind,
      status,
      endNs: at(ms),
      attributes,
    });
  const SPANS = [
    of('web', 1, null, 'SERVER', 100, ['peer.service', 'mobile-app']),
    of('web', 2, null, 'SERVER', 50, ['peer.service', 'mobile-app'], 'ERROR'),
    of('web', 3, 1, 'CLIENT', 40, ['peer.service', 'api']),
    of('api', 4, 3, 'SERVER', 30, ['peer.service', 'web']),
    of('api', 5, 4, 'PRODUCER', 2, ['peer.service', 'kafka']),
    of('mailer', 6, 5, 'CONSUMER', 5, ['peer.service', 'kafka']),
    of('mailer', 7, null, 'CONSUMER', 7, ['peer.service', 'kafka']),
    of('api', 8, 4, 'PRODUCER', 3, []),
    of('mailer', 9, 8, 'CONSUMER', 4, []),
    of('web', 10, null, 'SERVER', 1, ['client.address', '192.0.2.7', 'server.address', 'web']),
    of('web', 11, null, 'SERVER', 1, ['client.address', '2001:db8::7']),
    of('web', 12, null, 'SERVER', 9, ['client.address', 'probe.example']),
  ];

  test('a caller and a broker that record no spans have edges, with the figures of the spans', async () => {
    const engine = await engineOverSpans(SPANS);
    const rows = await rowsOf(engine, edgesQuery('peer', plain()));
    const told = rows.map(
      (row) =>
        `${row.peer_kind}: ${row.caller} → ${row.callee}, ${row.calls}×, ${row.errors} failed, ${row.total_ms} ms`,
    );
    expect(told.sort()).toEqual([
      'external: mobile-app → web, 2×, 1 failed, 150 ms',
      'external: probe.example → web, 1×, 0 failed, 9 ms',
      'queue: api → kafka, 1×, 0 failed, 2 ms',
      'queue: kafka → mailer, 1×, 0 failed, 7 ms',
    ]);
    const [pair] = await rowsOf(
      engine,
      pairsQuery(
        'peer',
        { name: 'mobile-app', operation: null, peer: 'external' },
        { name: 'web', operation: 'web 2' },
        sql`true`,
      ),
    );
    expect(pair).toMatchObject({ callee_operation: 'web 2', calls: 1n, errors: 1n });
  });

  test.each(['services', 'operations'] as const)('no %s are called twice', async (level) => {
    const engine = await engineOverSpans(SPANS);
    const answer = (query: Sql) => engine.query(String(query), { limit: 1000 });
    const question = plain({ level });
    const graph = graphOf({
      edges: await answer(edgesQuery('call', question)),
      nodes: await answer(nodesQuery(question)!),
      links: null,
      peers: await answer(edgesQuery('peer', question)),
    });
    const web = graph.nodes.filter(({ service }) => service === 'web');
    expect(web.reduce((sum, { calls }) => sum + calls, 0)).toBe(5);
    const caller = graph.nodes.find(({ service }) => service === 'mobile-app');
    expect(caller).toMatchObject({ kind: 'external', calls: 0, spans: 2, errors: 1 });
    expect(graph.edges.filter(({ from }) => from === caller!.id).map(({ to }) => to)).toEqual(
      level === 'services' ? [web[0].id] : expect.arrayContaining(['["web","web 1"]']),
    );
    expect(graph.nodes.filter(({ service }) => service === 'kafka')).toHaveLength(1);
  });
});

describe('data flow of other conventions', () => {
  const at = (ms: number) => EPOCH_NS + BigInt(ms) * 1_000_000n;
  const step = (
    no: number,
    parent: number | null,
    name: string,
    [startMs, endMs]: [number, number],
    attributes: string[],
  ) =>
    span({
      spanId: id(no),
      parentId: parent === null ? null : id(parent),
      name,
      startNs: at(startMs),
      endNs: at(endMs),
      attributes,
    });
  const flows = async (engine: Asked) =>
    (await rowsOf(engine, edgesQuery('flow', plain({ level: 'flow' })))).map(
      ({ caller, callee, calls }) => `${caller} → ${callee} × ${calls}`,
    );

  test('OpenInference: an equal value that is not short, handed on by the one that had it last', async () => {
    const plan = 'A plan that is long enough';
    const engine = await engineOverSpans([
      step(
        0,
        null,
        'chain',
        [0, 100],
        ['input.value', 'Please plan my holiday', 'output.value', plan],
      ),
      step(
        1,
        0,
        'planner',
        [1, 10],
        ['input.value', 'Please plan my holiday', 'output.value', plan],
      ),
      step(2, 0, 'checker', [11, 20], ['input.value', plan, 'output.value', plan]),
      step(3, 0, 'booker', [21, 30], ['input.value', plan, 'output.value', 'true']),
      step(4, 0, 'mailer', [31, 40], ['input.value', 'true']),
    ]);
    expect((await flows(engine)).sort()).toEqual(['checker → booker × 1', 'planner → checker × 1']);
  });

  test('GenAI: the content of a message of an agent in the messages of another', async () => {
    const says = (content: string) => JSON.stringify([{ role: 'assistant', content }]);
    const reads = (...contents: string[]) =>
      JSON.stringify(contents.map((content) => ({ role: 'user', content })));
    const answer = 'It said: "no", and that was that.';
    const engine = await engineOverSpans([
      step(0, null, 'team', [0, 100], []),
      step(1, 0, 'invoke_agent', [1, 20], ['gen_ai.agent.name', 'researcher']),
      step(2, 1, 'chat', [2, 19], ['gen_ai.output.messages', says(answer)]),
      step(3, 0, 'invoke_agent', [30, 50], ['gen_ai.agent.name', 'editor']),
      step(
        4,
        3,
        'chat',
        [31, 40],
        ['gen_ai.input.messages', reads('Shorten what follows', answer)],
      ),
      step(
        5,
        3,
        'chat',
        [41, 49],
        ['gen_ai.input.messages', reads('Shorten what follows', answer)],
      ),
    ]);
    expect(await flows(engine)).toEqual(['researcher → editor × 1']);
  });

  test('nothing flows backwards, to another request, or to oneself', async () => {
    const value = 'A value that is long enough';
    const other = {
      ...step(9, null, 'elsewhere', [50, 60], ['input.value', value]),
      traceId: 'b'.repeat(32),
    };
    const engine = await engineOverSpans([
      step(0, null, 'root', [0, 100], []),
      step(1, 0, 'early', [1, 5], ['input.value', value]),
      step(2, 0, 'maker', [6, 9], ['input.value', value, 'output.value', value]),
      other,
    ]);
    expect(await flows(engine)).toEqual([]);
  });
});
