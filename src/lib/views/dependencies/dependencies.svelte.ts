/** State of the Dependencies view: its settings, kept in the link, its queries, and the resulting graph. */
import { sql, type Sql } from '$lib/engine/engine';
import { LiveQuery } from '$lib/state/live-query.svelte';
import { SLO_OPTION, parseSlos, type Slos } from '$lib/state/thresholds';
import type { Workspace } from '$lib/state/workspace.svelte';
import { findCycles, type Cycle } from '$lib/views/dependencies/graph/cycles';
import {
  byId,
  edgeWords,
  foldSmall,
  graphOf,
  tripIds,
  type Graph,
  type GraphEdge,
  type GraphNode,
  type SizeBy,
} from '$lib/views/dependencies/graph/dependency-graph';
import { EDGE_LIMIT, edgesQuery, nodesQuery, type Level, type Question } from './dependency-query';

/** How many nodes a graph may have before the smallest are folded; one can choose more. */
export const NODE_STEPS = [20, 40, 80, 120, 200, 300] as const;
const USUAL_NODES = 80;
/** If the usual number of nodes have more edges than this, fewer are drawn until one chooses more. */
const USUAL_EDGES = 130;

const NO_GRAPH: Graph = { nodes: [], edges: [] };

type Queries = Record<'edges' | 'nodes' | 'links' | 'peers', Sql | null>;

export class DependencyView {
  readonly #workspace: Workspace;
  readonly #asked: Record<keyof Queries, LiveQuery>;

