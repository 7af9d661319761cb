/** Recoverable problems in the input: counted and shown, never silent. */

export interface Diagnostic {
  code: DiagnosticCode;
  count: number;
  /** The first one seen: a line number, an id, the offending text. */
  example: string;
}

/** Where problems are reported. */
export interface WarningSink {
  /** Only the first `example` of each code is kept: say where (line, byte) and what. */
  warn(code: DiagnosticCode, example: string, count?: number): void;
}

export type Severity = 'info' | 'warning';

/** Every code with its description for people; `n` is the count. */
export const DIAGNOSTICS = {
  'broken-line': { severity: 'warning', title: 'Lines that are not valid JSON were skipped' },
  'broken-record': { severity: 'warning', title: 'Records that could not be read were skipped' },
  'broken-part': {
    severity: 'warning',
    title: 'Parts of spans that are not what the format says were skipped; the spans stay',
  },
  'short-trace-id': {
    severity: 'info',
    title: 'Spans that spell 64 bits of their trace’s id only; they are shown in that trace',
  },
  'joined-pieces': {
    severity: 'info',
    title: 'Spans that came in several pieces were put together',
  },
  'repeated-key': {
    severity: 'info',
    title: 'Values of attributes that a later value of the same key replaced',
  },
  'unindexed-key': {
    severity: 'info',
    title:
      'Attributes under more different keys than Statistics lists (20,000); searches and filters find them',
  },
  'replaced-text': {
    severity: 'warning',
    title: 'Texts with characters that are none; those are shown as �',
  },
  'nul-bytes': { severity: 'info', title: 'NUL bytes between the records were passed over' },
  truncated: { severity: 'warning', title: 'The file ends early; what was whole is shown' },
  'skipped-signal': { severity: 'info', title: 'Logs and metrics in the file were skipped' },
  'skipped-file': { severity: 'warning', title: 'Files that could not be read were left out' },
  'skipped-record': { severity: 'info', title: 'Records that are no spans were skipped' },
  'duplicate-span': {
    severity: 'info',
    title: 'The same span came more than once and counts once',
  },
  'duplicate-id': { severity: 'warning', title: 'Different spans share one id in their trace' },
  orphan: { severity: 'warning', title: 'Spans whose parent is not in the data' },
  cycle: { severity: 'warning', title: 'Spans that are their own ancestors; shown as roots' },
  'missing-id': { severity: 'warning', title: 'Spans without a trace or span id' },
  'invalid-id': {
    severity: 'warning',
    title: 'Ids that are neither hex nor base64, kept as they are',
  },
  'invalid-time': { severity: 'warning', title: 'Times that could not be read' },
  'judged-unit': {
    severity: 'info',
    title: 'Units of times that the file does not state were judged by the values',
  },
  'mixed-units': {
    severity: 'warning',
    title: 'Times in another unit than the rest of their column were read by their size',
  },
  'no-time-zone': { severity: 'info', title: 'Times without a time zone were taken for UTC' },
  'duration-mismatch': {
    severity: 'warning',
    title: 'Durations that contradict start and end, which count',
  },
  'made-id': { severity: 'info', title: 'Rows without ids got ids by their place' },
  'bare-trace': {
    severity: 'info',
    title: 'Runs and traces whose spans are not in the file; shown with what else is known of them',
  },
  'undated-clock': {
    severity: 'info',
    title:
      'Times of a clock that does not know the date, placed at the recorded start of their run',
  },
  'skipped-table': { severity: 'info', title: 'Tables whose rows are no spans were skipped' },
  'negative-duration': {
    severity: 'warning',
    title: 'Spans that end before they start; their duration is unknown',
  },
  unclosed: {
    severity: 'info',
    title: 'Spans that nothing ends; shown until their parent or the file ends',
  },
  'unmatched-end': { severity: 'info', title: 'Ends of spans that never began were skipped' },
  'unknown-start': {
    severity: 'warning',
    title: 'Spans without a start time, or with one that can’t be right; their duration is unknown',
  },
  'unknown-duration': {
    severity: 'warning',
    title: 'Spans whose end can’t be right or can’t be read; their duration is unknown',
  },
  unfinished: { severity: 'info', title: 'Spans without an end; their duration is unknown' },
  'clock-skew': { severity: 'warning', title: 'Spans outside their parent, across services' },
  'several-roots': { severity: 'info', title: 'Traces with more than one root' },
  'missing-wal': {
    severity: 'info',
    title:
      'Databases that write new rows to a -wal file beside them first; if there is one, its rows are missing',
  },
} as const satisfies Record<string, { severity: Severity; title: string }>;

export type DiagnosticCode = keyof typeof DIAGNOSTICS;
