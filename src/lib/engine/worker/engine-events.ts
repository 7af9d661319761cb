/** Messages that the engine's worker sends by itself, on the same channel as its answers and in order with them. */
import type { OpenProgress } from '$lib/model/dataset';
import type { LoadProgress } from './load-engine';

export type EngineEvent =
  /** Progress of downloading the engine. */
  | { event: 'load'; progress: LoadProgress }
  /** A long step of the worker's own begins or ends; its silence in between does not mean that it hangs. */
  | { event: 'work'; isWorking: boolean }
  | { event: 'progress'; openId: number; progress: OpenProgress }
  /** Rows that an export has written so far. */
  | { event: 'rows'; callId: number; rows: number };

export function isEngineEvent(data: unknown): data is EngineEvent {
  return typeof data === 'object' && data !== null && 'event' in data;
}
