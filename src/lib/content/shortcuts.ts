/** Every key of the interface in one table, which the help dialog shows. */

export interface Shortcut {
  /** Alternatives; chords are joined by `+`, and `Mod` is Ctrl or ⌘. */
  keys: string[];
  does: string;
}

export interface ShortcutGroup {
  title: string;
  shortcuts: Shortcut[];
}

export const SHORTCUTS: readonly ShortcutGroup[] = [
  {
    title: 'Everywhere',
    shortcuts: [
      { keys: ['1 – 7'], does: 'Views, in their order' },
      { keys: ['Mod+K'], does: 'Commands: views, ids, names, queries, actions' },
      { keys: ['/'], does: 'Search, or find in the open trace' },
      { keys: ['f'], does: 'Add a filter' },
      { keys: ['?'], does: 'Help on the view, and keys' },
      { keys: ['Mod+O'], does: 'Open files' },
      { keys: ['Mod+V'], does: 'Open files, JSON or an address from the clipboard' },
      { keys: ['Esc'], does: 'One step back: menu, selection, trace' },
    ],
  },
  {
    title: 'Filter',
    shortcuts: [
      { keys: ['←', '→'], does: 'Previous, next part of the filter' },
      { keys: ['Enter'], does: 'Change it' },
      { keys: ['Delete'], does: 'Remove it' },
      { keys: ['Shift+Enter'], does: 'Add another value' },
    ],
  },
  {
    title: 'Trace list',
    shortcuts: [
      { keys: ['↑', '↓'], does: 'Previous, next trace' },
      { keys: ['PgUp', 'PgDn'], does: 'A page up, down' },
      { keys: ['Home', 'End'], does: 'First, last trace' },
      { keys: ['Enter'], does: 'Open the trace, or do what the cell does' },
      { keys: ['←', '→'], does: 'The cells of a row; close, open a group' },
      { keys: ['g'], does: 'Choose how to group' },
      { keys: ['o'], does: 'Show only the active group' },
      { keys: ['t'], does: 'Show the group, or the whole list, on one time axis' },
      { keys: ['Alt+←', 'Alt+→'], does: 'Narrower, wider column, on its header' },
    ],
  },
  {
    title: 'Traces on one time axis',
    shortcuts: [
      { keys: ['↑', '↓'], does: 'Previous, next trace' },
      { keys: ['Enter'], does: 'Open the trace' },
      { keys: ['+', '-'], does: 'Zoom in, out' },
      { keys: ['0'], does: 'The whole axis' },
      { keys: ['a', 'd'], does: 'Pan left, right' },
      { keys: ['z'], does: 'Fit the trace' },
      { keys: ['g'], does: 'Cut idle time, or show it' },
    ],
  },
  {
    title: 'Trace: the tree',
    shortcuts: [
      { keys: ['↑', '↓'], does: 'Previous, next span' },
      { keys: ['←', '→'], does: 'Collapse or to the parent, expand or to the child' },
      { keys: ['[', ']'], does: 'Collapse, expand one level everywhere' },
      { keys: ['Shift+←', 'Shift+→'], does: 'Collapse, expand everything below' },
      { keys: ['Enter'], does: 'Open the detail' },
      { keys: ['n', 'Shift+N'], does: 'Next, previous match' },
      { keys: ['e', 'Shift+E'], does: 'Next, previous error' },
      {
        keys: ['.', 'Shift+click'],
        does: 'Focus on this span and what is below it; again, or Esc, to leave',
      },
      { keys: ['h', 'Shift+H'], does: 'Hide all spans like this one, show all again' },
      { keys: ['r'], does: 'Fold runs of similar spans, or unfold them' },
      { keys: ['m'], does: 'Only spans that match the filter, or all' },
    ],
  },
  {
    title: 'Trace: layouts',
    shortcuts: [
      { keys: ['w'], does: 'Waterfall' },
      { keys: ['g'], does: 'Flame graph' },
      { keys: ['t'], does: 'Tree table' },
      { keys: ['p'], does: 'Critical path' },
      { keys: ['↑', '↓', '←', '→'], does: 'Flame graph: caller, widest callee, its neighbours' },
      { keys: ['Enter', 'Backspace'], does: 'Flame graph: give a box the whole width, go back' },
    ],
  },
  {
    title: 'Trace: time',
    shortcuts: [
      { keys: ['+', '-'], does: 'Zoom in, out' },
      { keys: ['0'], does: 'The whole trace' },
      { keys: ['a', 'd'], does: 'Pan left, right' },
      { keys: ['z'], does: 'Fit the selected span' },
      { keys: ['Ctrl+wheel'], does: 'Zoom at the pointer' },
      { keys: ['Shift+wheel'], does: 'Pan' },
    ],
  },
  {
    title: 'SQL: the text',
    shortcuts: [
      { keys: ['Mod+Enter'], does: 'Run the query at the cursor, or the selection' },
      { keys: ['Esc'], does: 'Stop the running query' },
      { keys: ['Ctrl+Space'], does: 'Complete: columns, functions, attribute keys, values' },
      { keys: ['Tab'], does: 'Accept the completion, or indent; after Esc, leave the text' },
      { keys: ['Shift+Alt+F'], does: 'Format' },
      { keys: ['Mod+/'], does: 'Toggle the comment' },
      { keys: ['Mod+F'], does: 'Find in the text' },
      { keys: ['Mod+S'], does: 'Save the query under a name' },
      { keys: ['Mod+Alt+←', 'Mod+Alt+→'], does: 'Previous, next tab' },
      { keys: ['Mod+Alt+N', 'Mod+Alt+W'], does: 'New tab, close the tab' },
      { keys: ['F2', 'Delete'], does: 'Rename, close, on a tab' },
    ],
  },
  {
    title: 'SQL: the rows',
    shortcuts: [
      { keys: ['↑', '↓', '←', '→'], does: 'From cell to cell; with Mod to the edge' },
      { keys: ['Shift+↑', 'Shift+→'], does: 'Select cells' },
      { keys: ['Mod+A'], does: 'Select all cells' },
      { keys: ['Mod+C'], does: 'Copy the selected cells' },
      { keys: ['Enter'], does: 'Follow a trace or span id, or show the whole value' },
      { keys: ['Space'], does: 'Show the whole value' },
      { keys: ['Shift+F10'], does: 'Actions for the value' },
    ],
  },
  {
    title: 'Dependencies: the graph',
    shortcuts: [
      { keys: ['→', '←'], does: 'Along the edges: out, in' },
      { keys: ['↑', '↓'], does: 'Other edges of the node, other nodes' },
      { keys: ['Enter'], does: 'Open the detail' },
      { keys: ['+', '-', '0'], does: 'Zoom in, out, show all' },
      { keys: ['Shift+arrows'], does: 'Pan' },
      { keys: ['Alt+arrows'], does: 'Move the node' },
    ],
  },
  {
    title: 'Statistics',
    shortcuts: [
      { keys: ['←', '→'], does: 'Previous, next table, on its tab' },
      { keys: ['↑', '↓', '←', '→'], does: 'Walk through rows and cells' },
      { keys: ['Enter'], does: 'Spans of the row, or what the cell does' },
      { keys: ['Alt+←', 'Alt+→'], does: 'Narrower, wider column, on its header' },
      { keys: ['Esc'], does: 'Close the detail of a key' },
    ],
  },
];
