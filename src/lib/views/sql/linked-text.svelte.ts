/** Keeps the active tab's text in the page's link. */
import type { SqlTabs } from '$lib/state/sql/sql-tabs.svelte';
import type { Workspace } from '$lib/state/workspace.svelte';
import { untrack } from 'svelte';

const OPTION = 'sql.q';
/** Longer texts are not put into links, because chats and mail cut long links. */
const LINK_CHARACTERS = 2_000;
const LINK_REST_MS = 300;

/**
 * Opens a link's query, or the starter; from then on the link follows the text, and on Back the text follows the link. Call
 * while a component initialises; ends with it.
 * @param starter the initial query, which links omit.
 */
export function linkText(workspace: Workspace, tabs: SqlTabs, starter: string): void {
  const linked = () => workspace.option(OPTION) || null;

  function show(text: string) {
    const known = tabs.list.find((one) => one.text === text);
    if (known) tabs.activeId = known.id;
    else tabs.open(text, 'From a link');
    tabs.active!.isDue = true;
  }

  let written = untrack(linked);
  untrack(() => {
    if (written) show(written);
    else if (tabs.list.length === 0) tabs.open(starter);
  });
  $effect(() => {
    const text = tabs.active?.text ?? '';
    const next = text.length <= LINK_CHARACTERS && text !== starter && text.trim() ? text : null;
    const timer = setTimeout(() => {
      written = next;
      workspace.setOption(OPTION, next);
    }, LINK_REST_MS);
    return () => clearTimeout(timer);
  });
  $effect(() => {
    const text = linked();
    if (text !== written && text !== null) untrack(() => show(text));
    written = text;
  });
}
