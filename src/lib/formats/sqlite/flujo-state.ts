/**
 * Flujo's state database, of every generation: a row per span, or the tree of a run as one JSON text; runs, their steps and
 * evaluations. A run is a trace. Runs without spans are made of what their row and their steps say.
 * https://github.com/aandresalvarez/flujo (flujo/state/backends/sqlite_core.py)
 */
import { FlujoTrees, flujoSpan } from '$lib/formats/flujo/flujo-tree';
import type { SpanSink } from '$lib/formats/contract';
import { MILLISECONDS, SECONDS, durationOf, timeOf } from '$lib/formats/member-times';
import { Members } from '$lib/formats/members';
import { blankSpan } from '$lib/formats/span-parts';
import { JsonError, JsonReader } from '$lib/json/reader';
import { INVALID_NS, type Attributes, type Span, type SpanEvent } from '$lib/model/span';
import { quoted, type Database, type Row } from './database';
import { textOfCell } from './row-text';
import type { Store } from './store';

export const FLUJO: Store = {
  has: (database) =>
    database.has('spans', 'run_id', 'span_id', 'parent_span_id', 'start_time') ||
    blobColumn(database) !== null ||
    database.has('runs', 'run_id', 'pipeline_name', 'created_at') ||
    database.has('workflow_state', 'run_id', 'pipeline_name', 'created_at'),
  async read(database, sink) {
    await new StateReader(database, sink).read();
  },
};

/** Seconds below this are counted by a clock that does not know the date; it is in 2001. */
const FIRST_EPOCH_SECONDS = 1e9;
const ENDED = /^(?:completed|failed|error|cancelled|aborted)$/;

function blobColumn(database: Database): 'trace_json' | 'trace_data' | null {
  if (database.has('traces', 'run_id', 'trace_json')) return 'trace_json';
  return database.has('traces', 'run_id', 'trace_data') ? 'trace_data' : null;
}

/** What is known of a run beside its spans. */
interface Run {
  row: Row;
  evaluations: SpanEvent[];
  /** The steps as JSON texts. */
  steps: string[];
  /** When the run, or the first of its spans, was written down. */
  createdNs: bigint | null;
  /** The first reading of the clock that does not know the date. */
  firstNs: bigint | null;
  hasSpans: boolean;
}

class StateReader {
  private readonly runs = new Map<string, Run>();
  private readonly trees: FlujoTrees;
  private readonly json = new JsonReader();

  constructor(
    private readonly database: Database,
    private readonly sink: SpanSink,
  ) {
    this.trees = new FlujoTrees(sink);
  }

  async read(): Promise<void> {
    await this.readRuns('runs');
    await this.readRuns('workflow_state');
    await this.readSteps();
    await this.readEvaluations();
    await this.readTrees();
    await this.readSpans();
    for (const [id, run] of this.runs) if (!run.hasSpans) this.makeTrace(id, run);
  }

  private run(id: string): Run {
    let run = this.runs.get(id);
    if (!run) {
      run = {
        row: {},
        evaluations: [],
        steps: [],
        createdNs: null,
        firstNs: null,
        hasSpans: false,
      };
      this.runs.set(id, run);
    }
    return run;
  }

  private async readRuns(table: 'runs' | 'workflow_state'): Promise<void> {
    if (!this.database.has(table, 'run_id')) return;
    for await (const row of this.database.rows(table, `SELECT * FROM ${table}`)) {
      const run = this.run(textOfCell(row.run_id) ?? '');
      // What is the same in both is known from the first.
      run.row = { ...row, ...run.row };
      run.createdNs ??= this.time(row.created_at);
    }
  }

  /** Everything but what is null, as JSON. */
  private async readSteps(): Promise<void> {
    if (!this.database.has('steps', 'run_id', 'step_name')) return;
    const order = this.database.has('steps', 'step_index') ? 'step_index' : 'rowid';
    for await (const row of this.database.rows('steps', `SELECT * FROM steps ORDER BY ${order}`)) {
      const run = this.run(textOfCell(row.run_id) ?? '');
      const members = Object.entries(row).flatMap(([name, cell]) => {
        if (cell === null || name === 'run_id' || name === 'id') return [];
        const value = typeof cell === 'number' ? String(cell) : JSON.stringify(textOfCell(cell));
        return [`${JSON.stringify(name)}:${value}`];
      });
      run.steps.push(`{${members.join(',')}}`);
    }
  }

  private async readEvaluations(): Promise<void> {
    if (!this.database.has('evaluations', 'run_id', 'score')) return;
    for await (const row of this.database.rows('evaluations', 'SELECT * FROM evaluations')) {
      const attributes: Attributes = [];
      for (const [name, cell] of Object.entries(row)) {
        if (cell === null || ['id', 'run_id', 'created_at'].includes(name)) continue;
        attributes.push(`flujo.evaluation.${name}`, textOfCell(cell) ?? '');
      }
      const timeNs = this.time(row.created_at);
      this.run(textOfCell(row.run_id) ?? '').evaluations.push({
        name: 'evaluation',
        timeNs: timeNs === INVALID_NS ? null : timeNs,
        attributes,
      });
    }
  }

