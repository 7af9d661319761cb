/** Minimal spans for tests. */
import type { Span } from '$lib/model/span';

export const EPOCH_NS = 1_760_000_000_000_000_000n;

const RESOURCE = { service: 'svc', attributes: ['service.name', 'svc'] };

/** A span of one millisecond in trace `a…a`; pass only what matters. */
export function span(some: Partial<Span> & { spanId: string }): Span {
  const startNs = some.startNs === undefined ? EPOCH_NS : some.startNs;
  return {
    traceId: 'a'.repeat(32),
    parentId: null,
    name: 'op',
    service: null,
    operation: null,
    kind: 'INTERNAL',
    startNs,
    endNs: (startNs ?? EPOCH_NS) + 1_000_000n,
    status: 'OK',
    statusDescription: null,
    attributes: [],
    events: [],
    links: [],
    resource: RESOURCE,
    scope: '',
    ...some,
  };
}

/** A hex id of 16 digits. */
export function id(n: number): string {
  return 'f' + n.toString(16).padStart(15, '0');
}

/** Spans in traces of ten, each the child of the one before; every seventh has failed. */
export function family(count: number): Span[] {
  return Array.from({ length: count }, (_, i) =>
    span({
      traceId:
        'a' +
        Math.floor(i / 10)
          .toString(16)
          .padStart(31, '0'),
      spanId: id(i),
      parentId: i % 10 ? id(i - 1) : null,
      name: `op ${i % 3}`,
      startNs: EPOCH_NS + BigInt(i) * 1000n,
      status: i % 7 === 0 ? 'ERROR' : 'OK',
      attributes: ['user.id', `u${i % 5}`],
    }),
  );
}
