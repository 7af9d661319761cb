import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EventTable, KIND, NONE } from '$lib/formats/chrome/event-table';
import { MAX_INSTANTS } from '$lib/formats/chrome/layout';
import { nest } from '$lib/formats/chrome/nesting';
import { chromeTrace } from '$lib/formats/chrome/chrome-trace';
import type { Span } from '$lib/model/span';
import { asObject, countsOf, readFormat, type ReadResult } from '../support/read-format';
import { FIXTURES } from '../support/paths';

const FOLDER = `${FIXTURES}chrome-trace/`;

const read = (name: string) => readFormat(readFileSync(FOLDER + name), name);
const readEvents = (events: object[]) => readFormat(JSON.stringify(events), 'events');

/** Slices and instants; what stands for threads, processes and the capture is left out. */
const slicesOf = ({ spans }: ReadResult) =>
  spans.filter(({ attributes }) => attributes[0] !== 'chrome.track');

const bySpanId = ({ spans }: ReadResult) => new Map(spans.map((span) => [span.spanId, span]));

const named = ({ spans }: ReadResult, name: string): Span => {
  const found = spans.filter((span) => span.name === name);
  expect(found.length, name).toBe(1);
  return found[0];
};

/** Names from the root to the span. */
function path(result: ReadResult, name: string): string[] {
  const byId = bySpanId(result);
  const names: string[] = [];
  let span: Span | undefined = named(result, name);
  while (span) {
    names.unshift(span.name);
    span = span.parentId === null ? undefined : byId.get(span.parentId);
  }
  return names;
}

