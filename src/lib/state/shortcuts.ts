/** Every key of the interface, in one table: the help dialog shows it. */

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
      { keys: ['?'], does: 'This help' },
      { keys: ['/'], does: 'Search, or find in the open trace' },
      { keys: ['Mod+O'], does: 'Open files' },
      { keys: ['Mod+V'], does: 'Open files, JSON or an address from the clipboard' },
      { keys: ['Esc'], does: 'Close, cancel, one step back' },
    ],
  },
  {
    title: 'Trace list',
    shortcuts: [
      { keys: ['↑', '↓'], does: 'Previous, next trace' },
      { keys: ['PgUp', 'PgDn'], does: 'A page up, down' },
      { keys: ['Home', 'End'], does: 'First, last trace' },
      { keys: ['Enter'], does: 'Open the trace' },
      { keys: ['Alt+←', 'Alt+→'], does: 'Narrower, wider column, on its header' },
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
    ],
  },
  {
    title: 'Trace: the time',
    shortcuts: [
      { keys: ['+', '-'], does: 'Zoom in, out' },
      { keys: ['0'], does: 'The whole trace' },
      { keys: ['a', 'd'], does: 'Pan left, right' },
      { keys: ['f'], does: 'Fit the selected span' },
      { keys: ['Ctrl+wheel'], does: 'Zoom at the pointer' },
      { keys: ['Shift+wheel'], does: 'Pan' },
    ],
  },
];
