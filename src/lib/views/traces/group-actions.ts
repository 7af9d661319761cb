/** Actions on a group of traces: showing only it, showing it on one time axis, and the menu of its value. */
import { withOnly } from '$lib/model/filter';
import { fieldTerm, type ValueAction, type Workspace } from '$lib/state/workspace.svelte';
import type { CellAction } from '$lib/ui/table/data-table';
import { showAxis } from './common-axis/common-axis';
import { groupName, termsOfGroup, type Grouping, type GroupValues } from './trace-groups';

/** Lucide's list-filter, chart-gantt and ellipsis-vertical. */
const FILTER = 'M2 5h20M6 12h12M9 19h6';
const GANTT = 'M10 6h8M12 16h6M3 3v16a2 2 0 0 0 2 2h16M8 11h7';
const MORE = 'M12 5h.01M12 12h.01M12 19h.01';

/** The buttons of a group's row. */
export function groupActions(
  workspace: Workspace,
  grouping: Grouping,
  values: GroupValues,
): CellAction[] {
  const axis: CellAction = {
    label: 'On one time axis',
    icon: GANTT,
    run: () => showAxis(workspace, { grouping, values }),
  };
  if (!canFilter(grouping, values)) return [axis];
  return [
    {
      label: `Only ${groupName(grouping, values)}`,
      icon: FILTER,
      run: () => onlyGroup(workspace, grouping, values),
    },
    axis,
    {
      label: 'More',
      icon: MORE,
      run: (event) => groupOffer(workspace, grouping, values, event),
    },
  ];
}

/** Offers the menu of a group's value, with what it can do as a group. */
export function groupOffer(
  workspace: Workspace,
  grouping: Grouping,
  values: GroupValues,
  event: Event,
): void {
  const last = grouping.fields.length - 1;
  workspace.offer(event, fieldTerm(grouping.fields[last], values[last]), [
    axisAction(workspace, grouping, values),
  ]);
}

/** For value menus elsewhere: the traces of this value on one axis of time. */
export function axisAction(
  workspace: Workspace,
  grouping: Grouping,
  values: GroupValues,
): ValueAction {
  return { label: 'On one time axis', run: () => showAxis(workspace, { grouping, values }) };
}

export function canFilter(grouping: Grouping, values: GroupValues): boolean {
  return termsOfGroup(grouping, values).length > 0;
}

/** Makes the group the filter. */
export function onlyGroup(workspace: Workspace, grouping: Grouping, values: GroupValues): void {
  const filter = termsOfGroup(grouping, values).reduce(withOnly, workspace.filter);
  workspace.apply({ filter });
}
