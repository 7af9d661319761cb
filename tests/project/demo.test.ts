/** The demo has in it what its views are to show, and is the same at every call. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Attributes, Span } from '$lib/model/span';
import { makeDemo } from '../../scripts/demo/demo-spans';

const { spans, lostSpanIds } = makeDemo();
const byId = new Map(spans.map((span) => [span.spanId, span]));

const attribute = (span: Span, key: string) => read(span.attributes, key);
const serviceOf = (span: Span) => span.service ?? span.resource.service;
const named = (name: string) => spans.filter((span) => span.name === name);

function read(attributes: Attributes, key: string): string | undefined {
  for (let i = 0; i < attributes.length; i += 2)
    if (attributes[i] === key) return attributes[i + 1];
}

function digest(list: Span[]): string {
  const text = JSON.stringify(list, (_, value) =>
    typeof value === 'bigint' ? `${value}n` : value,
  );
  return createHash('sha256').update(text).digest('hex');
}

describe('demo', () => {
  it('is the same at every call', () => {
    expect(digest(makeDemo().spans)).toBe(digest(spans));
  });

  it('has a few thousand whole spans, by start', () => {
    expect(spans.length).toBeGreaterThan(4_000);
    expect(spans.length).toBeLessThan(6_000);
    expect(byId.size).toBe(spans.length);
    for (const [i, span] of spans.entries()) {
      expect(span.traceId).toMatch(/^[0-9a-f]{32}$/);
      expect(span.spanId).toMatch(/^[0-9a-f]{16}$/);
      expect(span.endNs!).toBeGreaterThanOrEqual(span.startNs);
      expect(span.attributes.every((text) => typeof text === 'string')).toBe(true);
      if (i > 0) expect(span.startNs).toBeGreaterThanOrEqual(spans[i - 1].startNs);
    }
  });

  it('lacks the parents that it means to lack, and no other', () => {
    const missing = spans.flatMap(({ parentId }) =>
      parentId !== null && !byId.has(parentId) ? [parentId] : [],
    );
    expect(new Set(missing)).toEqual(lostSpanIds);
    expect(lostSpanIds.size).toBeGreaterThan(2);
    expect(missing.length).toBeLessThan(30);
    for (const span of spans) {
      const parent = span.parentId !== null && byId.get(span.parentId);
      if (parent) expect(parent.traceId).toBe(span.traceId);
    }
  });

  it('has times outside the parent only where a clock is wrong', () => {
    const outside = spans.filter((span) => {
      const parent = span.parentId !== null && byId.get(span.parentId);
      return parent && (span.startNs < parent.startNs || span.endNs! > parent.endNs!);
    });
    expect(outside.length).toBeGreaterThan(20);
    for (const span of outside) {
      const pair = [serviceOf(span), serviceOf(byId.get(span.parentId!)!)];
      expect(pair).toContain('recommendation');
    }
  });

  it('has services that call each other in a circle', () => {
    const edges = new Set(
      spans.flatMap((span) => {
        const parent = span.parentId !== null && byId.get(span.parentId);
        return parent ? [`${serviceOf(parent)} → ${serviceOf(span)}`] : [];
      }),
    );
    expect(edges).toContain('recommendation → inventory');
    expect(edges).toContain('inventory → recommendation');
  });

  it('has a critic who sends drafts back, each with what it was made from', () => {
    const agents = named('Agent.execute').filter((span) => {
      const root = named('research_brief').find((run) => run.traceId === span.traceId);
      return root !== undefined;
    });
    const first = agents[0].traceId;
    const order = agents
      .filter((span) => span.traceId === first)
      .map((span) => attribute(span, 'agent.name'));
    expect(order).toEqual([
      'scout',
      'analyst',
      'writer',
      'critic',
      'writer',
      'critic',
      'writer',
      'critic',
      'editor',
    ]);
    const second = agents.filter((span) => span.traceId === first)[4];
    const inputs = JSON.parse(attribute(second, 'input.artifacts')!) as { id: string }[];
    const outputs = agents.flatMap((span) => {
      const value = attribute(span, 'output.value');
      return value ? (JSON.parse(value) as { id: string }[]).map(({ id }) => id) : [];
    });
    expect(inputs).toHaveLength(3);
    for (const { id } of inputs) expect(outputs).toContain(id);
  });

  it('names services and operations as Flock does', () => {
    const [execute] = named('Agent.execute');
    expect([execute.service, execute.operation]).toEqual(['Agent', 'execute']);
    const [run] = named('v1.import');
    expect([run.service, run.operation]).toEqual(['v1', 'import']);
    expect(attribute(run, 'flock.workflow')).toBe('true');
    expect(named('research_brief')[0].operation).toBe('research_brief');
  });

  it('has failures with stack traces, recorded twice where Flock does', () => {
    const failed = named('Agent.execute').filter((span) => span.status === 'ERROR');
    expect(failed.length).toBeGreaterThanOrEqual(2);
    for (const { events, statusDescription } of failed) {
      expect(events.map(({ name }) => name)).toEqual(['exception', 'exception']);
      expect(read(events[0].attributes, 'exception.stacktrace')).toContain('Traceback');
      expect(statusDescription).toBeTruthy();
    }
    const charges = named('shop.Payment/Charge').filter((span) => span.status === 'ERROR');
    expect(charges.some((span) => span.statusDescription?.includes('card network'))).toBe(true);
  });

  it('has tokens and cost, a slow dependency, links, and a request that crosses traces', () => {
    const cost = spans.reduce(
      (sum, span) => sum + Number(attribute(span, 'gen_ai.usage.cost') ?? 0),
      0,
    );
    expect(cost).toBeGreaterThan(0.01);
    const stock = named('SELECT stock').map((span) => Number(span.endNs! - span.startNs) / 1e6);
    expect(stock.filter((ms) => ms > 300).length).toBeGreaterThan(20);
    expect(stock.filter((ms) => ms < 10).length).toBeGreaterThan(200);
    const linked = named('process orders').flatMap(({ links }) => links);
    expect(linked.length).toBeGreaterThan(10);
    for (const { spanId } of linked) expect(byId.get(spanId)?.name).toBe('send orders');
    for (const reply of named('support_reply')) {
      const id = attribute(reply, 'correlation_id');
      const order = named('shop.Checkout/PlaceOrder').find(
        (span) => attribute(span, 'correlation_id') === id,
      );
      expect(order?.status).toBe('ERROR');
    }
  });
});
