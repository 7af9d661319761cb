/** Keeps the hash and the session in step, in both directions; `history.ts` says which changes are a step of Back. */
import { pushState, replaceState } from '$app/navigation';
import { page } from '$app/state';
import { sameAddress, type Address } from '$lib/model/origin';
import { untrack } from 'svelte';
import { historyChange, type HistoryChange } from './history';
import { decodeLink, encodeLink, type LinkState } from './link';
import type { Session } from './session.svelte';

/** Browsers refuse a page that replaces its address more than about 100 times in 30 s. */
const REPLACE_REST_MS = 250;

/** Call while the root component initialises; ends with it. Opens at once what the address names. */
export function syncUrl(session: Session): void {
  let written = location.hash.slice(1);
  /** What the current history entry stands for. */
  let last: { key: string | null; link: LinkState } = { key: null, link: session.link };
  /** Will replace the current entry after a pause. */
  let pending: { hash: string; timer: ReturnType<typeof setTimeout> } | null = null;
  /** Back or Forward has changed the address, which has not been read yet. */
  let isUnread = false;
  /** What the current entry names and is still being opened. */
  let awaited: Address | null = null;

  const write = (hash: string, change: HistoryChange) => {
    written = hash;
    const url = hash ? `#${hash}` : location.pathname + location.search;
    const state = { dataset: session.workspace?.key };
    if (change === 'push') pushState(url, state);
    else replaceState(url, state);
  };

  const replaceLater = (hash: string) => {
    const timer = setTimeout(() => {
      pending = null;
      write(hash, 'replace');
    }, REPLACE_REST_MS);
    pending = { hash, timer };
  };

  /** Cancels the pending write to the current entry. */
  const forget = () => {
    const forgotten = pending;
    if (forgotten) clearTimeout(forgotten.timer);
    pending = null;
    return forgotten?.hash ?? null;
  };

  const read = () => {
    isUnread = false;
    const hash = location.hash.slice(1);
    written = hash;
    const { state: link, error } = decodeLink(hash);
    if (error) session.notices.add('warning', `${error.message} (${error.data.parts})`);
    const { workspace } = session;
    // Local files have no address: their history entries are identified by the workspace's key.
    const isHere = workspace
      ? link.address
        ? workspace.address !== null && sameAddress(link.address, workspace.address)
        : workspace.address === null && page.state.dataset === workspace.key
      : false;
    awaited = null;
    if (isHere) {
      session.cancel();
      workspace!.apply(link);
      last = { key: workspace!.key, link: session.link };
    } else if (link.address) {
      awaited = link.address;
      session.open(link.address, link).catch(() => undefined);
    } else {
      if ((hash && !error) || page.state.dataset) {
        session.notices.add(
          'info',
          'This step shows a file of your disk, which no address can name. Open the file again.',
        );
      }
      last = { key: null, link: session.link };
      void session.close();
    }
  };

  $effect(() => {
    const later = () => {
      // The pending write was about the entry that has been left.
      forget();
      isUnread = true;
      // The router's own listener runs later in the same event: read after it.
      setTimeout(read);
    };
    addEventListener('popstate', later);
    untrack(read);
    return () => {
      removeEventListener('popstate', later);
      forget();
    };
  });

  $effect(() => {
    const { workspace, opening, error } = session;
    const link = session.link;
    const key = workspace?.key ?? null;
    // While an open is under way, or after it failed, the address keeps naming what was requested.
    if (!workspace && (opening || error)) return;
    untrack(() => {
      const consequences = workspace?.takeConsequences();
      if (isUnread) return;
      const before = last;
      last = { key, link };
      const hash = encodeLink(link);
      if (key !== before.key) {
        forget();
        // The current entry's dataset has been opened, or reopened; anything else is a step of its own.
        const isAsked = awaited && link.address && sameAddress(awaited, link.address);
        awaited = null;
        write(hash, isAsked || (hash && hash === written) ? 'replace' : 'push');
        return;
      }
      const change = historyChange(before.link, link, consequences);
      if (change === 'push') {
        const unwritten = forget();
        // The entry that is left keeps its last state.
        if (unwritten !== null && unwritten !== written) write(unwritten, 'replace');
        awaited = null;
        if (hash !== written) write(hash, 'push');
      } else {
        forget();
        // An entry whose dataset is still being opened is not overwritten with the one still shown.
        if (hash !== written && !(awaited && opening)) replaceLater(hash);
      }
    });
  });
}
