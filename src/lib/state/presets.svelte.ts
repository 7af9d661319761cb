/** Named filters, stored in this browser. */
import { NO_FILTER, type Filter } from '$lib/model/filter';
import { remember, remembered } from './remembered';
import { DEFAULT_VIEW_STATE, decodeLink, encodeLink } from './link';

export interface Preset {
  name: string;
  /** The filter as part of a link. */
  link: string;
}

const PRESETS = 'presets';
const MAX_PRESETS = 100;

class Presets {
  #list = $state.raw<readonly Preset[]>(remembered(PRESETS, [], isPresets));

  get list(): readonly Preset[] {
    return this.#list;
  }

  /** Saves a filter under a name, replacing any other of that name. */
  keep(name: string, filter: Filter): void {
    const preset: Preset = { name: name.trim(), link: filterLink(filter) };
    const others = this.#list.filter((other) => other.name !== preset.name);
    this.#set([preset, ...others].slice(0, MAX_PRESETS));
  }

  remove(name: string): void {
    this.#set(this.#list.filter((preset) => preset.name !== name));
  }

  #set(list: readonly Preset[]): void {
    this.#list = list;
    remember(PRESETS, list);
  }
}

export const presets = new Presets();

/** The filter as a link's part: `status_code=…`; '' for none. */
export function filterLink(filter: Filter): string {
  return encodeLink({ ...DEFAULT_VIEW_STATE, address: null, filter });
}

/** A preset's filter; an empty one if it can no longer be read. */
export function filterOf(preset: Preset): Filter {
  const { state, error } = decodeLink(preset.link);
  return error ? NO_FILTER : state.filter;
}

function isPresets(value: unknown): value is Preset[] {
  return (
    Array.isArray(value) &&
    value.every((item) => typeof item?.name === 'string' && typeof item?.link === 'string')
  );
}
