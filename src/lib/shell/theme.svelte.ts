/** Light, dark, or the system's theme; stored. `/theme.js` does the same before the first paint. */
import { THEME_CHOICES, preferences, type ThemeChoice } from '$lib/state/preferences.svelte';

export class Theme {
  #systemIsDark = $state(false);
  readonly shown = $derived(
    this.choice === 'system' ? (this.#systemIsDark ? 'dark' : 'light') : this.choice,
  );

  get choice(): ThemeChoice {
    return preferences.theme;
  }

  /** Create while a component initialises. */
  constructor() {
    const system = matchMedia('(prefers-color-scheme: dark)');
    this.#systemIsDark = system.matches;
    $effect(() => {
      const follow = () => (this.#systemIsDark = system.matches);
      system.addEventListener('change', follow);
      return () => system.removeEventListener('change', follow);
    });
    $effect(() => {
      const { dataset } = document.documentElement;
      dataset.theme = this.shown;
      dataset.colours = preferences.colours;
    });
  }

  /** Cycles through system, light, dark. */
  next(): void {
    const at = THEME_CHOICES.indexOf(this.choice);
    preferences.theme = THEME_CHOICES[(at + 1) % THEME_CHOICES.length];
  }
}
