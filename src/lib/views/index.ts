/**
 * Every view: its tab, key (by position: `1` is the first), id in links, and command come from here. A view is a component
 * that gets its data through `getWorkspace`; its folder imports no other view, and is loaded when first shown.
 */
import Activity from '@lucide/svelte/icons/activity';
import BookOpen from '@lucide/svelte/icons/book-open';
import ChartBar from '@lucide/svelte/icons/chart-bar';
import ChartGantt from '@lucide/svelte/icons/chart-gantt';
import Database from '@lucide/svelte/icons/database';
import SlidersHorizontal from '@lucide/svelte/icons/sliders-horizontal';
import Workflow from '@lucide/svelte/icons/workflow';
import type { Component } from 'svelte';

export interface View {
  /** Stable, because links contain it. */
  id: string;
  label: string;
  /** Label for a narrow header, if it differs. */
  short?: string;
  /** The question it answers, in one line. */
  answers: string;
  icon: typeof Activity;
  load: () => Promise<{ default: Component }>;
}

export const VIEWS: readonly View[] = [
  {
    id: 'timeline',
    label: 'Timeline',
    answers: 'What happened, in which order, and what took the time?',
    icon: ChartGantt,
    load: () => import('./Timeline.svelte'),
  },
  {
    id: 'statistics',
    label: 'Statistics',
    answers: 'Which operations, attributes and services are there, and how do they compare?',
    icon: ChartBar,
    load: () => import('./statistics/Statistics.svelte'),
  },
  {
    id: 'red',
    label: 'RED Metrics',
    short: 'RED',
    answers: 'Is it healthy: rate, errors and duration over time?',
    icon: Activity,
    load: () => import('./red/Red.svelte'),
  },
  {
    id: 'dependencies',
    label: 'Dependencies',
    answers: 'Who calls whom, how often, and how does it go?',
    icon: Workflow,
    load: () => import('./dependencies/Dependencies.svelte'),
  },
  {
    id: 'sql',
    label: 'SQL',
    answers: 'Anything else: the dataset is a database.',
    icon: Database,
    load: () => import('./sql/SqlView.svelte'),
  },
  {
    id: 'configuration',
    label: 'Configuration',
    short: 'Config',
    answers: 'What is shown, what is kept in this browser, how it looks.',
    icon: SlidersHorizontal,
    load: () => import('./configuration/Configuration.svelte'),
  },
  {
    id: 'guide',
    label: 'Guide',
    answers: 'How to read each view, keys, formats, links, recipes.',
    icon: BookOpen,
    load: () => import('./guide/Guide.svelte'),
  },
];

/** Modules requested so far, by the view's id. */
const components = new Map<string, Promise<Component>>();

/** The view's component; a module that failed to load is requested again next time. */
export function componentOf({ id, load }: View): Promise<Component> {
  let component = components.get(id);
  if (!component) {
    component = load().then((module) => module.default);
    component.catch(() => components.delete(id));
    components.set(id, component);
  }
  return component;
}
