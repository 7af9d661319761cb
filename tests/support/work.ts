/**
 * Work as V8 counts it: how often each block of the project's code ran. Unlike time it is the same on every machine, so a
 * test can hold how work grows with the input. What the engine's own functions do (sorting, searching a text) is not in it.
 */
import { Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';

// Optimised code does not count its calls.
setFlagsFromString('--no-opt');

/** Runs of blocks of code below `src/lib` during `run`. */
export async function countWork(run: () => Promise<void>): Promise<number> {
  const session = new Session();
  session.connect();
  try {
    await session.post('Profiler.enable');
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    await run();
    const { result } = await session.post('Profiler.takePreciseCoverage');
    let work = 0;
    for (const { url, functions } of result) {
      if (!url.includes('/src/lib/')) continue;
      for (const { ranges } of functions) for (const { count } of ranges) work += count;
    }
    return work;
  } finally {
    await session.post('Profiler.stopPreciseCoverage');
    await session.post('Profiler.disable');
    session.disconnect();
  }
}
