/** Fetches what a link names, with progress and actionable errors. */
import type { OpenProgress } from '$lib/model/dataset';
import { AppError, abortError, isAbort } from '$lib/model/errors';
import { Input } from './input';

/** @throws AppError `fetch-failed`, AbortError */
export async function downloadAll(
  urls: string[],
  signal: AbortSignal,
  onProgress: (progress: OpenProgress) => void,
): Promise<Input[]> {
  const files: Input[] = [];
  let before = 0;
  for (const url of urls) {
    const file = await download(url, signal, (bytesDone, bytesTotal) =>
      onProgress({
        phase: 'download',
        bytesDone: before + bytesDone,
        // With several addresses the sum is unknown until the last.
        bytesTotal: urls.length === 1 ? bytesTotal : 0,
        spans: 0,
      }),
    );
    before += file.size;
    files.push(file);
  }
  return files;
}

async function download(
  url: string,
  signal: AbortSignal,
  onBytes: (done: number, total: number) => void,
): Promise<Input> {
  let response: Response;
  try {
    // No cookies and no referrer: a file's host learns only that it was fetched.
    response = await fetch(url, {
      signal,
      credentials: 'same-origin',
      referrerPolicy: 'no-referrer',
    });
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw abortError();
    throw new AppError(
      'fetch-failed',
      `${url} could not be fetched. The host may be down, or it does not allow other pages to read its files (CORS). Download the file and drop it here instead.`,
      { url, reason: error instanceof Error ? error.message : String(error) },
    );
  }
  if (!response.ok) {
    throw new AppError(
      'fetch-failed',
      `${url} answered with status ${response.status}${response.statusText ? ` (${response.statusText})` : ''}.`,
      { url },
    );
  }
  const encoded = response.headers.has('content-encoding');
  const total = encoded ? 0 : Number(response.headers.get('content-length') ?? 0);
  let done = 0;
  onBytes(0, total);
  const counted = response.body?.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform(chunk, controller) {
        done += chunk.length;
        onBytes(done, total);
        controller.enqueue(chunk);
      },
    }),
  );
  try {
    return new Input(nameOf(url), await new Response(counted).blob());
  } catch (error) {
    if (isAbort(error) || signal.aborted) throw abortError();
    throw new AppError('fetch-failed', `The download of ${url} broke off after ${done} bytes.`, {
      url,
      reason: error instanceof Error ? error.message : String(error),
    });
  }
}

/** The last part of the path; the host if the path is empty. */
export function nameOf(url: string): string {
  const { pathname, host } = new URL(url);
  const name = pathname.slice(pathname.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name) || host;
  } catch {
    // A `%` that escapes nothing is a `%`.
    return name;
  }
}
