/** Rows that only the whole import knows. */
import { KEY_NAMES } from '$lib/dataset/schema/attributes';
import { REFUSED } from '$lib/dataset/schema/refused-times';
import { LINEAGE, OPERATIONS } from '$lib/dataset/schema/spans';
import type { AttributeIndex } from './attribute-index';
import { encodeRows, type Rows } from './batch';
import { NumberColumn, boolData, float64Data, int32Data, referenceData } from './columns/numbers';
import { utf8Data } from './columns/strings';
import type { LineageRows } from './lineage/lineage';
import type { Operations } from './operations';
import type { RefusedTimes } from './lineage/span-times';

export function lineageRows(lineage: LineageRows, operations: Operations): Rows {
  const { parentNo, depth, childCount, selfTimeNs, isRoot, isOrphan, isUnfinished } = lineage;
  const rows = parentNo.length;
  const parentOperationNo = parentNo.map((parent) => (parent < 0 ? -1 : operations.of(parent)));
  return encodeRows(LINEAGE, rows, {
    span_no: int32Data(countUp(rows)),
    parent_no: referenceData(parentNo),
    depth: int32Data(depth),
    child_count: int32Data(childCount),
    // Durations are exact in a double; the engine casts them to BIGINT when it takes them over.
    self_time_ns: float64Data(selfTimeNs),
    is_root: boolData(isRoot),
    is_orphan: boolData(isOrphan),
    is_unfinished: boolData(isUnfinished),
    parent_operation_no: referenceData(parentOperationNo),
  });
}

export function refusedRows({ spanNo, isStart, isEnd, far }: RefusedTimes): Rows {
  const farStart = new NumberColumn(BigInt64Array);
  const farEnd = new NumberColumn(BigInt64Array);
  for (const row of spanNo) {
    farStart.push(far.get(row)?.startNs ?? null);
    farEnd.push(far.get(row)?.endNs ?? null);
  }
  return encodeRows(REFUSED, spanNo.length, {
    span_no: int32Data(spanNo),
    is_start: boolData(isStart),
    is_end: boolData(isEnd),
    far_start: farStart.finish(),
    far_end: farEnd.finish(),
  });
}

export function operationRows({ count, services, operations, names }: Operations): Rows {
  return encodeRows(OPERATIONS, count, {
    operation_no: int32Data(countUp(count)),
    service: utf8Data(services),
    operation: utf8Data(operations),
    name: utf8Data(names),
  });
}

export function keyRows(index: AttributeIndex): Rows {
  const keys = index.allKeys();
  return encodeRows(KEY_NAMES, keys.length, {
    key_no: int32Data(countUp(keys.length)),
    source: utf8Data(keys.map(({ source }) => source)),
    key: utf8Data(keys.map(({ text }) => text)),
  });
}

function countUp(length: number): Int32Array {
  const numbers = new Int32Array(length);
  for (let i = 0; i < length; i++) numbers[i] = i;
  return numbers;
}
