import { describe, expect, it } from 'vitest';
import { flockSpan, type FlockRow } from '$lib/formats/flock/flock';
import { asObject, expectSound } from '../support/read-format';
import type { DiagnosticCode } from '$lib/model/diagnostics';

describe('Flock', () => {
  const row: FlockRow = {
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    span_id: 'b7ad6b7169203331',
    parent_id: null,
    name: 'Agent.execute',
    service: 'Agent',
    operation: 'execute',
    kind: 'INTERNAL',
    start_time: 1700000000123456789n,
    end_time: 1700000000223456789n,
    status_code: 'ERROR',
    status_description: 'ValueError: no',
    attributes:
      '{"agent.name":"pizza","flock.workflow":true,"output.length":12345678901234567890,"ratio":0.10,"input.ctx":"{\\"a\\": 1}","nested":{"a": [1, 2]},"none":null}',
    events:
      '[{"name":"exception","timestamp":1700000000123456790,"attributes":{"exception.type":"ValueError"}}]',
    links:
      '[{"context":{"trace_id":"0af7651916cd43dd8448eb211c80319d","span_id":"b7ad6b7169203332"},"attributes":{}}]',
    resource: '{"service.name":"flock-auto-trace","telemetry.sdk.language":"python"}',
  };
  const read = (changes: Partial<FlockRow> = {}) => {
    const warnings: [DiagnosticCode, string][] = [];
    const span = flockSpan(
      { ...row, ...changes },
      { warn: (code, example) => warnings.push([code, example]) },
    );
    expectSound(span);
    return { span, warnings };
  };

  it('reads a row', () => {
    const { span, warnings } = read();
    expect(warnings).toEqual([]);
    expect(span).toMatchObject({
      service: 'Agent',
      operation: 'execute',
      kind: 'INTERNAL',
      startNs: 1700000000123456789n,
      status: 'ERROR',
      statusDescription: 'ValueError: no',
      events: [
        {
          name: 'exception',
          timeNs: 1700000000123456790n,
          attributes: ['exception.type', 'ValueError'],
        },
      ],
      links: [{ traceId: '0af7651916cd43dd8448eb211c80319d', spanId: 'b7ad6b7169203332' }],
      resource: { service: 'flock-auto-trace' },
    });
    expect(asObject(span.attributes)).toEqual({
      'agent.name': 'pizza',
      'flock.workflow': 'true',
      'output.length': '12345678901234567890',
      ratio: '0.10',
      'input.ctx': '{"a": 1}',
      nested: '{"a": [1, 2]}',
      none: 'null',
    });
    expect(read().span.resource).toBe(span.resource);
  });

  it('keeps the rest of a row with broken JSON or none', () => {
    const { span, warnings } = read({
      attributes: '{"a": 1',
      events: '{"no":"list"}',
      links: null,
      resource: '[]',
    });
    expect(span).toMatchObject({ attributes: [], events: [], links: [], name: 'Agent.execute' });
    expect(warnings.map(([code]) => code)).toEqual([
      'broken-record',
      'broken-record',
      'broken-record',
    ]);
    expect(warnings[0][1]).toContain('column “attributes” of span b7ad6b7169203331');
    expect(read({ attributes: '', events: 'null', links: '[]', resource: null }).warnings).toEqual(
      [],
    );
  });

  it('takes columns that older databases lack for null', () => {
    const nothing = Object.fromEntries(Object.keys(row).map((key) => [key, null]));
    const { span, warnings } = read(nothing as Partial<FlockRow>);
    expect(span).toMatchObject({ traceId: '', service: null, operation: null, startNs: null });
    expect(warnings).toEqual([]);
  });
});
