/** Files in, spans out to a writer: unpacks, detects and reads. Runs in the ingest worker, and in Node for tests. */
import type { Input } from '$lib/bytes/input';
import type { Format, ReadOptions, SpanSink } from '$lib/formats/contract';
import { Source } from '$lib/bytes/source';
import { ACCEPTED_FORMATS } from '$lib/model/accepted-formats';
import { AppError } from '$lib/model/errors';
import type { DatasetWriter } from '$lib/dataset/write/dataset-writer';
import { detect } from './detect';

export interface IngestHooks extends ReadOptions {
  signal?: AbortSignal;
  /** Bytes of all files as they lie on disk. */
  onBytes?: (bytesDone: number) => void;
  /** Resolves when the writer's batches have been taken, so that memory stays bounded. */
  ready?: () => Promise<void>;
}

/**
 * Reads all files into the writer and returns the label of their format (or formats).
 *
 * A file of several that can't be read becomes a diagnostic; if none can be read, or the only one can't, it is an error.
 * @throws AppError `unknown-format`, `empty-file`, `no-spans`, `broken-file`.
 */
export async function ingest(
  files: Input[],
  writer: DatasetWriter,
  hooks: IngestHooks,
): Promise<string> {
  const labels = new Set<string>();
  let failure: unknown;
  let before = 0;
  for (const file of files) {
    try {
      labels.add(await ingestOne(file, writer, hooks, before, files.length > 1));
    } catch (error) {
      if (!(error instanceof AppError) || files.length === 1) throw error;
      writer.warn('skipped-file', `${file.name}: ${error.message}`);
      failure ??= error;
    }
    before += file.size;
    hooks.onBytes?.(before);
  }
  if (labels.size === 0) throw failure;
  return [...labels].join(', ');
}

async function ingestOne(
  file: Input,
  writer: DatasetWriter,
  { signal, onBytes, ready, mapping }: IngestHooks,
  bytesBefore: number,
  isOneOfMany: boolean,
): Promise<string> {
  const { name } = file;
  if (file.size === 0)
    throw new AppError('empty-file', `${name} is empty: it holds no bytes.`, { file: name });
  const source = new Source(file, {
    signal,
    onBytes: (done) => onBytes?.(bytesBefore + done),
    ready,
  });
  const detected = await detect(source, mapping);
  if (detected.kind !== 'format') throw unknownFormat(name, await source.head());
  const { format } = detected;
  const spansBefore = writer.read;
  await format.read(source, isOneOfMany ? naming(name, writer) : writer, { mapping });
  if (writer.read === spansBefore) throw noSpans(name, format, writer);
  return format.label;
}

/** Adds the file's name to the examples of diagnostics. */
function naming(name: string, writer: DatasetWriter): SpanSink {
  return {
    span: (span) => writer.span(span),
    warn: (code, example, count) =>
      writer.warn(code, example.includes(name) ? example : `${name}: ${example}`, count),
  };
}

function noSpans(name: string, format: Format, writer: DatasetWriter): AppError {
  const odd = writer.oddities().map(({ code, count, example }) => `${code} × ${count}: ${example}`);
  return new AppError(
    'no-spans',
    `${name} looks like ${format.label}, but no span could be read from it.`,
    { file: name, format: format.label, ...(odd.length ? { seen: odd.join('\n') } : {}) },
  );
}

function unknownFormat(name: string, head: Uint8Array): AppError {
  const taken = ACCEPTED_FORMATS.map(({ label }) => label).join(', ');
  return new AppError(
    'unknown-format',
    `${name} is of no kind that Spanlight knows. It takes ${taken}, each maybe packed (gzip, zstd, zip, tar).`,
    { file: name, begins: printable(head.subarray(0, 120)) },
  );
}

/** The first bytes, for a person to recognise: text as it is, anything else as hex. */
function printable(head: Uint8Array): string {
  const text = new TextDecoder('utf-8', { fatal: true });
  try {
    // A cut inside a character is no sign of binary data.
    const decoded = text.decode(head, { stream: true });
    // eslint-disable-next-line no-control-regex
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(decoded)) return decoded;
  } catch {
    // Not text.
  }
  return Array.from(head.subarray(0, 24), (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