describe('Chrome Trace Event JSON', () => {
  it('reads slices, their times to the nanosecond and what is said of them', async () => {
    const result = await read('object.json');
    expect(path(result, 'lex')).toEqual([
      'object.json',
      'process 1',
      'Worker',
      'compile',
      'parse',
      'lex',
    ]);
    const compile = named(result, 'compile');
    expect(compile).toMatchObject({
      startNs: -20_250n,
      endNs: 80_250n,
      kind: 'INTERNAL',
      events: [{ name: 'tick', timeNs: 5_000n, attributes: ['n', '1'] }],
      resource: {
        service: 'maker',
        attributes: [
          'service.name',
          'maker',
          'process.pid',
          '1',
          'process.name',
          'maker',
          'process.labels',
          'first, second',
        ],
      },
    });
    expect(asObject(compile.attributes)).toEqual({
      target: '//a:b',
      deep: '{ "list": [1, 2.50] }',
      cat: 'build',
      tts: '3',
      cname: 'good',
      'thread.id': '7',
      'thread.name': 'Worker',
    });
    const parse = named(result, 'parse');
    expect(parse).toMatchObject({ startNs: 10_000n, endNs: 30_125n, events: [{ name: 'mark' }] });
    expect(asObject(parse.attributes)).toMatchObject({ file: 'x.c', state: 'done' });
    expect(named(result, 'lex')).toMatchObject({ startNs: 12_000n, endNs: 12_000n });
    expect(named(result, 'old').attributes).toEqual(['args', '__stripped__', 'thread.id', 'main']);
    expect(named(result, 'no duration').endNs).toBeNull();
  });

  it('makes spans for the capture, processes and threads, with what happens in no slice', async () => {
    const result = await read('object.json');
    const tracks = result.spans.filter(({ attributes }) => attributes[0] === 'chrome.track');
    expect(tracks.map(({ name, attributes }) => [name, attributes[1]])).toEqual([
      ['object.json', 'capture'],
      ['process two', 'process'],
      ['thread main', 'thread'],
      ['Worker', 'thread'],
      ['process 1', 'process'],
    ]);
    expect(named(result, 'object.json')).toMatchObject({
      parentId: null,
      startNs: -20_250n,
      endNs: 91_000n,
      attributes: [
        'chrome.track',
        'capture',
        'build_id',
        'a1',
        'tool',
        '{ "name": "maker", "version": 2 }',
      ],
    });
    expect(named(result, 'Worker')).toMatchObject({
      startNs: -20_250n,
      endNs: 90_000n,
      events: [{ name: 'outside', timeNs: 90_000n }],
    });
    expect(asObject(named(result, 'Worker').attributes)['thread.sort_index']).toBe('3');
    expect(named(result, 'process 1')).toMatchObject({ events: [{ name: 'whole' }] });
    expect(result.diagnostics['skipped-record']?.example).toBe(
      '2 counters, 1 object events, 1 clock syncs, 1 samples, 1 other metadata',
    );
  });

  it('takes an array that nobody closed, and says where others are cut', async () => {
    const open = await read('open-array.json');
    expect(path(open, 'inner')).toEqual(['open-array.json', 'thread 0', 'outer', 'inner']);
    expect(named(open, 'outer').endNs).toBe(14_000n);
    const text = readFileSync(`${FOLDER}open-array.json`, 'utf8');
    for (const other of [text.trimEnd(), text.trimEnd().slice(0, -1), `${text}{}`]) {
      const { diagnostics } = await readFormat(other, 'open');
      expect(diagnostics.truncated).toBeUndefined();
    }
    const cut = await readFormat(text.trimEnd().slice(0, -3), 'cut');
    expect(cut.diagnostics.truncated?.count).toBe(1);
    const object = await readFormat(`{"traceEvents":${text}`, 'object');
    expect(object.diagnostics.truncated?.count).toBe(1);
    expect(object.spans.length).toBe(4);
  });

  it('nests by time in whatever order events come; what only overlaps is beside', async () => {
    const result = await read('unordered.json');
    expect(path(result, 'in both').slice(2)).toEqual(['outer', 'overlaps', 'in both']);
    expect(path(result, 'inner').slice(2)).toEqual(['outer', 'inner']);
    expect(asObject(named(result, 'inner').attributes)).toMatchObject({ begin: 'yes', end: 'yes' });
    expect(named(result, 'inner')).toMatchObject({ startNs: 10_000n, endNs: 20_000n });
    expect(named(result, 'never ends')).toMatchObject({ startNs: 41_000n, endNs: 45_000n });
    expect(asObject(named(result, 'never ends').attributes)['chrome.unclosed']).toBe('true');
    expect(path(result, 'below it').slice(3)).toEqual(['overlaps', 'never ends', 'below it']);
    expect(named(result, 'open to the last').endNs).toBe(60_000n);
    const twice = result.spans.filter(({ name }) => name === 'twice');
    expect(twice.map(({ startNs, endNs }) => [startNs, endNs])).toEqual([
      [7_000n, 8_000n],
      [6_000n, 9_000n],
    ]);
    expect(result.diagnostics['unmatched-end']).toEqual({ count: 1, example: 'line 2' });
    expect(result.diagnostics.unclosed).toEqual({ count: 2, example: '“never ends” (line 7)' });
  });

  it('pairs asynchronous events by id, category, scope and process', async () => {
    const result = await read('async-flows.json');
    expect(path(result, 'dns')).toEqual([
      'async-flows.json',
      'process 1',
      'asynchronous operations',
      'request',
      'dns',
    ]);
    expect(named(result, 'dns').events).toMatchObject([{ name: 'answer', timeNs: 3_000n }]);
    const requests = result.spans.filter(({ name }) => name === 'request');
    expect(
      requests.map(({ startNs, endNs, resource }) => [startNs, endNs, resource.service]).sort(),
    ).toEqual([
      [0n, 9_000n, 'process 1'],
      [1_000n, 4_000n, 'process 1'],
      [2_000n, 3_000n, 'process 2'],
      [20_000n, 21_000n, 'process 1'],
    ]);
    expect(named(result, 'old')).toMatchObject({
      endNs: 12_000n,
      events: [{ timeNs: 11_000n, attributes: ['cat', 'net', 'id', '5', 'step', 'half'] }],
    });
  });

  it('links what receives a flow to what sent it', async () => {
    const result = await read('async-flows.json');
    const senders = (name: string) =>
      named(result, name).links.map(({ spanId }) => bySpanId(result).get(spanId)?.name);
    expect(senders('relay')).toEqual(['send']);
    expect(senders('handle')).toEqual(['relay']);
    expect(senders('middle')).toEqual(['producer']);
    expect(senders('consumer')).toEqual(['middle']);
    expect(senders('send')).toEqual([]);
    expect(asObject(named(result, 'relay').links[0].attributes)).toMatchObject({
      waited: '10',
      'flow.name': 'queue',
    });
    // One that nobody sent, one outside of all slices.
    expect(result.diagnostics['skipped-record']?.example).toBe('2 flow events without a partner');
  });

  it('counts from 1970 where the file says when its clock began', async () => {
    const result = await read('kineto.json');
    const kernels = result.spans.filter(({ name }) => name === 'add_kernel');
    expect(kernels.map(({ startNs, endNs }) => [startNs, endNs])).toEqual([
      [1721065959548400001n, 1721065959548400575n],
      [1721065959548400002n, 1721065959548401002n],
    ]);
    expect(new Set(result.spans.map(({ resource }) => resource.service))).toEqual(
      new Set(['capture', 'python', 'python (GPU 0)', 'python (GPU 1)', 'process without id']),
    );
    const at = async (members: string, ts = '5') => {
      const text = `{"traceEvents":[{"name":"n","ph":"X","ts":${ts},"dur":1,"pid":1,"tid":1}],${members}}`;
      return named(await readFormat(text, 'clock'), 'n').startNs;
    };
    expect(await at('"beginningOfTime":1700000000000001')).toBe(1700000000000006000n);
    expect(await at('"otherData":{"profile_start_ts":1700000000123}')).toBe(1700000000123005000n);
    expect(await at('"viztracer_metadata":{"baseTimeNanoseconds":1700000000123456789}')).toBe(
      1700000000123461789n,
    );
    // Older profilers write the time since 1970, and some the base beside it.
    expect(await at('"baseTimeNanoseconds":1700000000000000000', '1700000000000007')).toBe(
      1700000000000007000n,
    );
    expect(await at('"displayTimeUnit":"ns"')).toBe(5_000n);
  });

  it('says what is odd, and keeps the rest', async () => {
    const result = await read('odd.json');
    expect(countsOf(result)).toEqual({
      'broken-record': 4,
      'invalid-time': 1,
      'skipped-record': 2,
    });
    expect(slicesOf(result).map(({ name }) => name)).toEqual([
      'good',
      'no time',
      'time is a word',
      'backwards',
      'too large',
      '',
    ]);
    expect(named(result, 'thread 1').events).toMatchObject([{ name: 'no time', timeNs: null }]);
  });

  it('makes spans of instants where they are too many for a list', async () => {
    const instants = (count: number) =>
      Array.from({ length: count }, (_, i) => ({
        name: 'tick',
        ph: 'i',
        ts: i,
        pid: 1,
        tid: 1,
        args: { i },
      }));
    const slice = { name: 'work', ph: 'X', ts: 0, dur: 10_000, pid: 1, tid: 1 };
    const few = await readEvents([slice, ...instants(MAX_INSTANTS)]);
    expect(named(few, 'work').events.length).toBe(MAX_INSTANTS);
    expect(few.spans.length).toBe(3);
    const many = await readEvents([...instants(MAX_INSTANTS + 1), slice]);
    const { spanId, events } = named(many, 'work');
    expect(events).toEqual([]);
    const ticks = many.spans.filter(({ name }) => name === 'tick');
    expect(ticks.length).toBe(MAX_INSTANTS + 1);
    expect(ticks.every((tick) => tick.parentId === spanId && tick.endNs === tick.startNs)).toBe(
      true,
    );
    expect(ticks[5].attributes).toEqual(['i', '5', 'thread.id', '1']);
  });

  it('has ids that depend on the events alone', async () => {
    const text = readFileSync(`${FOLDER}object.json`, 'utf8');
    const [first, again] = [await readFormat(text, 'a'), await readFormat(text, 'b')];
    const ids = ({ spans }: ReadResult) => spans.map((span) => [span.traceId, span.spanId]);
    expect(ids(again)).toEqual(ids(first));
    expect([first.spans[0].name, again.spans[0].name]).toEqual(['a', 'b']);
    expect(new Set(first.spans.map(({ spanId }) => spanId)).size).toBe(first.spans.length);
    const other = await readFormat(text.replace('"ts": 90', '"ts": 89'), 'c');
    expect(other.spans[0].traceId).not.toBe(first.spans[0].traceId);
    const renamed = await readFormat(text.replace('"name": "lex"', '"name": "Lex"'), 'd');
    expect(renamed.spans[0].traceId).not.toBe(first.spans[0].traceId);
  });

  it('knows its files where the events come late, and no others', () => {
    const sniff = (text: string) => chromeTrace.sniff(new TextEncoder().encode(text));
    for (const text of [
      '{"traceEvents":[]}',
      '{"traceEvents":[{"args":{"name":"cut',
      '{"systemTraceEvents":"# tracer: nop\\n',
      '{"schemaVersion":1,"deviceProperties":[{"id":0',
      '{"metadata":{"source":"DevTools","dataOrigin":"TraceEvents","modif',
      '[{"ph":"M","pid":1,"name":"process_name"',
      '{"name":"a","ph":"B","ts":1,"pid":1}\n',
    ]) {
      expect(sniff(text), text).toBe(true);
    }
    for (const text of [
      '[]',
      '{}',
      '{"traceEvents":{}}',
      '[{"ph":"X"}]',
      '[{"ph":7.4,"ts":1}]',
      '[{"ph":"acid","ts":1}]',
      '{"schemaVersion":1}',
      '{"metadata":{}}',
    ]) {
      expect(sniff(text), text).toBe(false);
    }
  });

  it('comes to an end wherever a file is cut or broken', { timeout: 60_000 }, async () => {
    for (const name of readdirSync(FOLDER)) {
      const bytes = readFileSync(FOLDER + name);
      for (let end = 1; end < bytes.length; end += 23) {
        const cut = await readFormat(bytes.subarray(0, end), name);
        expect([null, 'chrome-trace']).toContain(cut.format);
        const broken = Buffer.from(bytes);
        broken[end] = '{}[]",:0\n'.charCodeAt(end % 9);
        await readFormat(broken, name);
      }
    }
  });
});

