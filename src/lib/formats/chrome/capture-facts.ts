/** What a file says about itself apart from its events: when its clock began, which program wrote it, on which system. */
import { NO_ATTRIBUTES, type Attributes } from '$lib/model/span';
import { flatAttributes } from '$lib/formats/span-parts';
import { parseDecimal } from '$lib/json/digits';
import type { JsonReader } from '$lib/json/reader';
import type { Shape } from '$lib/json/walk';

/** Only used for values known to be objects, so there is nothing to warn about. */
const SILENT = { warn: () => undefined };

/** Members that become attributes of the capture; objects are flattened. */
const KEPT = [
  'otherData',
  'viztracer_metadata',
  'traceName',
  'schemaVersion',
  'deviceProperties',
  'distributedInfo',
];

/** Longer texts, such as source code or lists of packages, do not describe a trace. */
const MAX_CHARS = 20_000;

/** Clocks beyond this (15 years, in nanoseconds) already count from 1970. */
const EPOCH_LIKE = 15n * 365n * 86_400n * 1_000_000_000n;

export class CaptureFacts {
  readonly attributes: Attributes = [];
  /** When the file's clock began, in epoch nanoseconds; null if the file does not say. */
  private clockBegan: bigint | null = null;

  shapes(json: JsonReader): Record<string, Shape> {
    const shapes: Record<string, Shape> = {
      // Kineto, the profiler of PyTorch: nanoseconds.
      baseTimeNanoseconds: { read: () => this.setClock(json.integer()) },
      // Clang and LLVM: microseconds.
      beginningOfTime: { read: () => this.setClock(json.integer(3)) },
    };
    for (const key of KEPT) shapes[key] = { read: () => this.keep(key, json) };
    return shapes;
  }

  /** The offset that turns the file's times, of which the first is given, into epoch nanoseconds. */
  epochNs(first: bigint | null): bigint {
    if (this.clockBegan === null || first === null || first > EPOCH_LIKE) return 0n;
    return this.clockBegan;
  }

  private keep(key: string, json: JsonReader): void {
    const own = json.peek() === 'object' ? flatAttributes(json, SILENT, key) : [key, json.text()];
    if (own === NO_ATTRIBUTES) return;
    for (let i = 0; i < own.length; i += 2) {
      // VizTracer: nanoseconds. Bazel: milliseconds.
      if (own[i] === 'baseTimeNanoseconds') this.setClock(parseDecimal(own[i + 1]));
      else if (own[i] === 'profile_start_ts') this.setClock(parseDecimal(own[i + 1], 6));
      if (own[i + 1].length <= MAX_CHARS) this.attributes.push(own[i], own[i + 1]);
    }
  }

  private setClock(began: bigint | null): void {
    this.clockBegan ??= began;
  }
}
