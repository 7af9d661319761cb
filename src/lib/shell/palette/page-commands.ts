/** Commands of the page itself, with or without a dataset. */
import type { preferences as Preferences } from '$lib/state/preferences.svelte';
import { THEME_CHOICES } from '$lib/state/preferences.svelte';
import type { Session } from '$lib/state/session.svelte';
import { plural } from '$lib/model/quantity';
import CircleQuestionMark from '@lucide/svelte/icons/circle-question-mark';
import FolderOpen from '@lucide/svelte/icons/folder-open';
import HardDrive from '@lucide/svelte/icons/hard-drive';
import Monitor from '@lucide/svelte/icons/monitor';
import Moon from '@lucide/svelte/icons/moon';
import Play from '@lucide/svelte/icons/play';
import Sun from '@lucide/svelte/icons/sun';
import { THEME_WORDS, type Command } from './commands';

export function pageCommands(
  session: Session,
  preferences: typeof Preferences,
  actions: { choose: () => void; help: () => void },
): Command[] {
  const openId = session.workspace?.summary.libraryId;
  return [
    {
      id: 'page open',
      group: 'Open',
      label: 'Open files…',
      words: 'load import dataset',
      keys: 'Mod+O',
      icon: FolderOpen,
      run: actions.choose,
    },
    {
      id: 'page demo',
      group: 'Open',
      label: 'Open the demo',
      words: 'example sample dataset',
      icon: Play,
      run: () => session.start({ kind: 'demo' }),
    },
    ...(session.kept ?? [])
      .filter(({ id }) => id !== openId)
      .slice(0, 20)
      .map((entry): Command => ({
        id: `kept ${entry.id}`,
        group: 'Open',
        label: `Open ${entry.name}`,
        words: 'kept in this browser dataset',
        note: plural(entry.spans, 'span'),
        icon: HardDrive,
        run: () => session.start({ kind: 'library', id: entry.id }),
      })),
    {
      id: 'page help',
      group: 'Page',
      label: 'Help and keys',
      words: 'help keys',
      keys: '?',
      icon: CircleQuestionMark,
      run: actions.help,
    },
    ...THEME_CHOICES.map((choice): Command => ({
      id: `theme ${choice}`,
      group: 'Page',
      label: `Theme: ${THEME_WORDS[choice]}`,
      words: 'colours mode appearance',
      note: preferences.theme === choice ? 'now' : undefined,
      icon: { system: Monitor, light: Sun, dark: Moon }[choice],
      run: () => (preferences.theme = choice),
    })),
  ];
}
