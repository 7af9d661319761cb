import type { Diagnostic } from './diagnostics';

/** A dataset's key figures. Times are epoch nanoseconds; null if the dataset has no spans. */
export interface DatasetSummary {
  name: string;
  /** Label of the format it was read from. */
  format: string;
  spans: number;
  traces: number;
  services: number;
  errors: number;
  startNs: bigint | null;
  endNs: bigint | null;
  diagnostics: Diagnostic[];
  /** For colours that tell services apart. */
  serviceHues: {
    /** Names of services, the one with the most spans first; at most 200. */
    names: string[];
    /** Services that occur in one trace, the commonest 500 such sets; none where there are 12 services or fewer. */
    together: string[][];
  };
  /** Its entry in this browser's library; absent if it is not kept. */
  libraryId?: string;
}

/** Progress of an open. */
export interface OpenProgress {
  phase: 'engine' | 'download' | 'read' | 'derive' | 'seal';
  bytesDone: number;
  /** 0 if unknown. */
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
  /** First start and last end, epoch nanoseconds as decimal text; absent if there are none, or in older entries. */
  startNs?: string;
  endNs?: string;
  /** Epoch milliseconds. */
  savedAt: number;
}
