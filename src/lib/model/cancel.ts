/** Promises that end when a signal fires, and leave no listener on it. */
import { abortError } from './errors';

/** @throws AbortError if the signal has fired. */
export function stopIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError();
}

/**
 * The promise's outcome, or AbortError as soon as the signal fires or if it has fired already. The work goes on unless it
 * listens to the signal itself; its late failure is ignored.
 */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  return new Promise<T>((resolve, reject) => {
    const leave = () => signal.removeEventListener('abort', cancel);
    const cancel = () => {
      leave();
      reject(abortError());
    };
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel);
    promise.then(resolve, reject).finally(leave);
  });
}
