/**
 * Small things of the interface that outlive a visit: sizes, widths, the theme. Where storage is forbidden, nothing is
 * remembered and nothing fails.
 */

const PREFIX = 'spanlight.';

/** What was stored under the name, if it is of the shape that `accept` tests; otherwise `fallback`. */
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
    // Storage is full or forbidden: the size holds until the page is closed.
  }
}
