/** What is chosen in the mapping dialog, as a mapping. */
import { describe, expect, it } from 'vitest';
import type { UnmappedTable } from '$lib/model/mapping';
import {
  columnLabel,
  firstChoices,
  isEnough,
  lacksIds,
  mappingOfChoices,
} from '$lib/shell/mapping/mapping-form';

const TABLE: UnmappedTable = {
  table: 'spans',
  columns: [
    { name: 'name', type: 'text', field: 'name' },
    { name: 'start_time', type: 'integer', field: 'start' },
    { name: 'took', type: 'number', field: null },
  ],
  rows: [
    ['search', null, '5'],
    ['llm', '1784265857670724800', '7'],
  ],
  missing: ['traceId', 'spanId'],
};

describe('the form of a mapping', () => {
  it('begins with what is recognised, and says only what differs', () => {
    const choices = firstChoices(TABLE, null);
    expect(choices.columns).toMatchObject({ name: 'name', start: 'start_time', duration: '' });
    expect([isEnough(choices), lacksIds(choices)]).toEqual([true, true]);
    choices.columns.duration = 'took';
    choices.units.duration = 'ms';
    choices.units.end = 's';
    expect(mappingOfChoices(TABLE, choices)).toEqual({
      table: 'spans',
      columns: { duration: 'took' },
      units: { duration: 'ms' },
      withoutIds: 'one-trace',
    });
  });

  it('names a column that two fields have for both', () => {
    const choices = firstChoices(TABLE, null);
    choices.columns.service = 'name';
    expect(mappingOfChoices(TABLE, choices).columns).toEqual({ name: 'name', service: 'name' });
  });

  it('begins with what was said before, where the table has it', () => {
    const choices = firstChoices(TABLE, {
      columns: { start: null, name: 'gone', duration: 'took' },
      units: { duration: 's' },
      withoutIds: 'trace-per-row',
    });
    expect(choices.columns).toMatchObject({ start: '', name: 'name', duration: 'took' });
    expect(isEnough(choices)).toBe(false);
    expect(mappingOfChoices(TABLE, choices)).toEqual({
      table: 'spans',
      columns: { start: null, duration: 'took' },
      units: { duration: 's' },
      withoutIds: 'trace-per-row',
    });
  });

  it('labels columns with their first value', () => {
    expect(columnLabel(TABLE, 1)).toBe('start_time (1784265857670724800)');
    expect(columnLabel({ ...TABLE, rows: [] }, 1)).toBe('start_time');
  });
});
