/** One reading by an ingest worker: how it ends where the worker goes silent, is slow, or is cancelled. */
import { expect, test, vi } from 'vitest';
import { Input } from '$lib/bytes/input';
import { IngestJob, type IngestPort } from '$lib/engine/open/ingest-job';
import type { FromIngest, ToIngest } from '$lib/engine/open/ingest-messages';

/** A worker that says what the test says. */
class Port implements IngestPort {
  onmessage: IngestPort['onmessage'] = null;
  onerror: IngestPort['onerror'] = null;
  readonly heard: ToIngest['type'][] = [];
  onping = () => {};

  postMessage(message: ToIngest): void {
    this.heard.push(message.type);
    if (message.type === 'ping') this.onping();
  }

  say(message: FromIngest): void {
    this.onmessage?.({ data: message } as MessageEvent<FromIngest>);
  }
}

const FILE = Input.ofText('x.json', '[]');
const DONE = { type: 'done', format: 'f', result: {} as never } as const;

function job(signal?: AbortSignal) {
  vi.useFakeTimers();
  const port = new Port();
  const run = new IngestJob(port, () => {}, { signal, onSpans: () => {} }).run([FILE]);
  run.catch(() => undefined);
  return { port, run };
}

test('a worker that no longer answers is given up, with the file’s name', async () => {
  const { run } = job();
  await vi.advanceTimersByTimeAsync(60_000);
  await expect(run).rejects.toMatchObject({
    code: 'broken-file',
    message: expect.stringMatching(/x\.json came to a standstill/),
  });
  expect(vi.getTimerCount()).toBe(0);
});

test('one that waits for a slow disk answers, and is waited for', async () => {
  const { port, run } = job();
  port.onping = () => port.say({ type: 'alive' });
  await vi.advanceTimersByTimeAsync(600_000);
  expect(port.heard.filter((type) => type === 'ping').length).toBeGreaterThan(10);
  port.say(DONE);
  expect(await run).toMatchObject({ format: 'f' });
  expect(vi.getTimerCount()).toBe(0);
});

test('the last step of a large file may take its time', async () => {
  const { port, run } = job();
  port.say({ type: 'finishing' });
  await vi.advanceTimersByTimeAsync(600_000);
  port.say(DONE);
  expect(await run).toMatchObject({ format: 'f' });
});

test('a cancel ends it at once, also one from before, and leaves nothing on the signal', async () => {
  await expect(job(AbortSignal.abort()).run).rejects.toThrow('Cancelled');
  const abort = new AbortController();
  const removed = vi.spyOn(abort.signal, 'removeEventListener');
  const { port, run } = job(abort.signal);
  abort.abort();
  await expect(run).rejects.toThrow('Cancelled');
  expect(removed).toHaveBeenCalled();
  expect(port.onmessage).toBeNull();
});
