/** Rows of the index of attributes, for the tables that have any in a batch. */
import { ATTRIBUTE_USES, ATTRIBUTE_VALUES, RESOURCE_USES } from '$lib/dataset/schema/attributes';
import type { IndexRows } from './attribute-index';
import { encodeRows, type Batch } from './batch';
import { float64Data, int32Data } from './columns/numbers';
import { PlainStringColumn } from './columns/strings';

export function indexRows({ values, uses, resourceUses }: IndexRows): Batch {
  const batch: Batch = {};
  if (values.value.length > 0) {
    const text = new PlainStringColumn();
    for (const value of values.value) text.push(value);
    batch[ATTRIBUTE_VALUES.name] = encodeRows(ATTRIBUTE_VALUES, values.value.length, {
      value_no: int32Data(values.valueNo),
      key_no: int32Data(values.keyNo),
      value: text.finish(),
      number: float64Data(Float64Array.from(values.value, plainNumber)),
    });
  }
  if (uses.keyNo.length > 0) {
    batch[ATTRIBUTE_USES.name] = encodeRows(ATTRIBUTE_USES, uses.keyNo.length, {
      key_no: int32Data(uses.keyNo),
      value_no: int32Data(uses.valueNo),
      span_no: int32Data(uses.spanNo),
    });
  }
  if (resourceUses.keyNo.length > 0) {
    batch[RESOURCE_USES.name] = encodeRows(RESOURCE_USES, resourceUses.keyNo.length, {
      key_no: int32Data(resourceUses.keyNo),
      value_no: int32Data(resourceUses.valueNo),
      resource_no: int32Data(resourceUses.resourceNo),
    });
  }
  return batch;
}

const PLAIN_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** A number as JSON writes it, else NaN: not `007` or `0x1f`, which are names of something. */
function plainNumber(text: string | null): number {
  if (text === null || text.length > 32) return NaN;
  const first = text.charCodeAt(0);
  if (first !== MINUS && !(first >= ZERO && first <= ZERO + 9)) return NaN;
  const number = PLAIN_NUMBER.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : NaN;
}

const MINUS = 45;
const ZERO = 48;
