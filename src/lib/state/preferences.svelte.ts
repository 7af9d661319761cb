/**
 * The visitor's display preferences, stored in this browser. Plain functions in `model` format figures and read
 * `display`. Only the Configuration view changes it, and other views are rebuilt when they are shown; whatever stays on
 * screen beside it is keyed by `revision`.
 */
import { display, type Display } from '$lib/model/display';
import { remember, remembered } from './remembered';

export const THEME_CHOICES = ['system', 'light', 'dark'] as const;
export type ThemeChoice = (typeof THEME_CHOICES)[number];

export const COLOUR_CHOICES = ['standard', 'calm', 'vivid'] as const;
/** How saturated the hues of names are. */
export type ColourChoice = (typeof COLOUR_CHOICES)[number];

const DISPLAY = 'display';

class Preferences {
  #theme = $state<ThemeChoice>(remembered('theme', 'system', isOneOf(THEME_CHOICES)));
  #colours = $state<ColourChoice>(remembered('colours', 'standard', isOneOf(COLOUR_CHOICES)));
  #guardsFormulas = $state(remembered<boolean>('guardsFormulas', true, isBoolean));
  #display = $state.raw<Readonly<Display>>({ ...display });
  /** Counts changes of `display`. */
  revision = $state(0);

  constructor() {
    const kept = remembered<Partial<Display>>(DISPLAY, {}, isRecord);
    const next = { ...display };
    if (typeof kept.timeZone === 'string' && isTimeZone(kept.timeZone))
      next.timeZone = kept.timeZone;
    if (kept.clock === '12' || kept.clock === '24') next.clock = kept.clock;
    if (kept.durations === 'auto' || kept.durations === 'ms') next.durations = kept.durations;
    if (kept.rowPx === 24 || kept.rowPx === 28) next.rowPx = kept.rowPx;
    this.#display = Object.freeze({ ...Object.assign(display, next) });
  }

  get theme(): ThemeChoice {
    return this.#theme;
  }
  set theme(choice: ThemeChoice) {
    this.#theme = choice;
    remember('theme', choice);
  }

  get colours(): ColourChoice {
    return this.#colours;
  }
  set colours(choice: ColourChoice) {
    this.#colours = choice;
    remember('colours', choice);
  }

  /** Whether CSV texts that a spreadsheet would run as a formula get an apostrophe in front. */
  get guardsFormulas(): boolean {
    return this.#guardsFormulas;
  }
  set guardsFormulas(on: boolean) {
    this.#guardsFormulas = on;
    remember('guardsFormulas', on);
  }

  get display(): Readonly<Display> {
    return this.#display;
  }

  /** Whatever is keyed by `revision` redraws the figures already on screen. */
  setDisplay(change: Partial<Display>): void {
    Object.assign(display, change);
    this.#display = Object.freeze({ ...display });
    remember(DISPLAY, this.#display);
    this.revision++;
  }
}

export const preferences = new Preferences();

/** Whether the browser knows the zone; '' is the visitor's own. */
export function isTimeZone(name: string): boolean {
  if (name === '') return true;
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

function isBoolean(value: unknown): value is boolean {
  return typeof value === 'boolean';
}

function isOneOf<T extends string>(choices: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => (choices as readonly unknown[]).includes(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
