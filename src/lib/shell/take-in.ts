/**
 * What people drop or paste: files, folders, addresses, text. Everything becomes an Origin, or null if it contains nothing
 * to open.
 */
import type { Origin } from '$lib/model/origin';

/** Whether a dragged item could be opened; its content is not known before the drop. */
export function canDrop(data: DataTransfer | null): boolean {
  return data !== null && (data.types.includes('Files') || data.types.includes('text/uri-list'));
}

/** Reads the drop at once (browsers clear it after the event), folders afterwards. */
export async function fromDrop(data: DataTransfer): Promise<Origin | null> {
  const entries = [...data.items].map((item) => item.webkitGetAsEntry());
  const files = [...data.files];
  const address = webAddress(data.getData('text/uri-list').split(/\r?\n/)[0] ?? '');
  if (entries.some((entry) => entry?.isDirectory)) {
    const found: File[] = [];
    for (const entry of entries) if (entry) await collect(entry, found);
    return found.length ? { kind: 'files', files: found } : null;
  }
  if (files.length) return { kind: 'files', files };
  return address ? { kind: 'urls', urls: [address] } : null;
}

/** Files, JSON text or an address from the clipboard. */
export function fromPaste(data: DataTransfer): Origin | null {
  const files = [...data.files];
  if (files.length) return { kind: 'files', files };
  const text = data.getData('text/plain');
  const address = webAddress(text);
  if (address) return { kind: 'urls', urls: [address] };
  return text.trim() ? { kind: 'text', text, name: 'pasted text' } : null;
}

/** The absolute address, if the text is one and nothing else; null otherwise. */
export function webAddress(text: string): string | null {
  const trimmed = text.trim();
  if (!/^https?:\/\/\S+$/i.test(trimmed)) return null;
  try {
    return new URL(trimmed).href;
  } catch {
    return null;
  }
}

async function collect(entry: FileSystemEntry, into: File[]): Promise<void> {
  if (entry.isFile) {
    into.push(
      await new Promise<File>((resolve, reject) =>
        (entry as FileSystemFileEntry).file(resolve, reject),
      ),
    );
  } else {
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader returns its entries in batches; an empty one is the end.
    for (;;) {
      const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
        reader.readEntries(resolve, reject),
      );
      if (!batch.length) return;
      for (const child of batch) if (child.name !== '.DS_Store') await collect(child, into);
    }
  }
}
