import { describe, expect, it, vi } from 'vitest';
import { LatestWork, QUIET_MS } from '$lib/state/live-task.svelte';

/** Work that ends when the test says so; it does not hear its signal, as a late answer does not. */
function held<Value>() {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((answer) => (resolve = answer));
  return { work: () => promise, resolve };
}

describe('LatestWork', () => {
  it('takes the answer of the newest work only', async () => {
    const work = new LatestWork();
    const taken: string[] = [];
    const [first, second] = [held<string>(), held<string>()];
    const one = work.run(first.work, (value) => taken.push(value));
    const two = work.run(second.work, (value) => taken.push(value));
    second.resolve('second');
    first.resolve('first');
    expect(await Promise.all([one, two])).toEqual(['superseded', 'done']);
    expect(taken).toEqual(['second']);
    expect(work.isRunning).toBe(false);
  });

  it('cancels what it supersedes, and what it stops', async () => {
    const work = new LatestWork();
    const signals: AbortSignal[] = [];
    const { work: wait, resolve } = held<number>();
    const run = () =>
      work.run(
        (signal) => {
          signals.push(signal);
          return wait();
        },
        () => expect.unreachable(),
      );
    const all = [run(), run()];
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    work.stop();
    resolve(1);
    expect(await Promise.all(all)).toEqual(['superseded', 'stopped']);
  });

  it('keeps a failure until other work is done, and a stop is none', async () => {
    const work = new LatestWork();
    const failed = await work.run(
      () => Promise.reject(new Error('no')),
      () => undefined,
    );
    expect(failed).toBe('failed');
    expect(work.error?.message).toBe('no');
    await work.run(
      () => Promise.reject(new DOMException('', 'AbortError')),
      () => undefined,
    );
    expect(work.error?.message).toBe('no');
    await work.run(
      () => Promise.resolve(1),
      () => undefined,
    );
    expect(work.error).toBeNull();
  });

  it('shows work after a moment, and only what lasts', async () => {
    vi.useFakeTimers();
    try {
      const work = new LatestWork();
      const slow = held<number>();
      const run = work.run(slow.work, () => undefined, 100);
      await vi.advanceTimersByTimeAsync(100 + QUIET_MS - 1);
      expect(work.loading).toBe(false);
      await vi.advanceTimersByTimeAsync(1);
      expect(work.loading).toBe(true);
      slow.resolve(1);
      await run;
      expect(work.loading).toBe(false);
    } finally {
      vi.useRealTimers();
    }
  });

  it('does not begin what is stopped while it rests', async () => {
    const work = new LatestWork();
    const begun = vi.fn(() => Promise.resolve(1));
    const run = work.run(begun, () => undefined, 10_000);
    work.stop();
    expect(await run).toBe('stopped');
    expect(begun).not.toHaveBeenCalled();
  });
});
