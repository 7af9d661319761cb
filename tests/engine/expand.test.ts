/** Packed files and archives, from bytes to spans. */
import { BlobWriter, TextReader, Uint8ArrayReader, ZipWriter, configure } from '@zip.js/zip.js';
import { existsSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { expand } from '$lib/engine/open/expand';
import { ingest } from '$lib/engine/open/ingest';
import type { Span } from '$lib/model/span';
import { readFormat } from '../support/read-format';
import { CORPUS, FIXTURES } from '../support/paths';

const { signal } = new AbortController();
const LINES = readFileSync(`${FIXTURES}zipkin-v2/lines.jsonl`);
const TRACES = readFileSync(`${FIXTURES}jaeger-json/one-trace.json`);
const packedFile = (name: string) => readFileSync(`${FIXTURES}packed/${name}`);

beforeAll(() => {
  configure({ useWebWorkers: false });
});

async function zip(
  files: Record<string, Uint8Array | string>,
  options: object = {},
): Promise<Uint8Array> {
  const writer = new ZipWriter(new BlobWriter(), { keepOrder: true, ...options });
  for (const [name, content] of Object.entries(files)) {
    await writer.add(
      name,
      typeof content === 'string' ? new TextReader(content) : new Uint8ArrayReader(content),
    );
  }
  return new Uint8Array(await (await writer.close()).arrayBuffer());
}

function tar(files: [name: string, content: Uint8Array, type?: string][]): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (const [name, content, type = '0'] of files) {
    const header = Buffer.alloc(512);
    header.write(name.slice(0, 100), 0);
    header.write('0000644\0', 100);
    header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124);
    header.write('        ', 148);
    header.write(type, 156);
    header.write('ustar\u000000', 257);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    blocks.push(header, content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

const input = (name: string, bytes: Uint8Array) => new Input(name, new Blob([bytes as BlobPart]));

async function opened(...files: Input[]) {
  const writer = new DatasetWriter(() => undefined);
  const inputs = await expand(files, signal);
  const formats = await ingest(inputs, writer, { signal });
  const skipped = writer.oddities().filter(({ code }) => code === 'skipped-file');
  return { names: inputs.map(({ name }) => name), formats, spans: writer.spans, skipped };
}

/** What one format's file of the fixtures has. */
async function spansOf(bytes: Uint8Array): Promise<number> {
  return (await readFormat(bytes, 'x')).spans.length;
}

describe('zstd', () => {
  test.each(['lines.jsonl.zst', 'frames.jsonl.zst'])(
    '%s is what it was packed from',
    async (name) => {
      const source = new Source(input(name, packedFile(name)));
      const whole = await source.whole();
      expect(Buffer.from(await whole.blob.arrayBuffer()).equals(LINES)).toBe(true);
      expect(whole.name).toBe('lines.jsonl'.replace('lines', name.split('.')[0]));
      expect(source.fault).toBe(null);
    },
  );

  test('cut or damaged, it gives what was intact, and says so', async () => {
    const bytes = packedFile('frames.jsonl.zst');
    const damaged = Uint8Array.from(bytes);
    damaged[bytes.length - 60] ^= 0xff;
    for (const broken of [bytes.subarray(0, bytes.length - 20), damaged]) {
      const source = new Source(input('broken.zst', broken));
      const text = Buffer.from(await (await source.whole()).blob.arrayBuffer());
      expect(LINES.subarray(0, 200).equals(text.subarray(0, 200))).toBe(true);
      expect(source.fault).toMatch(/end early or are damaged/);
    }
  });

  test('is read like the file in it', async () => {
    const { spans } = await opened(input('lines.jsonl.zst', packedFile('lines.jsonl.zst')));
    expect(spans).toBe(await spansOf(LINES));
  });
});

describe('archives', () => {
  const files = {
    'run/lines.jsonl': LINES,
    'run/one.json': TRACES,
    'README.txt': 'No traces here.',
    '__MACOSX/run/._lines.jsonl': 'x',
    'run/empty.json': '',
  };
  const both = async () => (await spansOf(LINES)) + (await spansOf(TRACES));

  test('a zip: all files that are traces, the others told', async () => {
    const found = await opened(input('export.zip', await zip(files)));
    expect(found.names).toEqual([
      'export.zip/run/lines.jsonl',
      'export.zip/run/one.json',
      'export.zip/README.txt',
    ]);
    expect(found.spans).toBe(await both());
    expect(found.formats).toBe('Zipkin v2 JSON, Jaeger JSON');
    expect(found.skipped).toMatchObject([{ count: 1 }]);
    expect(found.skipped[0].example).toContain('README.txt');
  });

  test.each<[string, object]>([
    ['stored', { level: 0 }],
    ['zip64', { zip64: true }],
  ])('a zip, %s', async (_, options) => {
    expect((await opened(input('a.zip', await zip(files, options)))).spans).toBe(await both());
  });

  test('a zip whose members are zstd', async () => {
    const writer = new ZipWriter(new BlobWriter());
    await writer.add('lines.jsonl', new Uint8ArrayReader(packedFile('lines.jsonl.zst')), {
      passThrough: true,
      compressionMethod: 93,
      uncompressedSize: LINES.length,
      signature: 0,
    });
    const bytes = new Uint8Array(await (await writer.close()).arrayBuffer());
    expect((await opened(input('a.zip', bytes))).spans).toBe(await spansOf(LINES));
  });

  test('an encrypted or cut zip says what is wrong', async () => {
    const locked = await zip(files, { password: 'x' });
    await expect(opened(input('locked.zip', locked))).rejects.toThrow(/encrypted/);
    const whole = await zip(files);
    await expect(opened(input('cut.zip', whole.subarray(0, whole.length - 50)))).rejects.toThrow(
      /directory is missing or damaged/,
    );
  });

  test.each([
    ['as it is', (bytes: Uint8Array) => bytes],
    ['in gzip', (bytes: Uint8Array) => new Uint8Array(gzipSync(bytes))],
  ])('a tar %s', async (_, pack) => {
    const long = `${'folder/'.repeat(30)}one.json`;
    const pax = `path=${long}\n`;
    const length = pax.length + 1 + 3;
    const bytes = tar([
      ['run/', Buffer.alloc(0), '5'],
      ['run/lines.jsonl', LINES],
      ['pax', Buffer.from(`${length} ${pax}`), 'x'],
      ['short', TRACES],
    ]);
    const found = await opened(input('logs.tar.gz', pack(bytes)));
    expect(found.names).toEqual(['logs.tar.gz/run/lines.jsonl', `logs.tar.gz/${long}`]);
    expect(found.spans).toBe(await both());
  });

  test('one in another is opened, one deeper is not', async () => {
    const inner = await zip({ 'lines.jsonl': LINES });
    const found = await opened(input('outer.zip', await zip({ 'inner.zip': inner })));
    expect(found.names).toEqual(['outer.zip/inner.zip/lines.jsonl']);
    expect(found.spans).toBe(await spansOf(LINES));
    const deeper = await zip({ 'middle.tar': tar([['inner.zip', inner]]) });
    await expect(opened(input('outer.zip', deeper))).rejects.toMatchObject({
      code: 'unknown-format',
    });
  });

  test('more than the directory states is not unpacked', async () => {
    const writer = new ZipWriter(new BlobWriter());
    const lie = 20;
    await writer.add('lines.jsonl', new Uint8ArrayReader(packedFile('lines.jsonl.zst')), {
      passThrough: true,
      compressionMethod: 93,
      uncompressedSize: lie,
      signature: 0,
    });
    const bytes = new Uint8Array(await (await writer.close()).arrayBuffer());
    const [member] = await expand([input('a.zip', bytes)], signal);
    expect(member.size).toBe(lie);
  });
});

describe.skipIf(!existsSync(`${CORPUS}inspect`))('Inspect’s .eval', () => {
  const file = (name: string) => input(name, readFileSync(`${CORPUS}inspect/${name}`));
  const read = async (inputs: Input[]) => {
    const spans: Span[] = [];
    for (const one of inputs) spans.push(...(await readFormat(one.blob, one.name)).spans);
    return spans;
  };

  test('is the same log as in JSON', async () => {
    const packed = await read(await expand([file('inspect_ai--log_formats.eval')], signal));
    const json = await read([file('inspect_ai--log_formats.json')]);
    // The two were not written from the same state of the log: times and scores differ.
    const facts = (spans: Span[]) =>
      spans.map(({ traceId, spanId, parentId, name }) => ({ traceId, spanId, parentId, name }));
    expect(packed.length).toBeGreaterThan(1);
    expect(facts(packed)).toEqual(facts(json));
  });

  test.each([
    ['inspect_ai--log_streaming.eval', 4, 252, 6],
    ['inspect_scout--security-guide.eval', 16, 5279, 5622],
  ])('%s has its samples and tokens', async (name, samples, inputTokens, outputTokens) => {
    const spans = await read(await expand([file(name)], signal));
    expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(samples);
    const sum = (key: string) =>
      spans.reduce((total, { attributes }) => {
        const at = attributes.indexOf(key);
        return total + (at >= 0 && at % 2 === 0 ? Number(attributes[at + 1]) : 0);
      }, 0);
    expect(sum('gen_ai.usage.input_tokens')).toBe(inputTokens);
    expect(sum('gen_ai.usage.output_tokens')).toBe(outputTokens);
  });
});