  /** Create while a component initialises; ends with it. */
  constructor(workspace: Workspace) {
    this.#workspace = workspace;
    const ask = (name: keyof Queries) =>
      new LiveQuery(workspace, () => {
        const query = this.#queries[name];
        return query && { query, options: { limit: EDGE_LIMIT } };
      });
    this.#asked = {
      edges: ask('edges'),
      nodes: ask('nodes'),
      links: ask('links'),
      peers: ask('peers'),
    };
  }

  readonly level: Level = $derived.by(() => {
    const level = this.#workspace.option('dependencies.level');
    return level === 'operations' || level === 'flow' ? level : 'services';
  });

  readonly layout: 'graph' | 'table' = $derived.by(() =>
    this.#workspace.option('dependencies.layout') === 'table' ? 'table' : 'graph',
  );

  /** Hand-overs have no duration, so the data flow is sized by their number. */
  readonly sizeBy: SizeBy = $derived.by(() =>
    this.level === 'flow' || this.#workspace.option('dependencies.size') === 'calls'
      ? 'calls'
      : 'time',
  );

  /** Operations mostly call others of their own service; so those calls are shown by default, but not a service's calls to itself. */
  readonly inside: boolean = $derived.by(
    () =>
      this.#workspace.option('dependencies.inside', this.level === 'operations' ? 'yes' : 'no') ===
      'yes',
  );

  readonly hasPeers: boolean = $derived.by(
    () => this.#workspace.option('dependencies.peers') !== 'no',
  );

  /** The selected trace; null for all. */
  readonly traceId: string | null = $derived.by(() =>
    this.#workspace.option('dependencies.scope') === 'trace' ? this.#workspace.traceId : null,
  );

  /** As chosen; otherwise as many as stay readable with the edges between them. */
  readonly maxNodes: number = $derived.by(() => {
    const wanted = Number(this.#workspace.option('dependencies.nodes'));
    const chosen = NODE_STEPS.find((step) => step === wanted);
    if (chosen) return chosen;
    const fits = (step: number) => this.#folded(step).edges.length <= USUAL_EDGES;
    return NODE_STEPS.findLast((step) => step <= USUAL_NODES && fits(step)) ?? NODE_STEPS[0];
  });

  readonly slos: Slos = $derived.by(() => parseSlos(this.#workspace.option(SLO_OPTION)));

  /** The conditions on what is counted. */
  readonly where: Sql = $derived.by(() => {
    const { where, isFiltered } = this.#workspace;
    if (this.traceId === null) return where;
    const own = sql`trace_id = ${this.traceId}`;
    return isFiltered ? sql`${own} AND ${where}` : own;
  });

  readonly question: Question = $derived.by(() => ({
    level: this.level,
    where: this.where,
    inside: this.inside,
  }));

  readonly #queries: Queries = $derived.by(() => {
    const { question, hasPeers } = this;
    const isFlow = question.level === 'flow';
    return {
      edges: edgesQuery(isFlow ? 'flow' : 'call', question),
      nodes: nodesQuery(question),
      links: isFlow ? null : edgesQuery('link', question),
      peers: isFlow || !hasPeers ? null : edgesQuery('peer', question),
    };
  });

  /**
   * The whole graph; null before the first. Results of different requests do not fit together, so the old graph stays until
   * all belong to the current one. Peers take longest, and are added later if they are slow.
   */
  readonly graph: Graph | null = $derived.by(() => {
    const { edges, nodes, links, peers } = this.#asked;
    const hasPeers = this.#isAnswered('peers');
    const isSettled =
      this.#isAnswered('edges') &&
      this.#isAnswered('nodes') &&
      this.#isAnswered('links') &&
      (hasPeers || peers.loading);
    if (isSettled && edges.result) {
      this.#settled = graphOf({
        edges: edges.result,
        nodes: nodes.result,
        links: links.result,
        peers: hasPeers ? peers.result : null,
      });
    }
    return this.#settled;
  });
  /** The last complete graph. */
  #settled: Graph | null = null;

  /** Whether the result belongs to the current query; also true without a query. */
  #isAnswered(name: keyof Queries): boolean {
    const { answered } = this.#asked[name];
    return String(answered?.query ?? null) === String(this.#queries[name]);
  }

  /** Cycles of calls and messages, or of values; not of links, which do not say who called whom. */
  readonly cycles: Cycle[] = $derived.by(() =>
    findCycles(
      (this.graph?.edges ?? [])
        .filter(({ kind }) => kind !== 'link' && kind !== 'peer')
        .map(({ from, to, calls }) => ({ from, to, weight: calls })),
    ),
  );

  /** What is drawn; nodes of cycles are not folded. */
  readonly shown: Graph | null = $derived.by(() => this.graph && this.#folded(this.maxNodes));

  #folded(max: number): Graph {
    const keep = this.cycles.flatMap(({ path }) => path);
    return foldSmall(this.graph ?? NO_GRAPH, max, this.sizeBy, keep);
  }

  readonly nodesById: ReadonlyMap<string, GraphNode> = $derived.by(() =>
    byId(this.graph?.nodes ?? [], this.shown?.nodes ?? []),
  );

  readonly edgesById: ReadonlyMap<string, GraphEdge> = $derived.by(() =>
    byId(this.graph?.edges ?? [], this.shown?.edges ?? []),
  );

  /** Id of the selected node or edge; also null if it is not in this graph. */
  readonly selected: string | null = $derived.by(() => {
    const id = this.#workspace.option('dependencies.at');
    return this.nodesById.has(id) || this.edgesById.has(id) ? id : null;
  });

  readonly selectedNode: GraphNode | null = $derived.by(
    () => this.nodesById.get(this.selected ?? '') ?? null,
  );

  readonly selectedEdge: GraphEdge | null = $derived.by(
    () => this.edgesById.get(this.selected ?? '') ?? null,
  );

  /** The selected cycle. */
  readonly cycle: Cycle | null = $derived.by(() => {
    const wanted = this.#workspace.option('dependencies.cycle');
    return this.cycles.find(({ path }) => JSON.stringify(path) === wanted) ?? null;
  });

  /** Ids of the nodes and edges of that cycle. */
  readonly standout: ReadonlySet<string> | null = $derived.by(() => {
    const { cycle, graph } = this;
    return cycle && graph && tripIds(graph, cycle.path);
  });

  readonly loading: boolean = $derived.by(() => this.#all.some(({ loading }) => loading));
  readonly error: Error | null = $derived.by(
    () => this.#all.find(({ error }) => error)?.error ?? null,
  );

  /** True if a query has more edges than were read. */
  readonly isCut: boolean = $derived.by(() => this.#all.some(({ result }) => result?.truncated));

  get #all(): LiveQuery[] {
    return Object.values(this.#asked);
  }

  words(edge: GraphEdge): string {
    return edgeWords(edge, this.nodesById);
  }

  retry(): void {
    for (const query of this.#all) if (query.error) query.retry();
  }

  /** Selects a node or an edge, instead of a cycle. */
  select(id: string | null): void {
    this.choose('at', id);
    this.choose('cycle', null);
  }

  selectCycle(cycle: Cycle | null): void {
    this.choose('at', null);
    this.choose('cycle', cycle && JSON.stringify(cycle.path));
  }

  /** Selects one trace; null goes back to all. */
  setTrace(traceId: string | null): void {
    if (traceId !== null && traceId !== this.#workspace.traceId) {
      this.#workspace.traceId = traceId;
      this.#workspace.spanId = null;
    }
    this.choose('scope', traceId === null ? null : 'trace');
  }

  /** A setting of this view; the link omits defaults. */
  choose(name: string, value: string | null): void {
    this.#workspace.setOption(`dependencies.${name}`, value);
  }

  setLevel(level: Level): void {
    this.select(null);
    // The default for internal calls depends on the level.
    this.choose('inside', null);
    this.choose('level', level === 'services' ? null : level);
  }

  /** The queries behind the graph, for 'Show SQL'. */
  get queries(): { title: string; query: Sql }[] {
    const { edges, nodes, links, peers } = this.#queries;
    const titled = {
      [this.level === 'flow' ? 'Data flow' : 'Calls']: edges,
      'Span links': links,
      'External peers': peers,
      Nodes: nodes,
    };
    return Object.entries(titled).flatMap(([title, query]) => (query ? [{ title, query }] : []));
  }
}
