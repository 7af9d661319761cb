/**
 * Datasets kept in the browser's private file system: a `.duckdb` file each, with a small file of facts next to it. This is a
 * cache: browsers may clear it.
 */
import type { LibraryEntry } from '$lib/model/dataset';
import type { Handle } from '$lib/bytes/handles/handle';

const FOLDER = 'spanlight';
const FACTS = '.json';
const DATA = '.duckdb';

/** Null if the browser has no private file system, or denies it to this page. */
async function folder(): Promise<FileSystemDirectoryHandle | null> {
  try {
    const root = await navigator.storage.getDirectory();
    return await root.getDirectoryHandle(FOLDER, { create: true });
  } catch {
    return null;
  }
}

/** An empty file for a dataset that will be kept; null if there is no place for one. */
export async function createEntryFile(id: string): Promise<Handle | null> {
  const dir = await folder();
  if (!dir) return null;
  try {
    const file = await dir.getFileHandle(id + DATA, { create: true });
    if (!('createSyncAccessHandle' in file)) {
      await dir.removeEntry(id + DATA);
      return null;
    }
    return await file.createSyncAccessHandle();
  } catch {
    return null;
  }
}

/** Adds the dataset to the library, replacing an earlier one with the same name and content. */
export async function keepEntry(entry: LibraryEntry): Promise<void> {
  const dir = await folder();
  if (!dir) return;
  for (const other of await readEntries(dir)) {
    const same = (['name', 'format', 'spans', 'traces'] as const).every(
      (fact) => other[fact] === entry[fact],
    );
    if (same && other.id !== entry.id) await removeEntry(other.id);
  }
  await writeText(dir, entry.id + FACTS, JSON.stringify(entry));
}

/** Newest first. Deletes files without facts, which are left over from imports that never ended. @param busy ids of imports in progress */
export async function listEntries(busy: ReadonlySet<string>): Promise<LibraryEntry[]> {
  const dir = await folder();
  if (!dir) return [];
  const entries = await readEntries(dir);
  const known = new Set(entries.map(({ id }) => id));
  for await (const name of dir.keys()) {
    const id = name.endsWith(DATA) ? name.slice(0, -DATA.length) : null;
    if (id && !known.has(id) && !busy.has(id)) await removeEntry(id);
  }
  return entries.sort((a, b) => b.savedAt - a.savedAt);
}

/** The bytes of an entry, read in place; null if it is gone. */
export async function entryFile(id: string): Promise<{ entry: LibraryEntry; file: File } | null> {
  const dir = await folder();
  if (!dir) return null;
  const entry = (await readEntries(dir)).find((known) => known.id === id);
  if (!entry) return null;
  try {
    return { entry, file: await (await dir.getFileHandle(id + DATA)).getFile() };
  } catch {
    return null;
  }
}

/** Removes an entry. If another tab is still reading its file, only the facts go now, and the file once it is released. */
export async function removeEntry(id: string): Promise<void> {
  const dir = await folder();
  if (!dir) return;
  for (const name of [id + FACTS, id + DATA]) {
    try {
      await dir.removeEntry(name);
    } catch {
      // Already gone, or in use.
    }
  }
}

async function readEntries(dir: FileSystemDirectoryHandle): Promise<LibraryEntry[]> {
  const entries: LibraryEntry[] = [];
  for await (const [name, handle] of dir.entries()) {
    if (handle.kind !== 'file' || !name.endsWith(FACTS)) continue;
    try {
      const entry = JSON.parse(await (await (handle as FileSystemFileHandle).getFile()).text());
      if (typeof entry.id === 'string') entries.push(entry);
    } catch {
      // Unreadable facts count as missing; the data are deleted as left over.
    }
  }
  return entries;
}

/** Uses a sync access handle, because not every browser lets workers write in other ways. */
async function writeText(
  dir: FileSystemDirectoryHandle,
  name: string,
  text: string,
): Promise<void> {
  const file = await dir.getFileHandle(name, { create: true });
  const handle = await file.createSyncAccessHandle();
  try {
    const bytes = new TextEncoder().encode(text);
    handle.truncate(0);
    handle.write(bytes, { at: 0 });
    handle.flush();
  } finally {
    handle.close();
  }
}
