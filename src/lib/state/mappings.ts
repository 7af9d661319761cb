/** What people said that columns mean, remembered in this browser for files with the same columns. */
import type { AppErrorShape } from '$lib/model/errors';
import type { Mapping, UnmappedTable } from '$lib/model/mapping';
import { remember, remembered } from './remembered';

interface Known {
  columns: readonly string[];
  mapping: Mapping;
}

const MAPPINGS = 'mappings';
const MAX_MAPPINGS = 100;

export function rememberMapping({ columns }: UnmappedTable, mapping: Mapping): void {
  const names = columns.map(({ name }) => name);
  const others = known().filter((entry) => !isSame(entry.columns, names));
  remember(MAPPINGS, [{ columns: names, mapping }, ...others].slice(0, MAX_MAPPINGS));
}

/** The mapping of the first of these tables that was mapped before, for the table as it is called here. */
export function rememberedMapping(tables: readonly UnmappedTable[]): Mapping | null {
  const all = known();
  for (const { table, columns } of tables) {
    const names = columns.map(({ name }) => name);
    const found = all.find((entry) => isSame(entry.columns, names));
    if (found) return { ...found.mapping, ...(table !== '' && { table }) };
  }
  return null;
}

/** The tables that an error `needs-mapping` tells of; none for another error. */
export function unmappedTables({ code, data }: AppErrorShape): UnmappedTable[] {
  if (code !== 'needs-mapping' || data.tables === undefined) return [];
  return JSON.parse(data.tables) as UnmappedTable[];
}

const known = () => remembered(MAPPINGS, [], isKnown);

function isKnown(value: unknown): value is Known[] {
  return (
    Array.isArray(value) &&
    value.every(
      (entry) =>
        Array.isArray(entry?.columns) &&
        typeof entry.mapping === 'object' &&
        typeof entry.mapping?.columns === 'object',
    )
  );
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
