/** What one can filter by, for the editor's first step. */
import {
  PROMOTED_FIELDS,
  type AttributeTerm,
  type FieldTerm,
  type Filter,
  type FilterField,
  type FilterTerm,
} from '$lib/model/filter';
import type { ValueSubject } from './offers-query';

/** The editor's step: choosing a subject, or editing a term. */
export type EditorStep =
  | { kind: 'pick' }
  | { kind: 'values'; subject: ValueSubject; index: number | null }
  | { kind: 'duration'; index: number | null }
  | { kind: 'root'; index: number | null }
  | { kind: 'time' };

/** The step that edits a term of the filter. */
export function stepOf(term: FilterTerm, index: number): EditorStep {
  switch (term.type) {
    case 'duration':
    case 'root':
      return { kind: term.type, index };
    case 'field':
      return { kind: 'values', subject: { type: 'field', field: term.field }, index };
    case 'attribute': {
      const { source, key } = term;
      return { kind: 'values', subject: { type: 'attribute', source, key }, index };
    }
  }
}

/** The step that picks values of a subject, starting from an existing term about it, if any. */
export function valuesStep(filter: Filter, subject: ValueSubject): EditorStep {
  const index = filter.terms.findIndex((term) =>
    subject.type === 'field'
      ? term.type === 'field' && term.field === subject.field && !term.exclude
      : term.type === 'attribute' &&
        term.source === subject.source &&
        term.key === subject.key &&
        term.test === 'equals' &&
        !term.exclude,
  );
  return { kind: 'values', subject, index: index < 0 ? null : index };
}

/** The step for a kind of term that occurs at most once. */
export function onlyStep(filter: Filter, kind: 'duration' | 'root'): EditorStep {
  const index = filter.terms.findIndex(({ type }) => type === kind);
  return { kind, index: index < 0 ? null : index };
}

/** Columns that not every dataset fills are offered only if filled. */
export const ALWAYS: readonly FilterField[] = [
  'service',
  'operation',
  'name',
  'kind',
  'status_code',
];
export const WHERE_FILLED: readonly FilterField[] = [...PROMOTED_FIELDS, 'scope'];

/** The operator of a term, as the editor offers it. */
export interface Operator {
  id: string;
  label: string;
  test: AttributeTerm['test'];
  exclude: boolean;
}

const operator = (label: string, test: Operator['test'], exclude: boolean): Operator => ({
  id: `${test}${exclude ? '!' : ''}`,
  label,
  test,
  exclude,
});

export const FIELD_OPERATORS: readonly Operator[] = [
  operator('is', 'equals', false),
  operator('is not', 'equals', true),
];

export const ATTRIBUTE_OPERATORS: readonly Operator[] = [
  ...FIELD_OPERATORS,
  operator('contains', 'contains', false),
  operator('does not contain', 'contains', true),
  operator('is set', 'exists', false),
  operator('is not set', 'exists', true),
];

export function operatorsOf(subject: ValueSubject): readonly Operator[] {
  return subject.type === 'field' ? FIELD_OPERATORS : ATTRIBUTE_OPERATORS;
}

/** The term for a subject, an operator and values; null without values to match. */
export function termOf(
  subject: ValueSubject,
  { test, exclude }: Operator,
  values: readonly string[],
): FieldTerm | AttributeTerm | null {
  if (subject.type === 'field') {
    return values.length ? { type: 'field', field: subject.field, values, exclude } : null;
  }
  const { source, key } = subject;
  if (test === 'exists') return { type: 'attribute', source, key, test, values: [], exclude };
  return values.length ? { type: 'attribute', source, key, test, values, exclude } : null;
}
