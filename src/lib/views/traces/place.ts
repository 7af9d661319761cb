/** Where an open trace stands in the list that it was opened from. */
export interface Place {
  index: number;
  count: number;
  /** Trace ids. */
  previous: string | null;
  next: string | null;
}
