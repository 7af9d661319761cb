/** Every view, a line each. A view is a component that is given the workspace; its folder imports no other view. */
import type { Workspace } from '$lib/state/workspace.svelte';
import type { Component } from 'svelte';
import Timeline from './timeline/Timeline.svelte';

export interface View {
  /** Stable: it stands in links. */
  id: string;
  label: string;
  component: Component<{ workspace: Workspace }>;
}

export const VIEWS: readonly View[] = [{ id: 'timeline', label: 'Timeline', component: Timeline }];
