/** The global keys: implements what `content/shortcuts.ts` lists under 'Everywhere'. */

export interface PageActions {
  choose: () => void;
  commands: () => void;
  help: () => void;
  /** These three need an open dataset; false without one. */
  search: () => boolean;
  addFilter: () => boolean;
  /** From 0. */
  showView: (index: number) => boolean;
  /** Goes back one step; false if there is nothing to leave. */
  back: () => boolean;
}

/** Whether typed characters belong to the element, not to the page. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element &&
    target.closest('input, textarea, select, [contenteditable], [role="textbox"]') !== null
  );
}

/** Whether an overlay with its own keys is open. */
function isCovered(): boolean {
  return document.querySelector('dialog[open], [popover]:popover-open') !== null;
}

/** Handles a key, unless the focused element already has. */
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
