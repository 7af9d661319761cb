/** The workspace that a part of the page was mounted for; another workspace mounts it anew. */
import { createContext } from 'svelte';
import type { Workspace } from './workspace.svelte';

export const [getWorkspace, setWorkspace] = createContext<Workspace>();
