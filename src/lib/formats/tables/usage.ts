/**
 * Langfuse's `usage_details`: `input` leaves out what came from the cache, `output` leaves out reasoning, and the rest
 * stands beside them.
 * https://langfuse.com/docs/observability/features/token-and-cost-tracking
 */
import type { Attributes } from '$lib/model/span';
import { parseDecimal } from '$lib/json/digits';

const CACHE_READ =
  /^(?:input_cached_tokens|input_cache_read(?:_input)?(?:_tokens)?|cache_read_input_tokens)$/;
const CACHE_WRITE = /^(?:input_cache_creation(?:_\w+)?|cache_creation_input_tokens)$/;
const REASONING = /^output_reasoning(?:_tokens)?$/;

/** As `gen_ai.usage.*`, whose input and output are totals. Other counts stay under their own names. */
export function addUsage(details: Attributes, into: Attributes): void {
  const sums = { input: 0n, output: 0n, read: 0n, write: 0n, reasoning: 0n };
  const seen = new Set<keyof typeof sums>();
  for (let i = 0; i < details.length; i += 2) {
    const [key, text] = [details[i], details[i + 1]];
    const count = parseDecimal(text);
    const part = CACHE_READ.test(key)
      ? 'read'
      : CACHE_WRITE.test(key)
        ? 'write'
        : REASONING.test(key)
          ? 'reasoning'
          : key === 'input' || key === 'output'
            ? key
            : null;
    if (part === null || count === null) {
      if (key !== 'total') into.push(`langfuse.usage.${key}`, text);
      continue;
    }
    seen.add(part);
    sums[part] += count;
  }
  const put = (key: string, count: bigint) => into.push(`gen_ai.usage.${key}`, String(count));
  if (seen.has('input')) put('input_tokens', sums.input + sums.read + sums.write);
  if (seen.has('output')) put('output_tokens', sums.output + sums.reasoning);
  if (seen.has('read')) put('cache_read.input_tokens', sums.read);
  if (seen.has('write')) put('cache_creation.input_tokens', sums.write);
  if (seen.has('reasoning')) put('reasoning.output_tokens', sums.reasoning);
}
