/** Tokens and cost of agents' sessions, asked of the built dataset: those that the index counted without repeats. */
import { openAsBlob } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { engineOverSpans } from '../support/open-engine';
import { CORPUS, HAS_CORPUS } from '../support/paths';
import { readFormat } from '../support/read-format';

type Sums = [
  input: number | null,
  cacheRead: number | null,
  cacheWrite: number | null,
  output: number | null,
  reasoning: number | null,
  cost: number | null,
];

/** The index has Claude Code's, Pi's and Inspect's input without the cached part; the columns have all of it. */
const EXPECTED: Record<string, [format: string, calls: number, tools: number, sums: Sums]> = {
  'claude-code/fasthooks--sample_main_transcript.jsonl': [
    ...(['claude-code', 12, 10] as const),
    [132 + 223_265 + 8467, 223_265, 8467, 1480, null, null],
  ],
  'claude-code/fasthooks--sample_agent_sidechain.jsonl': [
    ...(['claude-code', 1, 0] as const),
    [728, 0, 0, 152, null, null],
  ],
  'claude-code/spotter--ae4a77f8-agent-aac57f5.jsonl': [
    ...(['claude-code', 3, 12] as const),
    [2408 + 29_274 + 18_814, 29_274, 18_814, 7, null, null],
  ],
  'claude-code/claude-code-log--edge_cases.jsonl': [
    ...(['claude-code', 4, 3] as const),
    [488, 0, 0, 435, null, null],
  ],
  'codex/localpush--rollout-20-34-25.jsonl': [
    ...(['codex', 6, 5] as const),
    [298_373, 238_848, null, 1123, 483, null],
  ],
  'codex/localpush--rollout-13-19-38.jsonl': [
    ...(['codex', 1, 1] as const),
    [34_469, 3456, null, 431, 264, null],
  ],
  'codex/hyperweave--codex_session.jsonl': [
    ...(['codex', 9, 11] as const),
    [349_493, 222_592, null, 10_879, 7562, null],
  ],
  'pi-session/inspect_scout--openclaw-63f16c5a.jsonl': [
    ...(['pi-session', 3, 2] as const),
    [6 + 33_498 + 20_430, 33_498, 20_430, 311, null, 0],
  ],
  'pi-session/inspect_scout--openclaw-branched.jsonl': [
    ...(['pi-session', 3, 0] as const),
    [30, 0, 0, 60, null, null],
  ],
  'pi-session/claude-code-transcripts--sample_pi_session.jsonl': [
    ...(['pi-session', 3, 2] as const),
    [450, 0, 0, 160, null, null],
  ],
  'agent-trajectory/inspect_scout--openhands_hello-world.no_function_calling.json': [
    ...(['agent-trajectory', 2, 0] as const),
    [220, null, null, 80, null, 0.00135],
  ],
  'agent-trajectory/inspect_scout--terminus_2_linear-history.json': [
    ...(['agent-trajectory', 3, 0] as const),
    [2252, null, null, 160, null, 0.00723],
  ],
  'agent-trajectory/inspect_scout--terminus_2_linear-history.cont-1.json': [
    ...(['agent-trajectory', 4, 0] as const),
    [4250, null, null, 530, null, 0.015925],
  ],
  // The index counts the steps of the outer trajectory; the sub-agent inside it used 25 and 9 more.
  'agent-trajectory/phoenix--v17_embedded_subagents.json': [
    ...(['agent-trajectory', 2, 1] as const),
    [42 + 25, null, null, 12 + 9, null, null],
  ],
  'inspect/inspect_ai--log_formats.json': [
    ...(['inspect-json', 1, 0] as const),
    [66, null, null, 2, null, null],
  ],
  'inspect/inspect_ai--analysis-popularity.json': [
    ...(['inspect-json', 3, 0] as const),
    [192, 0, null, 6, 0, null],
  ],
  'inspect/inspect_ai--log_images_tc.json': [
    ...(['inspect-json', 1, 0] as const),
    [323, null, null, 5, null, null],
  ],
};

const SUMS = `SELECT sum(input_tokens), sum(cache_read_tokens), sum(cache_write_tokens), sum(output_tokens),
  sum(reasoning_tokens), sum(cost) FROM traces`;

describe.skipIf(!HAS_CORPUS)('sessions of the corpus', () => {
  test.each(Object.entries(EXPECTED))('%s', async (path, [format, calls, tools, sums]) => {
    const result = await readFormat(await openAsBlob(join(CORPUS, path)), path);
    expect(result.format).toBe(format);
    const engine = await engineOverSpans(result.spans);
    const [row] = (await engine.query(SUMS)).rows();
    const found = Object.values(row).map((value) => (value === null ? null : Number(value)));
    expect(found.slice(0, 5)).toEqual(sums.slice(0, 5));
    if (sums[5] === null) expect(found[5]).toBeNull();
    else expect(found[5]).toBeCloseTo(sums[5], 12);
    const [counts] = (
      await engine.query(`SELECT
        count(*) FILTER (is_inference) AS calls,
        count(*) FILTER (span_type = 'tool') AS tools,
        count(*) FILTER (duration_ms < 0) AS backwards,
        count(*) FILTER (is_orphan AND span_type <> 'agent') AS orphans,
        (SELECT count(*) FROM (SELECT trace_id, span_id FROM spans GROUP BY ALL HAVING count(*) > 1)) AS doubles
        FROM spans`)
    ).rows();
    expect(counts).toEqual({
      ...{ calls: BigInt(calls), tools: BigInt(tools) },
      ...{ backwards: 0n, orphans: 0n, doubles: 0n },
    });
  });
});
