/**
 * Times in the file that cannot be right, judging by the dataset's other times, or because the end is before the start. They
 * are kept in this table and are NULL in `spans`, so that nothing is computed from them.
 */
import type { TableSpec } from './table';

export const REFUSED_TIMES = {
  name: 'refused_times',
  kind: 'derived',
  columns: [
    ['span_no', 'INTEGER', 'The span, as in spans'],
    ['start_time', 'BIGINT', 'The start in the file; NULL where it is none of these'],
    ['end_time', 'BIGINT', 'The end in the file; NULL where it is none of these'],
  ],
} as const satisfies TableSpec;

/** From the writer: which times of a span are refused, and the values of those too far away to be in `spans`. */
export const REFUSED = {
  name: 'refused',
  kind: 'end',
  columns: [
    ['span_no', 'INTEGER', 'As in spans'],
    ['is_start', 'BOOLEAN', 'The start is refused'],
    ['is_end', 'BOOLEAN', 'The end is refused'],
    ['far_start', 'BIGINT', 'The start, where spans has none'],
    ['far_end', 'BIGINT', 'The end, where spans has none'],
  ],
} as const satisfies TableSpec;

/** Moves times out of `spans`. @param refused the table of REFUSED */
export function moveRefusedTimes(refused: string): string[] {
  return [
    `INSERT INTO ${REFUSED_TIMES.name}
SELECT
  span_no,
  CASE WHEN is_start THEN coalesce(far_start, start_time) END,
  CASE WHEN is_end THEN coalesce(far_end, end_time) END
FROM spans JOIN ${refused} USING (span_no)
ORDER BY span_no`,
    `UPDATE spans SET
  start_time = CASE WHEN NOT is_start THEN start_time END,
  end_time = CASE WHEN NOT is_end THEN end_time END
FROM ${refused} r WHERE spans.span_no = r.span_no`,
  ];
}
