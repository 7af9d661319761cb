/**
 * Small pieces of interface state that outlive a visit: sizes, widths, the theme. If storage is blocked, nothing is
 * remembered and nothing fails.
 */

const PREFIX = 'spanlight.';

/** The value stored under the name, if `accept` approves its shape; otherwise `fallback`. */
export function remembered<T>(
  name: string,
  fallback: T,
  accept: (value: unknown) => value is T,
): T {
  try {
    const text = localStorage.getItem(PREFIX + name);
    if (text === null) return fallback;
    const value: unknown = JSON.parse(text);
    return accept(value) ? value : fallback;
  } catch {
    return fallback;
  }
}

export function remember(name: string, value: unknown): void {
  try {
    localStorage.setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // Storage is full or blocked: the value lasts until the page is closed.
  }
}