  private async readTrees(): Promise<void> {
    const column = blobColumn(this.database);
    if (column === null) return;
    const createdAt = this.database.optional('traces', 'created_at', 't');
    const sql = `SELECT t.run_id AS run_id, t.${column} AS tree, ${createdAt} AS created_at FROM traces AS t`;
    for await (const row of this.database.rows('traces', sql)) {
      const id = textOfCell(row.run_id) ?? '';
      const run = this.run(id);
      const spans = this.parseTree(textOfCell(row.tree) ?? '', id);
      if (spans.length === 0) continue;
      run.hasSpans = true;
      run.createdNs ??= this.time(row.created_at);
      const readings = spans.map(({ startNs }) => startNs).filter((ns) => ns !== null);
      run.firstNs = readings.filter(isUndated).reduce<bigint | null>(least, null);
      for (const span of spans) {
        span.traceId = id;
        this.finish(span, run);
      }
    }
  }

  /** The tree by itself, in a list, or as a member of what surrounds it. */
  private parseTree(text: string, id: string): Span[] {
    const { json } = this;
    const spans: Span[] = [];
    try {
      const whole = Members.parse(text);
      const inner = whole && !whole.has('name') ? whole.take('trace_tree', 'trace', 'root') : null;
      json.reset(inner ?? text);
      if (json.peek() === 'array') {
        json.beginArray();
        while (json.nextElement()) spans.push(...this.trees.read(json, id));
      } else spans.push(...this.trees.read(json, id));
      if (!json.atEnd()) throw json.error('text after the value');
      return spans;
    } catch (error) {
      if (!(error instanceof JsonError)) throw error;
      this.sink.warn('broken-record', `the trace of run ${id}: ${error.message}`);
      return [];
    }
  }

  private async readSpans(): Promise<void> {
    const { database } = this;
    if (!database.has('spans', 'run_id', 'span_id', 'start_time')) return;
    const createdAt = database.optional('spans', 'created_at', 's');
    const clocks = `SELECT s.run_id AS run_id, min(s.start_time) AS first, min(${createdAt}) AS created_at
      FROM spans AS s WHERE typeof(s.start_time) <> 'text' AND s.start_time < ${FIRST_EPOCH_SECONDS} GROUP BY s.run_id`;
    const fromTrees = new Set<string>();
    for (const [id, { hasSpans }] of this.runs) if (hasSpans) fromTrees.add(id);
    for await (const row of database.rows('spans', clocks)) {
      const id = textOfCell(row.run_id) ?? '';
      if (fromTrees.has(id)) continue;
      const run = this.run(id);
      run.firstNs = this.time(row.first);
      run.createdNs ??= this.time(row.created_at);
    }
    const known = ['run_id', 'span_id', 'parent_span_id', 'name', 'start_time', 'end_time'].concat([
      'status',
      'attributes',
      'created_at',
      'id',
    ]);
    const others = (database.tables.find(({ name }) => name === 'spans')?.columns ?? [])
      .map(({ name }) => name)
      .filter((name) => !known.includes(name));
    const list = known
      .slice(0, 8)
      .map((name) => `${database.optional('spans', name, 's')} AS ${name}`);
    const sql = `SELECT ${[...list, ...others.map((name) => `s.${quoted(name)}`)].join(', ')} FROM spans AS s`;
    for await (const row of database.rows('spans', sql)) {
      const id = textOfCell(row.run_id) ?? '';
      // The tree says the same, and has the events.
      if (fromTrees.has(id)) continue;
      const run = this.run(id);
      run.hasSpans = true;
      this.finish(this.spanOf(row, id, others), run);
    }
  }

  private spanOf(row: Row, id: string, others: readonly string[]): Span {
    const span = blankSpan();
    span.traceId = id;
    span.spanId = textOfCell(row.span_id) ?? '';
    span.parentId = textOfCell(row.parent_span_id) || null;
    span.name = textOfCell(row.name) ?? '';
    span.startNs = this.time(row.start_time);
    span.endNs = this.time(row.end_time);
    const text = textOfCell(row.attributes) ?? '';
    const own = Members.parse(text);
    if (!own && text.trim() !== '' && text.trim() !== 'null') {
      this.sink.warn('broken-record', `the attributes of span ${span.spanId}`);
    }
    const attributes: Attributes = [];
    for (const name of others) {
      const cell = textOfCell(row[name]);
      if (cell) attributes.push(`flujo.${name}`, cell);
    }
    flujoSpan(span, textOfCell(row.status) ?? '', own, this.trees.resources, attributes);
    return span;
  }

