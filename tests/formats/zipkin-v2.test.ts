import { describe, expect, it } from 'vitest';
import { INVALID_NS } from '$lib/model/span';
import { asObject, fixture, readFormat } from '../support/read-format';

describe('Zipkin v2 JSON', () => {
  it('reads both sides of a call, endpoints, annotations and errors', async () => {
    const { spans } = await readFormat(fixture('zipkin-v2/trace.json'), 'x');
    const [root, client, server, local, publish, next] = spans;
    expect(root).toMatchObject({
      spanId: 'b33447baae403ed6',
      parentId: null,
      kind: 'SERVER',
      startNs: 1521186011926119000n,
      endNs: 1521186011928958000n,
      status: 'UNSET',
      resource: { service: 'frontend', attributes: ['service.name', 'frontend'] },
    });
    expect(asObject(root.attributes)).toEqual({
      'net.host.ip': '192.168.0.10',
      'net.host.port': '8080',
      'net.peer.ip': '::1',
      'net.peer.port': '54602',
      'http.method': 'GET',
      'http.path': '/',
      n: '5',
    });
    expect(client).toMatchObject({
      kind: 'CLIENT',
      status: 'ERROR',
      statusDescription: 'timeout after 1 s',
      events: [
        { name: 'ws', timeNs: 1521186011926300000n },
        { name: 'wr', timeNs: 1521186011927000000n },
      ],
    });
    expect(asObject(client.attributes)).toMatchObject({
      'peer.service': 'backend',
      'net.peer.ip': '192.168.0.11',
    });
    expect(server).toMatchObject({
      spanId: client.spanId,
      kind: 'SERVER',
      status: 'ERROR',
      statusDescription: null,
    });
    expect(asObject(server.attributes)['zipkin.shared']).toBe('true');
    expect(local).toMatchObject({
      kind: 'INTERNAL',
      startNs: 1521186011926450000n,
      endNs: null,
    });
    expect(publish).toMatchObject({ parentId: null, startNs: null, endNs: INVALID_NS });
    expect(next).toMatchObject({ spanId: 'no hex', status: 'ERROR', statusDescription: null });
  });
});
