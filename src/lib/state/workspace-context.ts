/** The workspace that a part of the page was made for: it is mounted for one, and made anew for another. */
import { createContext } from 'svelte';
import type { Workspace } from './workspace.svelte';

export const [getWorkspace, setWorkspace] = createContext<Workspace>();