  /** With what its run says: the date, and for the root the rest. */
  private finish(span: Span, run: Run): void {
    if (run.firstNs !== null && run.createdNs !== null && run.createdNs !== INVALID_NS) {
      const shift = run.createdNs - run.firstNs;
      if (span.startNs !== null && isUndated(span.startNs)) {
        span.startNs += shift;
        this.sink.warn('undated-clock', `run ${span.traceId}`);
      }
      if (span.endNs !== null && span.endNs !== INVALID_NS && isUndated(span.endNs)) {
        span.endNs += shift;
      }
    }
    if (span.parentId === null) this.describeRoot(span, run);
    this.sink.span(span);
  }

  private describeRoot(span: Span, run: Run): void {
    const attributes: Attributes = [...span.attributes];
    const add = (key: string, text: string | null) => {
      if (text && !attributes.some((known, i) => i % 2 === 0 && known === key)) {
        attributes.push(key, text);
      }
    };
    add('flujo.run_id', span.traceId);
    for (const [column, cell] of Object.entries(run.row)) {
      if (!['run_id', 'created_at', 'updated_at', 'end_time'].includes(column)) {
        add(RUN_KEYS[column] ?? `flujo.run.${column}`, textOfCell(cell));
      }
    }
    if (run.steps.length > 0 && run.hasSpans) add('flujo.steps', `[${run.steps.join(',')}]`);
    span.attributes = attributes;
    const failure = textOfCell(run.row.error_message);
    if (failure && span.status === 'ERROR') span.statusDescription ??= failure;
    if (run.evaluations.length > 0) {
      span.events = [...span.events, ...run.evaluations];
      // Of the first root only.
      run.evaluations = [];
    }
    run.steps = run.hasSpans ? [] : run.steps;
  }

  /** A run of which no span was kept. */
  private makeTrace(id: string, run: Run): void {
    this.sink.warn('bare-trace', `run ${id}`);
    const { row } = run;
    const root = blankSpan();
    root.traceId = id;
    root.spanId = `${id}:0`;
    root.name = 'pipeline_run';
    root.startNs = run.createdNs;
    const status = textOfCell(row.status) ?? '';
    root.endNs = this.time(row.end_time);
    const lengthNs = durationOf(textOfCell(row.execution_time_ms), MILLISECONDS);
    if (root.endNs === null && lengthNs !== null && lengthNs !== INVALID_NS && ENDED.test(status)) {
      if (root.startNs !== null && root.startNs !== INVALID_NS)
        root.endNs = root.startNs + lengthNs;
    }
    // The last that was written of a run that is over.
    if (root.endNs === null && ENDED.test(status)) root.endNs = this.time(row.updated_at);
    flujoSpan(root, status, null, this.trees.resources, []);
    this.describeRoot(root, run);
    this.sink.span(root);
    run.steps.forEach((text, i) => {
      const members = Members.parse(text);
      if (members) this.sink.span(this.stepOf(members, root, i + 1));
    });
  }

  /** A step is written down when it is over. */
  private stepOf(members: Members, root: Span, no: number): Span {
    const span = blankSpan();
    span.traceId = root.traceId;
    span.spanId = `${root.traceId}:${no}`;
    span.parentId = root.spanId;
    span.name = members.take('step_name') ?? '';
    span.endNs = this.time(members.take('created_at'));
    const lengthNs = durationOf(members.take('execution_time_ms'), MILLISECONDS);
    const isKnown = lengthNs !== null && lengthNs !== INVALID_NS;
    if (isKnown && span.endNs !== null && span.endNs !== INVALID_NS) {
      span.startNs = span.endNs - lengthNs;
    }
    const attributes: Attributes = [];
    const put = (key: string, text: string | null) => text && attributes.push(key, text);
    put('flujo.step.index', members.take('step_index'));
    put('flujo.budget.actual_cost_usd', members.take('cost_usd'));
    put('flujo.budget.actual_tokens', members.take('token_counts'));
    const status = members.take('status') ?? '';
    members.restTo(attributes, 'flujo.step.');
    flujoSpan(span, status, null, this.trees.resources, attributes);
    return span;
  }

  private time(cell: Row[string] | undefined): bigint | null {
    return timeOf(textOfCell(cell), SECONDS, this.sink);
  }
}

const RUN_KEYS: Record<string, string> = {
  pipeline_id: 'flujo.pipeline.id',
  pipeline_name: 'flujo.pipeline.name',
  pipeline_version: 'flujo.pipeline.version',
};

const FIRST_EPOCH_NS = BigInt(FIRST_EPOCH_SECONDS) * 1_000_000_000n;
const isUndated = (ns: bigint): boolean => ns !== INVALID_NS && ns < FIRST_EPOCH_NS;
const least = (a: bigint | null, b: bigint): bigint => (a === null || b < a ? b : a);
