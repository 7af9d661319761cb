/** The engine's client: what becomes of datasets, queries and memory when workers come and go. */
import { engineWorkers } from '../support/fake-worker';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, test, vi } from 'vitest';
import { createEngine } from '$lib/engine/client';
import type { Dataset, Engine } from '$lib/engine/engine';
import type { Host } from '$lib/engine/open/host';
import type { OpenProgress } from '$lib/model/dataset';
import type { Origin } from '$lib/model/origin';
import { PATIENCE } from '$lib/engine/worker-link';

// Each test boots an engine, or two.
vi.setConfig({ testTimeout: 180_000 });

const IMPATIENT = { ...PATIENCE, graceMs: 30, signMs: 100 };
const NAMES = 'SELECT DISTINCT name FROM spans';
const ENDLESS = 'SELECT count(*) FROM range(10000000) a, range(10000000) b';

/** Zipkin's JSON of one span. */
const origin = (name: string): Origin => ({
  kind: 'text',
  name: `${name}.json`,
  text: JSON.stringify([
    { traceId: 'a'.repeat(32), id: 'b'.repeat(16), name, timestamp: 1_760_000_000_000_000 },
  ]),
});

async function engineWith(patience: Partial<typeof PATIENCE>, change?: (host: Host) => void) {
  const { spawn, started } = await engineWorkers(change);
  const engine = createEngine({
    spawn,
    patience: { ...PATIENCE, ...patience },
    base: 'https://page.invalid/',
  });
  await engine.ready;
  return { engine, started };
}

const rows = async (dataset: Dataset, sql = NAMES) => (await dataset.query(sql)).rows();
const told = (engine: Engine) => new Promise<string>((resolve) => engine.onRestart(resolve));

describe('after a query that can’t be interrupted', () => {
  test('every dataset is back, and what is asked meanwhile waits for it', async () => {
    const { engine, started } = await engineWith(IMPATIENT);
    const first = await engine.open(origin('first'));
    const second = await engine.open(origin('second'));
    const restarted = told(engine);
    const stuck = first.query(ENDLESS, { timeoutMs: 100 });
    started[0].isFrozen = true;
    await expect(stuck).rejects.toMatchObject({ code: 'engine-restarted' });
    expect(await Promise.all([rows(first), rows(second)])).toEqual([
      [{ name: 'first' }],
      [{ name: 'second' }],
    ]);
    expect(await restarted).toMatch(/started anew.*datasets are open again/);
    expect(started.map(({ isTerminated }) => isTerminated)).toEqual([true, false]);
  });

  test('a dataset that does not come back says why, and another can be opened', async () => {
    let opens = 0;
    const { engine, started } = await engineWith(IMPATIENT, (host) => {
      const { newDataset } = host;
      host.newDataset = async () => {
        if (++opens === 2) throw new Error('no place');
        return newDataset();
      };
    });
    const lost = await engine.open(origin('lost'));
    const restarted = told(engine);
    const stuck = lost.query(ENDLESS, { timeoutMs: 100 });
    started[0].isFrozen = true;
    await expect(stuck).rejects.toMatchObject({ code: 'engine-restarted' });
    await expect(rows(lost)).rejects.toMatchObject({
      code: 'engine-restarted',
      message: expect.stringContaining('no place'),
    });
    expect(await restarted).toContain('could not be opened again');
    expect(await rows(await engine.open(origin('next')))).toEqual([{ name: 'next' }]);
  });

  test('a closed dataset stays closed', async () => {
    const { engine, started } = await engineWith(IMPATIENT);
    const [kept, closed] = [await engine.open(origin('a')), await engine.open(origin('b'))];
    const restarted = told(engine);
    const stuck = kept.query(ENDLESS, { timeoutMs: 100 });
    started[0].isFrozen = true;
    await closed.close();
    await expect(stuck).rejects.toMatchObject({ code: 'engine-restarted' });
    expect(await restarted).toContain('The dataset is open again.');
    await expect(rows(closed)).rejects.toMatchObject({ code: 'no-dataset' });
    expect(await rows(kept)).toEqual([{ name: 'a' }]);
  });
});

describe('an open', () => {
  test('that hangs, with a worker that gives no sign of life, is ended with a reason', async () => {
    const { engine, started } = await engineWith({ signMs: 100, openMs: 60 });
    const opening = engine.open(origin('x'));
    started[0].isFrozen = true;
    await expect(opening).rejects.toMatchObject({
      code: 'engine-restarted',
      message: expect.stringContaining('stopped answering while it opened'),
    });
    expect(await rows(await engine.open(origin('next')))).toEqual([{ name: 'next' }]);
  });

  test('that waits for the network, or works in silence, is left alone', async () => {
    let go = () => {};
    const { engine, started } = await engineWith({ signMs: 50, openMs: 20 }, (host) => {
      const { newDataset, working } = host;
      host.newDataset = async () => {
        await new Promise<void>((resolve) => (go = resolve));
        return newDataset();
      };
      host.working = (run) => working(run);
    });
    const opening = engine.open(origin('x'));
    // Three askings and their answers, each of which would have ended it.
    let asked = 0;
    const isAsked = new Promise<void>((resolve) => {
      const post = started[0].postMessage.bind(started[0]);
      started[0].postMessage = (...args) => {
        if (++asked === 3) resolve();
        post(...args);
      };
    });
    await isAsked;
    go();
    expect(await rows(await opening)).toEqual([{ name: 'x' }]);
    expect(started).toHaveLength(1);
  });

  test('is cancelled at once, and what the worker made of it is closed', async () => {
    const { engine } = await engineWith({});
    await expect(engine.open(origin('x'), { signal: AbortSignal.abort() })).rejects.toThrow(
      'Cancelled',
    );
    const abort = new AbortController();
    const phases: OpenProgress['phase'][] = [];
    const opening = engine.open(origin('x'), {
      signal: abort.signal,
      onProgress: ({ phase }) => {
        phases.push(phase);
        if (phase === 'derive') abort.abort();
      },
    });
    await expect(opening).rejects.toThrow('Cancelled');
    const next = await engine.open(origin('next'));
    expect(
      await rows(
        next,
        `SELECT count(*) AS n FROM duckdb_databases() WHERE database_name LIKE 'dataset%'`,
      ),
    ).toEqual([{ n: 1n }]);
    expect(phases.at(-1)).toBe('derive');
  });
});

test('2,000 answers leave no bytes behind', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const { engine } = await engineWith({});
  const dataset = await engine.open(origin('x'));
  const bytesHeld = async () => {
    // What the last message holds is let go of a turn later.
    await new Promise((done) => setImmediate(done));
    gc();
    return process.memoryUsage().arrayBuffers;
  };
  const ask = async (times: number) => {
    for (let i = 0; i < times; i++) {
      const { rowCount } = await dataset.query('FROM range(10000)');
      expect(rowCount).toBe(10_000);
    }
  };
  await ask(20);
  const before = await bytesHeld();
  await ask(2_000);
  // Answers that are kept hold 160 MB. The last few may still be on their way when the machine is busy.
  expect((await bytesHeld()) - before).toBeLessThan(24 << 20);
}, 300_000);
