/** The editor: CodeMirror with DuckDB's SQL, in the page's own colours, and the keys of the SQL view. */
import {
  acceptCompletion,
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
  type Completion,
  type CompletionSource,
} from '@codemirror/autocomplete';
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentLess,
  indentMore,
  toggleComment,
} from '@codemirror/commands';
import { sql } from '@codemirror/lang-sql';
import {
  HighlightStyle,
  bracketMatching,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language';
import { setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, Prec, StateField, type Extension, type Range } from '@codemirror/state';
import {
  Decoration,
  EditorView,
  drawSelection,
  dropCursor,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  placeholder,
  type DecorationSet,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import { duckDb } from './dialect';
import { splitStatements, statementAt } from './statements';

export interface EditorHooks {
  /** The accessible description: which key leaves, which one runs. */
  describedBy: string;
  complete: CompletionSource;
  onchange: (text: string) => void;
  oncursor: (at: number) => void;
  onrun: () => void;
  onformat: () => void;
  onsave: () => void;
  /** Esc when the editor has nothing to close; false if there was nothing to do. */
  onescape: () => boolean;
}

/** Everything except the text. */
export function editorExtensions(hooks: EditorHooks): Extension {
  const does = (action: () => void) => () => {
    action();
    return true;
  };
  return [
    Prec.highest(
      keymap.of([
        { key: 'Mod-Enter', run: does(hooks.onrun) },
        { key: 'Mod-s', run: does(hooks.onsave), preventDefault: true },
        { key: 'Shift-Alt-f', run: does(hooks.onformat) },
      ]),
    ),
    lineNumbers(),
    highlightSpecialChars(),
    history(),
    drawSelection(),
    dropCursor(),
    EditorState.allowMultipleSelections.of(true),
    EditorState.tabSize.of(2),
    indentOnInput(),
    bracketMatching(),
    closeBrackets(),
    highlightSelectionMatches({ minSelectionLength: 2 }),
    search({ top: true }),
    // Keywords and the schema are completed by our own source.
    sql({ dialect: duckDb }).language,
    autocompletion({
      override: [hooks.complete],
      icons: false,
      maxRenderedOptions: 80,
      activateOnTypingDelay: 60,
      addToOptions: [{ render: kindMark, position: 10 }],
      optionClass: () => 'completion',
    }),
    keymap.of([
      ...closeBracketsKeymap,
      ...completionKeymap,
      // Tab indents; after Escape it moves the focus, which CodeMirror handles itself.
      { key: 'Tab', run: acceptCompletion },
      { key: 'Tab', run: indentMore, shift: indentLess },
      { key: 'Mod-/', run: toggleComment },
      ...searchKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    Prec.lowest(keymap.of([{ key: 'Escape', run: hooks.onescape }])),
    placeholder('SELECT …'),
    syntaxHighlighting(HIGHLIGHT),
    THEME,
    currentStatement,
    EditorView.contentAttributes.of({
      'aria-label': 'SQL',
      'aria-describedby': hooks.describedBy,
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
    }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) hooks.onchange(update.state.doc.toString());
      if (update.docChanged || update.selectionSet)
        hooks.oncursor(update.state.selection.main.head);
    }),
  ];
}

/** The text to run: the selection, or the statement at the cursor. */
export function chosenText(state: EditorState): { from: number; text: string } | null {
  const { from, to, empty, head } = state.selection.main;
  const text = state.doc.toString();
  if (!empty && text.slice(from, to).trim()) {
    const selected = splitStatements(text.slice(from, to))[0];
    return selected ? { from: from + selected.from, text: selected.text } : null;
  }
  return statementAt(splitStatements(text), head, text);
}

export interface Mistake {
  from: number;
  to: number;
  message: string;
  /** Suggested replacements. */
  fixes: readonly string[];
}

/** Marks an error in the text; null removes the mark. */
export function showMistake(view: EditorView, mistake: Mistake | null): void {
  const { doc } = view.state;
  const diagnostics: Diagnostic[] = [];
  if (mistake && mistake.to <= doc.length) {
    const { from, to, message, fixes } = mistake;
    diagnostics.push({
      from,
      to,
      severity: 'error',
      message,
      actions: fixes.map((fix) => ({
        name: fix,
        apply: (editor, start, end) =>
          editor.dispatch({ changes: { from: start, to: end, insert: fix }, userEvent: 'input' }),
      })),
    });
  }
  view.dispatch(setDiagnostics(view.state, diagnostics));
}

const MARKS: Record<string, [mark: string, name: string]> = {
  column: ['c', 'column'],
  table: ['t', 'table'],
  scalar: ['ƒ', 'function'],
  aggregate: ['Σ', 'aggregate function'],
  macro: ['ƒ', 'macro'],
  keyword: ['', 'keyword'],
  attribute: ['k', 'attribute key'],
  value: ['v', 'value'],
};

function kindMark({ type = '' }: Completion): Node {
  const mark = document.createElement('span');
  const [text, name] = MARKS[type] ?? ['', type];
  mark.className = `kind kind-${type}`;
  mark.textContent = text;
  mark.title = name;
  mark.setAttribute('aria-hidden', 'true');
  return mark;
}

/** If there are several statements, marks the one that would run. */
const currentStatement = StateField.define<DecorationSet>({
  create: markCurrent,
  update: (marks, transaction) =>
    transaction.docChanged || transaction.selection ? markCurrent(transaction.state) : marks,
  provide: (field) => EditorView.decorations.from(field),
});

const CURRENT_LINE = Decoration.line({ class: 'cm-current' });
/** Longer texts are split when run, not at every key press. */
const MARKED_CHARACTERS = 50_000;

function markCurrent(state: EditorState): DecorationSet {
  if (state.doc.length > MARKED_CHARACTERS) return Decoration.none;
  const text = state.doc.toString();
  const statements = splitStatements(text);
  if (statements.length < 2) return Decoration.none;
  const current = statementAt(statements, state.selection.main.head, text)!;
  const marks: Range<Decoration>[] = [];
  const last = state.doc.lineAt(current.to).number;
  for (let line = state.doc.lineAt(current.from).number; line <= last; line++) {
    marks.push(CURRENT_LINE.range(state.doc.line(line).from));
  }
  return Decoration.set(marks);
}

const HIGHLIGHT = HighlightStyle.define([
  { tag: [tags.keyword, tags.operatorKeyword, tags.modifier], color: 'var(--sql-keyword)' },
  { tag: [tags.typeName, tags.standard(tags.name)], color: 'var(--sql-type)' },
  { tag: tags.string, color: 'var(--sql-text)' },
  // A quoted name is a name, not a string.
  { tag: tags.special(tags.string), color: 'var(--text)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--sql-number)' },
  { tag: [tags.comment], color: 'var(--text-faint)', fontStyle: 'italic' },
  { tag: [tags.operator, tags.punctuation, tags.bracket], color: 'var(--text-quiet)' },
]);

const THEME = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', backgroundColor: 'var(--bg)', color: 'var(--text)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.55', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--text)' },
  '.cm-line': { padding: '0 12px 0 6px', borderLeft: '2px solid transparent' },
  '.cm-line.cm-current': { borderLeftColor: 'var(--accent)' },
  '.cm-gutters': {
    border: '0',
    backgroundColor: 'var(--bg)',
    color: 'var(--text-faint)',
    fontSize: '11px',
  },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '36px', padding: '0 8px 0 4px' },
  '.cm-cursor': { borderLeft: '1.5px solid var(--text)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground':
    { background: 'color-mix(in oklab, var(--accent) 22%, transparent)' },
  '.cm-selectionMatch': { backgroundColor: 'color-mix(in oklab, var(--accent) 14%, transparent)' },
  '&.cm-focused .cm-matchingBracket': {
    backgroundColor: 'var(--bg-active)',
    outline: '1px solid var(--line-control)',
  },
  '&.cm-focused .cm-nonmatchingBracket': { backgroundColor: 'var(--error-soft)' },
  '.cm-placeholder': { color: 'var(--text-faint)' },
  '.cm-lintRange-error': {
    backgroundImage: 'none',
    textDecoration: 'underline wavy var(--error) 1.5px',
    textUnderlineOffset: '3px',
    backgroundColor: 'var(--error-soft)',
  },
  '.cm-tooltip': {
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius)',
    backgroundColor: 'var(--bg-raised)',
    color: 'var(--text)',
    boxShadow: 'var(--shadow)',
    overflow: 'hidden',
  },
  '.cm-diagnostic': {
    padding: '6px 10px',
    borderLeft: '0',
    maxWidth: '60ch',
    fontFamily: 'var(--font)',
    fontSize: 'var(--size-small)',
    whiteSpace: 'pre-wrap',
  },
  '.cm-diagnosticAction': {
    marginLeft: '0',
    marginRight: '8px',
    padding: '1px 8px',
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius-small)',
    backgroundColor: 'var(--bg-raised)',
    color: 'var(--text)',
    fontFamily: 'var(--mono)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': {
    fontFamily: 'var(--mono)',
    fontSize: 'var(--size-small)',
    maxHeight: '18em',
    maxWidth: 'min(560px, 90vw)',
  },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': {
    display: 'flex',
    alignItems: 'baseline',
    gap: '8px',
    padding: '2px 8px',
    lineHeight: '1.5',
  },
  '.cm-tooltip-autocomplete ul li[aria-selected]': {
    background: 'var(--bg-selected)',
    color: 'var(--text)',
  },
  '.cm-completionLabel': { overflow: 'hidden', textOverflow: 'ellipsis' },
  '.cm-completionMatchedText': {
    textDecoration: 'none',
    color: 'var(--accent)',
    fontWeight: '600',
  },
  '.cm-completionDetail': {
    marginLeft: 'auto',
    paddingLeft: '16px',
    fontStyle: 'normal',
    fontSize: '11px',
    color: 'var(--text-quiet)',
  },
  '.kind': { flex: 'none', width: '10px', textAlign: 'center', color: 'var(--text-faint)' },
  '.cm-tooltip.cm-completionInfo': {
    maxWidth: '320px',
    padding: '6px 10px',
    fontFamily: 'var(--font)',
    fontSize: 'var(--size-small)',
    color: 'var(--text-quiet)',
  },
  '.cm-panels': {
    backgroundColor: 'var(--bg-sunken)',
    color: 'var(--text)',
    borderColor: 'var(--line)',
  },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panel.cm-search': { padding: '6px 28px 6px 8px', fontSize: 'var(--size-small)' },
  '.cm-panel.cm-search label': { fontSize: 'var(--size-small)' },
  '.cm-textfield': {
    border: '1px solid var(--line-control)',
    borderRadius: 'var(--radius-small)',
    backgroundColor: 'var(--bg-raised)',
    fontSize: 'var(--size-small)',
  },
  '.cm-button': {
    border: '1px solid var(--line-strong)',
    borderRadius: 'var(--radius-small)',
    background: 'var(--bg-raised)',
    fontSize: 'var(--size-small)',
  },
  '.cm-searchMatch': { backgroundColor: 'var(--warn-soft)', outline: '1px solid var(--warn-mark)' },
  '.cm-searchMatch-selected': {
    backgroundColor: 'color-mix(in oklab, var(--warn-mark) 45%, transparent)',
  },
});