describe('nesting', () => {
  interface Made {
    kind: number;
    start: number;
    end: number;
    name: number;
  }

  const tableOf = (made: Made[]) => {
    const events = new EventTable();
    made.forEach(({ kind, start, end, name }, i) => events.add(i, kind, start, end, 0, 0, name));
    return events;
  };
  const slice = (start: number, end: number): Made => ({
    kind: KIND.slice,
    start,
    end,
    name: NONE,
  });
  const begin = (start: number, name: number): Made => ({
    kind: KIND.begin,
    start,
    end: NaN,
    name,
  });
  const end = (start: number, name: number): Made => ({ kind: KIND.end, start, end: start, name });

  /** The same rules, said as plainly as can be: every pair is looked at. */
  function reference(made: Made[]): { ends: number[]; parents: number[] } {
    const ends = made.map((event) => event.end);
    const inTime = made.map((_, i) => i).sort((a, b) => made[a].start - made[b].start || a - b);
    const open: number[] = [];
    for (const i of inTime) {
      if (made[i].kind === KIND.begin) open.push(i);
      else if (made[i].kind === KIND.end) {
        const at = open.findLastIndex(
          (o) => made[i].name === NONE || made[o].name === made[i].name,
        );
        if (at >= 0) ends[open.splice(at, 1)[0]] = made[i].start;
      }
    }
    const last = Math.max(...made.flatMap(({ start }, i) => (ends[i] > start ? ends[i] : start)));
    const long = (i: number) => (Number.isNaN(ends[i]) ? Infinity : ends[i]);
    const slices = inTime.filter((i) => made[i].kind <= KIND.begin);
    const isOpen = new Set(slices.filter((i) => Number.isNaN(ends[i])));
    slices.sort(
      (a, b) => made[a].start - made[b].start || (long(a) === long(b) ? a - b : long(b) - long(a)),
    );
    const parents = made.map(() => NONE);
    slices.forEach((i, place) => {
      for (const around of slices.slice(0, place)) {
        if (ends[around] <= made[around].start) continue;
        const holds = isOpen.has(i) ? ends[around] > made[i].start : ends[around] >= ends[i];
        if (holds) parents[i] = around;
      }
      if (isOpen.has(i)) ends[i] = parents[i] === NONE ? last : ends[parents[i]];
    });
    return { ends, parents };
  }

  it('is what comparing all pairs says', () => {
    let seed = 1;
    const random = (below: number) => {
      seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
      return Math.floor((seed / 2 ** 32) * below);
    };
    for (let round = 0; round < 400; round++) {
      const made = Array.from({ length: 1 + random(40) }, () => {
        const start = random(30);
        if (random(3) > 0) return slice(start, start + random(12));
        return random(2) ? begin(start, random(3) - 1) : end(start, random(3) - 1);
      });
      const events = tableOf(made);
      const { target } = nest(events, 1);
      const expected = reference(made);
      made.forEach(({ kind }, i) => {
        if (kind > KIND.begin) return;
        expect([i, events.end[i], target[i]], `round ${round}`).toEqual([
          i,
          expected.ends[i],
          expected.parents[i],
        ]);
      });
    }
  });

  it('looks at twice as much twice as often, whatever the shape', () => {
    const shapes: Record<string, (i: number, n: number) => Made> = {
      'one in the other': (i, n) => slice(i, 2 * n - i),
      'one after the other, backwards': (i, n) => slice(n - i, n - i + 1),
      'each overlaps the next': (i, n) => slice(i, i + n),
      'all at once': () => slice(0, 5),
      'nothing ends': (i) => begin(i, i % 7),
      'ends of nothing': (i) => end(i, i),
      'ends from the outside in': (i, n) => (i * 2 < n ? begin(i, i) : end(i, i - n / 2)),
    };
    for (const [shape, make] of Object.entries(shapes)) {
      const work = (n: number) => {
        const events = tableOf(Array.from({ length: n }, (_, i) => make(i, n)));
        let looks = 0;
        for (const column of ['start', 'end', 'kind', 'name'] as const) {
          events[column] = new Proxy(events[column], {
            get(array, key) {
              looks++;
              return array[key as unknown as number];
            },
          }) as never;
        }
        nest(events, 1);
        return looks;
      };
      const [once, twice] = [work(4096), work(8192)];
      expect(twice / once, shape).toBeLessThan(2.3);
    }
  });
});

describe('an object that is cut between two members', () => {
  it('is told, unlike an array without its end', async () => {
    const bytes = readFileSync(`${FIXTURES}chrome-trace/kineto.json`);
    const end = bytes.indexOf('"traceEvents"');
    const cut = await readFormat(bytes.subarray(0, end), 'cut');
    expect([cut.format, cut.spans.length, countsOf(cut)]).toEqual([
      'chrome-trace',
      0,
      { truncated: 1 },
    ]);
  });
});
