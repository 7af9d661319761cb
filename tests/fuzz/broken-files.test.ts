/**
 * Files of every format, broken at random: nothing throws but errors meant for people, nothing hangs, what is read is
 * sound, and a loss is always told. `FUZZ_CASES` and `FUZZ_SEED` change how many and which (`npm run fuzz`).
 */
import fc from 'fast-check';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { detect } from '$lib/engine/open/detect';
import { AppError } from '$lib/model/errors';
import { expectSound } from '../support/read-format';
import { CORPUS, FIXTURES, HAS_CORPUS } from '../support/paths';
import { mutate, mutation } from './mutations';

const CASES = Number(process.env.FUZZ_CASES ?? 10_000);
/** The same files in each test run; `npm run fuzz` makes others. */
const SEED = Number(process.env.FUZZ_SEED ?? 1);

/** Larger files only make a case slower, not more telling. */
const MAX_BYTES = 20_000;

/** No file of that size may take longer, whatever is in it. */
const HANG_MS = 10_000;

const FOLDERS = HAS_CORPUS ? [FIXTURES, CORPUS] : [FIXTURES];

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size <= MAX_BYTES)
    .sort();
}

/** By folder, which is a format: so that one with many files is not tried more often. */
const seeds = new Map<string, { name: string; bytes: Uint8Array }[]>();
for (const folder of FOLDERS) {
  for (const path of filesIn(folder)) {
    const name = relative(folder, path);
    const format = name.split(/[\\/]/)[0];
    if (!seeds.has(format)) seeds.set(format, []);
    seeds.get(format)!.push({ name, bytes: new Uint8Array(readFileSync(path)) });
  }
}

interface Outcome {
  spans: number;
  /** Codes of diagnostics, or of the error. */
  told: string[];
}

async function open(bytes: Uint8Array, name: string): Promise<Outcome> {
  const source = new Source(new Input(name, new Blob([bytes as BlobPart])), {});
  const writer = new DatasetWriter(() => undefined);
  try {
    const detected = await detect(source);
    if (detected.kind !== 'format') return { spans: 0, told: ['unknown-format'] };
    await detected.format.read(source, {
      span(span) {
        expectSound(span);
        writer.span(span);
      },
      warn(code, example, count) {
        if (example === '') throw new Error(`${code} without an example`);
        writer.warn(code, example, count);
      },
    });
    const { spans, diagnostics } = writer.finish();
    return { spans, told: diagnostics.map(({ code }) => code) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.message === '') throw new Error(`${error.code} without a message`, { cause: error });
    return { spans: 0, told: [error.code] };
  }
}

/** As `open`; fails where it takes too long. Work that never yields is ended by the test's own limit. */
async function openInTime(bytes: Uint8Array, name: string): Promise<Outcome> {
  const startMs = performance.now();
  const outcome = await open(bytes, name);
  if (performance.now() - startMs > HANG_MS) throw new Error(`${name} took too long`);
  return outcome;
}

describe('files broken at random', () => {
  const perFormat = Math.max(20, Math.round(CASES / seeds.size));
  test.each([...seeds])(
    '%s',
    async (_, files) => {
      const prototypes = [Object.prototype, Array.prototype].map(
        (of) => Reflect.ownKeys(of).length,
      );
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...files),
          fc.array(mutation, { minLength: 1, maxLength: 4 }),
          async ({ name, bytes }, mutations) => {
            await openInTime(mutate(bytes, mutations), name);
          },
        ),
        { numRuns: perFormat, seed: SEED, interruptAfterTimeLimit: undefined },
      );
      expect([Object.prototype, Array.prototype].map((of) => Reflect.ownKeys(of).length)).toEqual(
        prototypes,
      );
      expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    },
    CASES * 100,
  );
});

/** Whether a text is one JSON value: then every part of it from the start that is shorter is cut. */
function isOneValue(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return true;
  } catch {
    return false;
  }
}

describe('a file cut anywhere', () => {
  const perFile = Math.max(10, Math.round(CASES / 500));
  const whole = [...seeds.values()].flat().filter(({ bytes }) => isOneValue(bytes));
  test(
    'never has more spans than the whole, and tells that some are missing',
    async () => {
      for (const { name, bytes } of whole) {
        const { spans } = await openInTime(bytes, name);
        await fc.assert(
          fc.asyncProperty(fc.integer({ min: 1, max: bytes.length - 1 }), async (length) => {
            const cut = bytes.slice(0, length);
            if (isOneValue(cut)) return;
            const outcome = await openInTime(cut, name);
            if (outcome.spans > spans) throw new Error(`${outcome.spans} spans of ${spans}`);
            // An array of Chrome's may lack its end.
            const mayStayOpen = bytes[0] === 0x5b && name.startsWith('chrome-trace');
            if (outcome.told.length === 0 && outcome.spans < spans && !mayStayOpen)
              throw new Error(`${name}: ${outcome.spans} of ${spans} spans, and nothing said`);
          }),
          { numRuns: perFile, seed: SEED },
        );
      }
    },
    CASES * 100,
  );
});
