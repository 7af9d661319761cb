/** The guide: its queries run and answer on the demo, its search finds, its terms are terms. */
import { engineOverDemo, type Asked } from '../support/open-engine';
import { readFileSync } from 'node:fs';
import { parseTerm } from '$lib/model/filter';
import { TEMPLATE_GROUPS } from '$lib/content/query-templates';
import { SECTIONS } from '$lib/content/guide';
import { findSections, piecesOf, templateOf, textOf } from '$lib/views/guide/guide';
import { beforeAll, describe, expect, test } from 'vitest';

const blocks = SECTIONS.flatMap(({ blocks }) => blocks);

describe('its queries', () => {
  let demo: Asked;
  beforeAll(async () => {
    demo = await engineOverDemo();
  });

  test('are all there', () => {
    const missing = blocks.flatMap((block) =>
      block.kind === 'query' && !templateOf(block.id) ? [block.id] : [],
    );
    expect(missing).toEqual([]);
  });

  const templates = TEMPLATE_GROUPS.flatMap(({ templates }) => templates);
  test.each(templates.map(({ id, sql }) => [id, sql]))('%s runs on the demo', async (_, sql) => {
    const result = await demo.query(sql);
    expect(result.columns.length).toBeGreaterThan(0);
  });
});

test('every view has a section of its own, and no id stands twice', () => {
  // The registry imports components, which need a browser: its text will do.
  const registry = readFileSync('src/lib/views/index.ts', 'utf8');
  const ids = SECTIONS.map(({ id }) => id);
  const views = [...registry.matchAll(/^\s+id: '(\w+)'/gm)].map(([, id]) => id);
  expect(views).toHaveLength(7);
  expect(ids).toEqual(expect.arrayContaining(views));
  expect(new Set(ids).size).toBe(ids.length);
});

test('the terms that it teaches are terms', () => {
  const filter = SECTIONS.find(({ id }) => id === 'filter')!;
  const terms = filter.blocks.flatMap((block) => (block.kind === 'terms' ? block.rows : []));
  expect(terms.length).toBeGreaterThan(5);
  for (const [term] of terms) expect(parseTerm(term), term).not.toBeNull();
  for (const block of blocks) {
    if (block.kind === 'go')
      for (const term of block.terms ?? []) expect(parseTerm(term)).not.toBeNull();
  }
});

describe('its search', () => {
  test('finds every word, titles first', () => {
    expect(findSections('')).toBe(SECTIONS);
    expect(findSections('SLOW workflow')[0].id).toBe('slow');
    expect(findSections('prevent_self_trigger').map(({ id }) => id)).toEqual(['loop']);
    expect(findSections('zipkin')[0].id).toBe('formats');
    expect(findSections('no such words')).toEqual([]);
  });

  test('looks at what is read, without backticks', () => {
    expect(textOf(SECTIONS[0])).not.toContain('`');
  });

  test('marks what it found, in text and in code', () => {
    expect(piecesOf('Press `Enter` to enter', 'ENTER')).toEqual([
      { text: 'Press ', kind: 'plain', isFound: false },
      { text: 'Enter', kind: 'code', isFound: true },
      { text: ' to ', kind: 'plain', isFound: false },
      { text: 'enter', kind: 'plain', isFound: true },
    ]);
  });
});
