/** Light, dark, or as the system says; remembered. `/theme.js` does the same before the first paint. */
import { remember, remembered } from '$lib/state/remembered';

export const THEME_CHOICES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

const isChoice = (value: unknown): value is ThemeChoice =>
  THEME_CHOICES.includes(value as ThemeChoice);

export class Theme {
  choice = $state<ThemeChoice>(remembered('theme', 'system', isChoice));
  #systemIsDark = $state(false);
  readonly shown = $derived(
    this.choice === 'system' ? (this.#systemIsDark ? 'dark' : 'light') : this.choice,
  );

  /** Must be made while a component is set up. */
  constructor() {
    const system = matchMedia('(prefers-color-scheme: dark)');
    this.#systemIsDark = system.matches;
    $effect(() => {
      const follow = () => (this.#systemIsDark = system.matches);
      system.addEventListener('change', follow);
      return () => system.removeEventListener('change', follow);
    });
    $effect(() => {
      document.documentElement.dataset.theme = this.shown;
    });
  }

  /** System, light, dark, and round again. */
  next(): void {
    const at = THEME_CHOICES.indexOf(this.choice);
    this.choice = THEME_CHOICES[(at + 1) % THEME_CHOICES.length];
    remember('theme', this.choice);
  }
}
