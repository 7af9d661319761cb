/** The session, for the few views that reach beyond their workspace: what is kept, what to open next. */
import { createContext } from 'svelte';
import type { Session } from './session.svelte';

export const [getSession, setSession] = createContext<Session>();
