/** What the engine's worker tells without being asked. It comes in order with the answers, on the same channel. */
import type { OpenProgress } from '$lib/model/dataset';
import type { LoadProgress } from './load-engine';

export type EngineEvent =
  /** How far the engine's own download is. */
  | { event: 'load'; progress: LoadProgress }
  /** A long step of the engine's own begins or ends: its silence meanwhile says nothing. */
  | { event: 'work'; isWorking: boolean }
  | { event: 'progress'; openId: number; progress: OpenProgress }
  /** Rows that an export has written so far. */
  | { event: 'rows'; callId: number; rows: number };

export function isEngineEvent(data: unknown): data is EngineEvent {
  return typeof data === 'object' && data !== null && 'event' in data;
}
