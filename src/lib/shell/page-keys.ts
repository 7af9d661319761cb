/** The keys that work everywhere: what `state/shortcuts.ts` promises under 'Everywhere' is done here. */

export interface PageActions {
  choose: () => void;
  commands: () => void;
  help: () => void;
  /** These three are for an open dataset; false where there is none. */
  search: () => boolean;
  addFilter: () => boolean;
  /** From 0. */
  showView: (index: number) => boolean;
  /** One step back; false where there is nothing to leave. */
  back: () => boolean;
}

/** Whether keys that write are for the element, and not for the page. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable], [role="textbox"]') !== null
  );
}

/** Whether something lies over the page that has keys of its own. */
function isCovered(): boolean {
  return document.querySelector('dialog[open], [popover]:popover-open') !== null;
}

/** Does what the key says, unless whatever has the focus has done so. */
export function takePageKey(event: KeyboardEvent, actions: PageActions): void {
  if (event.defaultPrevented || event.isComposing) return;
  if (take(event, actions)) event.preventDefault();
}

function take(event: KeyboardEvent, actions: PageActions): boolean {
  const { key } = event;
  const isMod = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
  if (isMod && key.toLowerCase() === 'o') {
    actions.choose();
    return true;
  }
  if (isMod && key.toLowerCase() === 'k') {
    actions.commands();
    return true;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  if (isTyping(event.target) || isCovered()) return false;
  if (key === '?') {
    actions.help();
    return true;
  }
  if (key === '/') return actions.search();
  if (key === 'f') return actions.addFilter();
  if (key === 'Escape') return actions.back();
  return /^[1-9]$/.test(key) && actions.showView(Number(key) - 1);
}
