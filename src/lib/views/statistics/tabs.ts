/** The tables of the view, in the order of their tabs; the ids stand in links. */
export const TABS = [
  {
    id: 'operations',
    label: 'Operations',
    about: 'What is done, by which service, how often, how long, with how many errors',
  },
  { id: 'spans', label: 'Spans', about: 'Every span, in any order, with any attribute' },
  {
    id: 'attributes',
    label: 'Attributes',
    about: 'Every key: how many spans have it, which values, how they are spread',
  },
  { id: 'services', label: 'Services', about: 'The figures of each service' },
  {
    id: 'workflows',
    label: 'Workflows',
    about: 'Runs of each workflow: durations, errors, agents, tokens, cost',
  },
] as const;

export type Tab = (typeof TABS)[number]['id'];

export function isTab(text: string): text is Tab {
  return TABS.some(({ id }) => id === text);
}
