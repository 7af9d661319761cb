/** Typed arrays that grow. */
type Rows = Int32Array | Uint32Array | Float64Array | Uint8Array;

/** A copy with twice the room. */
export function grow<T extends Rows>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2);
  larger.set(array);
  return larger;
}
