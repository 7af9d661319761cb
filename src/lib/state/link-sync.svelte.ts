/**
 * Keeps the hash and the session in step. Dataset, view, filter, trace, sort and the views' choices are steps of Back; what
 * changes with every key or wheel tick (the filter's text, zoom, find, the selected span) replaces the present step.
 */
import { pushState, replaceState } from '$app/navigation';
import { page } from '$app/state';
import { sameFilter } from '$lib/model/filter';
import { untrack } from 'svelte';
import type { Session } from './session.svelte';
import { sameAddress } from '$lib/model/origin';
import { decodeLink, encodeLink, sameSort, type LinkState } from './link';

/** Browsers refuse a page that replaces its address more than about 100 times in 30 s. */
const REPLACE_REST_MS = 250;

/** Must be called while the root component is set up; ends with it. Opens at once what the address names. */
export function syncUrl(session: Session): void {
  let written = location.hash.slice(1);
  /** The state that `written` stands for, to tell a step of Back from a mere change. */
  let last: { key: string | null; link: LinkState } = { key: null, link: session.link };
  let pending: ReturnType<typeof setTimeout> | undefined;

  const write = (hash: string, push: boolean) => {
    written = hash;
    const url = hash ? `#${hash}` : location.pathname + location.search;
    const state = { dataset: session.workspace?.key };
    if (push) pushState(url, state);
    else replaceState(url, state);
  };

  const read = () => {
    clearTimeout(pending);
    pending = undefined;
    const hash = location.hash.slice(1);
    written = hash;
    const { state: link, error } = decodeLink(hash);
    if (error) session.notices.add('warning', `${error.message} (${error.data.parts})`);
    const { workspace } = session;
    // Files of the disk have no address: their steps of Back are known by the workspace's key.
    const isHere = workspace
      ? link.address
        ? workspace.address !== null && sameAddress(link.address, workspace.address)
        : workspace.address === null && page.state.dataset === workspace.key
      : false;
    if (isHere) {
      session.cancel();
      workspace!.apply(link);
      last = { key: workspace!.key, link: session.link };
    } else if (link.address) {
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
    // The router's own listener comes later in the same event: read after it.
    const later = () => setTimeout(read);
    addEventListener('popstate', later);
    untrack(read);
    return () => {
      removeEventListener('popstate', later);
      clearTimeout(pending);
    };
  });

  $effect(() => {
    const { workspace, opening, error } = session;
    const link = session.link;
    const key = workspace?.key ?? null;
    // While an open is under way, or has failed, the address keeps naming what was asked for.
    if (!workspace && (opening || error)) return;
    untrack(() => {
      const hash = encodeLink(link);
      const isOther = key !== last.key;
      const isStep = isOther || isDiscrete(last.link, link);
      last = { key, link };
      clearTimeout(pending);
      if (hash === written && !isOther) return;
      // A link that has just been opened is the present step already; files of the disk have none.
      if (hash === written && hash) write(hash, false);
      else if (isStep) write(hash, true);
      else pending = setTimeout(() => write(hash, false), REPLACE_REST_MS);
    });
  });
}

function isDiscrete(a: LinkState, b: LinkState): boolean {
  // The filter's text and a query change with every key: that alone makes no step.
  return (
    a.view !== b.view ||
    a.traceId !== b.traceId ||
    !sameSort(a.sort, b.sort) ||
    !sameFilter({ ...a.filter, text: '' }, { ...b.filter, text: '' }) ||
    chosenOptions(a) !== chosenOptions(b)
  );
}

/** Options that are typed, and not chosen. */
const TYPED = new Set(['sql.q']);

function chosenOptions({ options }: LinkState): string {
  return JSON.stringify(Object.entries(options).filter(([key]) => !TYPED.has(key)));
}
