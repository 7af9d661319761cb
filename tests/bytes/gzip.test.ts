/** Large and packed inputs, read as spans to see that nothing is lost. */
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Input } from '$lib/bytes/input';
import { Source } from '$lib/bytes/source';
import { isAbort } from '$lib/model/errors';
import { countsOf, readFormat } from '../support/read-format';

describe('sources', () => {
  const line = (i: number) =>
    `{"resourceSpans":[{"resource":{},"scopeSpans":[{"scope":{},"spans":[{"traceId":"${'0'.repeat(31)}1","spanId":"${String(i).padStart(16, '0')}","name":"${'n'.repeat(i % 97)}${Math.sin(i)}","startTimeUnixNano":"${i + 1}","endTimeUnixNano":"${i + 2}"}]}]}]}\n`;
  const big = Buffer.from(Array.from({ length: 30_000 }, (_, i) => line(i)).join(''));

  it('reports packed bytes, waits to be ready, and can be cancelled', async () => {
    const packed = gzipSync(big);
    for (const bytes of [big, packed]) {
      const seen: number[] = [];
      let ready = 0;
      const { spans } = await readFormat(bytes, 'big', {
        onBytes: (done) => seen.push(done),
        ready: async () => {
          ready++;
        },
      });
      expect(spans.length).toBe(30_000);
      expect(seen.at(-1)).toBe(bytes.length);
      expect(seen).toEqual([...seen].sort((a, b) => a - b));
      expect(ready).toBeGreaterThanOrEqual(seen.length);
    }
    const controller = new AbortController();
    const reading = readFormat(big, 'big', {
      signal: controller.signal,
      onBytes: () => controller.abort(),
    });
    await expect(reading).rejects.toSatisfy(isAbort);
  });

  it('reads many members of gzip, also where pieces end inside their headers', async () => {
    const members: Buffer[] = [];
    for (let at = 0; at < big.length; at += 70_001) {
      members.push(gzipSync(big.subarray(at, at + 70_001)));
    }
    // Stored bytes that look like a header must not end a member.
    const header = String.fromCharCode(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3);
    const fake = Buffer.from(line(1).replace('"n', `"n${header}`), 'latin1');
    members.push(gzipSync(fake, { level: 0 }));
    const { spans, diagnostics } = await readFormat(Buffer.concat(members), 'members.gz');
    expect(spans.length).toBe(30_001);
    // The header is no UTF-8.
    expect(diagnostics).toMatchObject({ 'replaced-text': { count: 1 } });
  });

  it('keeps what was whole of damaged gzip', async () => {
    const packed = gzipSync(big);
    const cut = await readFormat(packed.subarray(0, packed.length >> 1), 'cut.gz');
    expect(cut.spans.length).toBeGreaterThan(10_000);
    expect(cut.diagnostics.truncated?.example).toMatch(/^cut\.gz: the gzip data end early/);
    const trailer = await readFormat(packed.subarray(0, packed.length - 4), 'trailer.gz');
    expect(trailer.spans.length).toBe(30_000);
    expect(countsOf(trailer)).toEqual({ truncated: 1 });
    const garbage = await readFormat(Buffer.concat([packed, Buffer.alloc(100, 65)]), 'tail.gz');
    expect(garbage.spans.length).toBeGreaterThan(29_000);
    expect(countsOf(garbage)).toEqual({ truncated: 1 });
  });

  it('lets go of what nobody reads to the end', async () => {
    const member = gzipSync(big);
    const source = new Source(new Input('members.gz', new Blob([member, member, member])));
    expect((await source.head()).length).toBe(65_536);
    for await (const piece of source.chunks()) {
      expect(piece.length).toBeGreaterThan(0);
      break;
    }
  });

  it('reads nothing from nothing', async () => {
    expect((await readFormat('', 'empty')).format).toBeNull();
    expect((await readFormat('   \n', 'blank')).format).toBeNull();
    expect((await readFormat(gzipSync(''), 'empty.gz')).format).toBeNull();
    expect((await readFormat(Buffer.from([0x1f, 0x8b, 0x08]), 'stub.gz')).format).toBeNull();
  });
});
