import { describe, expect, it } from 'vitest';
import type { Dataset } from '$lib/engine/engine';
import { Workspace } from '$lib/state/workspace.svelte';

const workspace = () => new Workspace({ summary: {} } as Dataset, null);

describe('workspace', () => {
  it('drops what only the view of before puts into links, in the same change', () => {
    const shown = workspace();
    shown.view = 'sql';
    shown.setOption('sql.q', 'SELECT 1');
    shown.openTrace('t');
    expect(shown.viewState).toMatchObject({ view: 'timeline', traceId: 't', options: {} });
    // A text that was still being typed when the view was left.
    shown.setOption('sql.q', 'SELECT 12');
    expect(shown.viewState.options).toEqual({});
  });

  it('takes ids as people paste them', () => {
    const shown = workspace();
    shown.apply({ traceId: '8E3479CA-2854-49A2-B753-BC2482DA9A59', spanId: '0xf3a9c1d2e4b567' });
    expect(shown.viewState).toMatchObject({
      traceId: '8e3479ca285449a2b753bc2482da9a59',
      spanId: '00f3a9c1d2e4b567',
    });
  });

  it('takes no option from a link that its view does not have', () => {
    const shown = workspace();
    shown.apply({ view: 'timeline', options: { 'sql.q': 'SELECT 1', 'timeline.layout': 'flame' } });
    expect(shown.viewState.options).toEqual({ 'timeline.layout': 'flame' });
  });

  it('tells once which parts followed from a choice', () => {
    const shown = workspace();
    shown.setOption('timeline.focus', 's');
    expect([...shown.takeConsequences()]).toEqual([]);
    shown.settle(() => shown.setOption('timeline.focus', null));
    expect([...shown.takeConsequences()]).toEqual(['option timeline.focus']);
    expect([...shown.takeConsequences()]).toEqual([]);
  });
});
