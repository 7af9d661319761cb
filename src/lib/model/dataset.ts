import type { Diagnostic } from './diagnostics';

/** What a dataset is, in figures. Times are epoch nanoseconds; null in a dataset without spans. */
export interface DatasetSummary {
  name: string;
  /** Label of the format that it was read from. */
  format: string;
  spans: number;
  traces: number;
  services: number;
  errors: number;
  startNs: bigint | null;
  endNs: bigint | null;
  diagnostics: Diagnostic[];
  /** The entry of this browser's library that holds it; absent where it is not kept. */
  libraryId?: string;
}

/** Where an open stands. */
export interface OpenProgress {
  phase: 'engine' | 'download' | 'read' | 'derive' | 'seal';
  bytesDone: number;
  /** 0 where unknown. */
  bytesTotal: number;
  spans: number;
}

/** A dataset kept in this browser. */
export interface LibraryEntry {
  /** File name in the library; opens it. */
  id: string;
  name: string;
  format: string;
  bytes: number;
  spans: number;
  traces: number;
  /** First start and last end, epoch nanoseconds as decimal text; absent where there are none, or from before. */
  startNs?: string;
  endNs?: string;
  /** Epoch milliseconds. */
  savedAt: number;
}
