/** Exact conversion of decimal text to integers. Times exceed 2^53, so doubles would round them. */

const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

const words = new Uint32Array(2);
const big = new BigInt64Array(words.buffer);
const TWO_32 = 2 ** 32;
const TWO_16 = 2 ** 16;
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;
const LOW = LITTLE_ENDIAN ? 0 : 1;

/**
 * `high * 10^9 + low`, creating one BigInt instead of four. Both are integers ≥ 0, `high` below 9.2e9 and `low` below 1e9,
 * so the result fits in 63 bits.
 */
export function joinDigits(high: number, low: number): bigint {
  const highTop = Math.floor(high / TWO_16);
  const highRest = high - highTop * TWO_16;
  // Each product stays below 2^53: high * 1e9 would not.
  const top = highTop * 1e9;
  const topHigh = Math.floor(top / TWO_16);
  const sum = (top - topHigh * TWO_16) * TWO_16 + highRest * 1e9 + low;
  const carry = Math.floor(sum / TWO_32);
  words[LOW] = sum - carry * TWO_32;
  words[1 - LOW] = topHigh + carry;
  return big[0];
}

const DECIMAL = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,4}))?\s*$/;

/**
 * A decimal number times `10^shift` as an exact integer, truncated: `parseDecimal('1.7e18')`,
 * `parseDecimal('1605223981761425.5', 3)`. Null if it is not a number or exceeds 64 bits.
 */
export function parseDecimal(text: string, shift = 0): bigint | null {
  if (text.length > 400) return null;
  const match = DECIMAL.exec(text);
  if (!match) return null;
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = (whole + fraction).replace(/^0+/, '');
  if (whole === '' && fraction === '') return null;
  if (digits === '') return 0n;
  const length = digits.length + Number(exponent) + shift - fraction.length;
  if (length <= 0) return 0n;
  if (length > 19) return null;
  const value = BigInt(digits.slice(0, length).padEnd(length, '0'));
  const signed = sign === '-' ? -value : value;
  return signed > INT64_MAX || signed < INT64_MIN ? null : signed;
}

/** Whether the dataset can store it as a time. */
export function fitsInt64(value: bigint): boolean {
  return value <= INT64_MAX && value >= INT64_MIN;
}
