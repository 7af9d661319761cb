import type { SpanSink } from '$lib/formats/contract';
import type { Database } from './database';

/** How a tool keeps its spans in a database. */
export interface Store {
  /** Is it this tool's, by its tables and their columns? */
  has(database: Database): boolean;
  /** @param name of the file, for messages */
  read(database: Database, sink: SpanSink, name: string): Promise<void>;
}
