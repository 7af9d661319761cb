/** Fetches the engine's wasm, with progress, and unpacks it unless the browser has done so. */
import wasmUrl from 'virtual:duckdb-wasm';
import type { Instantiate } from './duckdb';

export interface LoadProgress {
  bytesDone: number;
  /** 0 if the host does not say. */
  bytesTotal: number;
}

/** A host may serve the packed file as it is, or declare its encoding, so that the browser unpacks it. The first bytes show which. */
export function loadEngine(onProgress: (progress: LoadProgress) => void): Instantiate {
  return async (imports) => {
    // Inside a worker, asset addresses may be relative to the page's folder.
    const response = await fetch(new URL(wasmUrl, import.meta.url));
    if (!response.ok || !response.body) {
      throw new Error(`its file answered with status ${response.status}`);
    }
    const encoded = response.headers.has('content-encoding');
    const bytesTotal = encoded ? 0 : Number(response.headers.get('content-length') ?? 0);
    let bytesDone = 0;
    const counted = response.body.pipeThrough(
      new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
        transform(chunk, controller) {
          bytesDone += chunk.length;
          onProgress({ bytesDone, bytesTotal });
          controller.enqueue(chunk);
        },
      }),
    );
    const stream = await unpacked(counted);
    const wasm = new Response(stream, { headers: { 'content-type': 'application/wasm' } });
    return WebAssembly.instantiateStreaming(wasm, imports);
  };
}

async function unpacked(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
): Promise<ReadableStream<Uint8Array<ArrayBuffer>>> {
  const reader = stream.getReader();
  const first = await reader.read();
  const whole = new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      if (first.value) controller.enqueue(first.value);
    },
    async pull(controller) {
      const { done, value } = await reader.read();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  });
  const packed = first.value?.[0] === 0x1f && first.value[1] === 0x8b;
  return packed ? whole.pipeThrough(new DecompressionStream('gzip')) : whole;
}
