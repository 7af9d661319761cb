/**
 * How this page formats figures: plain settings, read whenever something is drawn. They are set before the first view is
 * shown; whoever changes them redraws everything (see `state/preferences`).
 */
export interface Display {
  /** An IANA name; '' is the visitor's own zone. */
  timeZone: string;
  /** Hours of a time of day. */
  clock: '24' | '12';
  /** `auto` picks the unit by the size (`830 µs`, `1.24 s`); `ms` writes every duration in milliseconds. */
  durations: 'auto' | 'ms';
  /** Height of rows in lists and trees, in CSS pixels. */
  rowPx: 24 | 28;
}

export const display: Display = { timeZone: 'UTC', clock: '24', durations: 'auto', rowPx: 28 };
