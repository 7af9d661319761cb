/**
 * The graph as data: nodes and edges from the rows of the queries, and the same with small nodes folded into one, so that the
 * rest stays readable.
 */
import type { QueryResult } from '$lib/engine/engine';
import { NS_PER_MS } from '$lib/model/time';
import {
  bigint,
  columns,
  flag,
  integer,
  nullable,
  oneOf,
  text,
  textOrEmpty,
} from '$lib/queries/columns';
import {
  ARTIFACT_COLUMNS,
  FIGURE_COLUMNS,
  type EdgeKind,
  type End,
  type Level,
  type PeerKind,
} from '$lib/views/dependencies/dependency-query';

export interface GraphNode {
  id: string;
  kind: 'service' | 'operation' | 'actor' | PeerKind | 'more';
  /** The operation, or the same as `service` if the node is not an operation. */
  label: string;
  /** Service, actor or peer, which determines the colour. */
  service: string;
  end: End;
  /** How often it was called or received a value, including from outside the data. */
  calls: number;
  /** Its own spans; for an actor the values it received, for a peer the calls it got or made. */
  spans: number;
  /** Errors among these. */
  errors: number;
  /** Self time of its spans; for a peer the duration of its calls. Null if unknown. */
  timeNs: number | null;
  /** The nodes folded into it. */
  members: readonly GraphNode[];
}

export interface GraphEdge {
  id: string;
  kind: EdgeKind;
  /** Ids of nodes. */
  from: string;
  to: string;
  calls: number;
  errors: number;
  /** Calls whose duration is known. */
  timed: number;
  /** Sum of known durations. */
  totalNs: number;
  /** Null if no duration is known, or if several edges were folded into it, because percentiles can't be combined. */
  quantilesNs: Quantiles | null;
  /** Types of the values handed over; '' for an unknown one. */
  artifacts: string;
  /** The edges folded into it; empty for an edge of the data. */
  members: readonly GraphEdge[];
}

export interface Quantiles {
  p50: number;
  p95: number;
  p99: number;
}

export interface Graph {
  nodes: readonly GraphNode[];
  edges: readonly GraphEdge[];
}

/** Results of the queries; null if not available (yet). Those for another level than that of `edges` are ignored. */
export interface Answers {
  /** Calls, or the data flow. */
  edges: QueryResult;
  links: QueryResult | null;
  peers: QueryResult | null;
  nodes: QueryResult | null;
}

export type SizeBy = 'time' | 'calls';

export const UNNAMED = '(unnamed)';
const MORE_ID = 'more';

export function nodeId({ name, operation, peer }: End): string {
  return JSON.stringify(peer ? [peer, name] : operation === null ? [name] : [name, operation]);
}

const EDGES = columns({ ...FIGURE_COLUMNS, caller: nullable(text), callee: textOrEmpty });
const OPERATION_ENDS = columns({ caller_operation: textOrEmpty, callee_operation: textOrEmpty });
const MESSAGES = columns({ is_message: flag });
const PEERS = columns({
  peer_kind: oneOf('database', 'queue', 'external'),
  is_incoming: flag,
});
const NODES = columns({
  service: textOrEmpty,
  spans: integer,
  errors: integer,
  own_ns: nullable(bigint),
});
const OPERATIONS = columns({ operation: textOrEmpty });

/** The graph of all rows. Nodes and edges are in the order of the queries: busiest first. */
export function graphOf(answers: Answers): Graph {
  const level = levelOf(answers.edges);
  const sameLevel = (result: QueryResult | null) =>
    result && levelOf(result) === level ? result : null;
  const isOperation = level === 'operations';
  const nodes = new Map<string, GraphNode>();
  const edges = new Map<string, GraphEdge>();
  const node = (end: End): GraphNode => {
    const id = nodeId(end);
    let known = nodes.get(id);
    if (!known) {
      known = {
        id,
        kind:
          end.peer ??
          (level === 'flow' ? 'actor' : end.operation === null ? 'service' : 'operation'),
        label: (end.operation ?? end.name) || UNNAMED,
        service: end.name,
        end,
        calls: 0,
        spans: 0,
        errors: 0,
        timeNs: null,
        members: [],
      };
      nodes.set(id, known);
    }
    return known;
  };

  const ofNodes = sameLevel(answers.nodes);
  const operations = isOperation ? OPERATIONS.rows(ofNodes) : [];
  for (const [i, row] of NODES.rows(ofNodes).entries()) {
    const of = node({
      name: row.service,
      operation: isOperation ? operations[i].operation : null,
    });
    of.timeNs = row.own_ns === null ? null : Number(row.own_ns);
    of.spans = row.spans;
    of.errors = row.errors;
  }
  for (const [kind, result] of [
    [level === 'flow' ? 'flow' : 'call', answers.edges],
    ['link', sameLevel(answers.links)],
    ['peer', sameLevel(answers.peers)],
  ] as const) {
    const ends = isOperation ? OPERATION_ENDS.rows(result) : [];
    const peers = kind === 'peer' ? PEERS.rows(result) : [];
    const messages = kind === 'call' ? MESSAGES.rows(result) : [];
    const handed = kind === 'flow' ? ARTIFACT_COLUMNS.rows(result) : [];
    for (const [i, row] of EDGES.rows(result).entries()) {
      const peer = kind === 'peer' ? peers[i] : null;
      const isIncoming = peer?.is_incoming ?? false;
      const end = (side: 'caller' | 'callee', name: string): GraphNode =>
        peer && (side === 'caller') === isIncoming
          ? node({ name, operation: null, peer: peer.peer_kind })
          : node({ name, operation: isOperation ? ends[i][`${side}_operation`] : null });
      const to = end('callee', row.callee);
      const from = row.caller === null ? null : end('caller', row.caller);
      const { calls, errors, timed } = row;
      const totalNs = (row.total_ms ?? 0) * NS_PER_MS;
      // A link is not a call, a call to itself was preceded by another, and a call from a peer is from outside already.
      if (kind !== 'link' && from !== to && !isIncoming) to.calls += calls;
      const other = isIncoming ? from! : to;
      if (kind === 'peer' && timed) other.timeNs = (other.timeNs ?? 0) + totalNs;
      if (kind === 'peer' || kind === 'flow') {
        other.spans += calls;
        other.errors += errors;
      }
      if (!from) continue;
      const own: EdgeKind = kind === 'call' && messages[i].is_message ? 'message' : kind;
      const id = JSON.stringify([own, from.id, to.id]);
      edges.set(id, {
        id,
        kind: own,
        from: from.id,
        to: to.id,
        calls,
        errors,
        timed,
        totalNs,
        quantilesNs: quantilesOf(row.quantiles_ms),
        artifacts: handed[i]?.artifacts ?? '',
        members: [],
      });
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

function quantilesOf(quantilesMs: readonly number[] | null): Quantiles | null {
  if (quantilesMs === null) return null;
  const [p50, p95, p99] = quantilesMs.map((ms) => ms * NS_PER_MS);
  return { p50, p95, p99 };
}

/** The level of a result, from its columns: the old graph stays while another level is being queried. */
function levelOf({ columns }: QueryResult): Level {
  const has = (wanted: string) => columns.some(({ name }) => name === wanted);
  if (has('artifacts')) return 'flow';
  return has('caller_operation') || has('operation') ? 'operations' : 'services';
}

/** The size of a node, for its circle and for deciding which nodes are folded. */
export function sizeOf(node: GraphNode, by: SizeBy): number {
  return by === 'time' && node.timeNs !== null ? node.timeNs : node.calls;
}

/** The mean of the known durations; NaN if there are none. */
export function meanNs({ timed, totalNs }: GraphEdge): number {
  return timed ? totalNs / timed : NaN;
}

/** The share of its calls that failed; 0 if there are none. */
export function errorRate({ calls, errors }: GraphEdge): number {
  return calls ? errors / calls : 0;
}

/**
 * The graph with at most `max` nodes: the smallest are folded into one node, and their edges into one per kind, direction and
 * other end. Nodes in `keep` are not folded, nor is a single node, because the fold would take its place.
 */
export function foldSmall(
  graph: Graph,
  max: number,
  by: SizeBy,
  keep: readonly string[] = [],
): Graph {
  if (graph.nodes.length <= max) return graph;
  const stays = new Set(keep);
  const rank = [...graph.nodes].sort(
    (a, b) =>
      Number(stays.has(b.id)) - Number(stays.has(a.id)) ||
      sizeOf(b, by) - sizeOf(a, by) ||
      b.calls - a.calls ||
      (a.id < b.id ? -1 : 1),
  );
  const members = rank.slice(max - 1);
  const folded = new Set(members.map(({ id }) => id));
  const more: GraphNode = {
    id: MORE_ID,
    kind: 'more',
    label: `${members.length} more`,
    service: '',
    end: { name: '', operation: null },
    calls: sum(members, 'calls'),
    spans: sum(members, 'spans'),
    errors: sum(members, 'errors'),
    timeNs: members.reduce<number | null>(
      (all, { timeNs }) => (timeNs === null ? all : (all ?? 0) + timeNs),
      null,
    ),
    members,
  };

  const groups = new Map<string, GraphEdge[]>();
  const edges: GraphEdge[] = [];
  for (const edge of graph.edges) {
    const from = folded.has(edge.from) ? MORE_ID : edge.from;
    const to = folded.has(edge.to) ? MORE_ID : edge.to;
    if (from === edge.from && to === edge.to) edges.push(edge);
    // Edges among the folded nodes are not drawn.
    else if (from !== to) {
      const id = JSON.stringify([edge.kind, from, to]);
      groups.set(id, [...(groups.get(id) ?? []), edge]);
    }
  }
  for (const [id, all] of groups) {
    const [kind, from, to] = JSON.parse(id) as [EdgeKind, string, string];
    edges.push({
      id,
      kind,
      from,
      to,
      calls: sum(all, 'calls'),
      errors: sum(all, 'errors'),
      timed: sum(all, 'timed'),
      totalNs: sum(all, 'totalNs'),
      quantilesNs: all.length === 1 ? all[0].quantilesNs : null,
      artifacts: [...new Set(all.map(({ artifacts }) => artifacts).filter(Boolean))].join(', '),
      members: all,
    });
  }
  return { nodes: [...graph.nodes.filter(({ id }) => !folded.has(id)), more], edges };
}

function sum<Key extends string>(all: readonly Record<Key, number>[], key: Key): number {
  return all.reduce((total, one) => total + one[key], 0);
}

/** Items by id; later ones win. */
export function byId<Item extends { id: string }>(
  ...lists: readonly (readonly Item[])[]
): ReadonlyMap<string, Item> {
  return new Map(lists.flat().map((item) => [item.id, item]));
}

/** As text: `frontend → cart`, `cart · GetCart → redis`. */
export function edgeWords(edge: GraphEdge, nodes: ReadonlyMap<string, GraphNode>): string {
  const from = nodes.get(edge.from);
  const to = nodes.get(edge.to);
  return `${from ? nodeWords(from) : '?'} → ${to ? nodeWords(to) : '?'}`;
}

export function nodeWords({ kind, service, label }: GraphNode): string {
  return kind === 'operation' ? operationWords(service, label) : label;
}

/** `Agent.execute`, like a method, or `frontend · GET /` if the operation is not an identifier. */
export function operationWords(service: string, operation: string): string {
  const isMethod = /^\w+$/.test(operation) && /^\w+$/.test(service);
  return isMethod ? `${service}.${operation}` : `${service || UNNAMED} · ${operation || UNNAMED}`;
}

/** Names for edges of each kind, and for one of their calls. */
export const KIND_WORDS: Record<EdgeKind, { title: string; one: string; many: string }> = {
  call: { title: 'Call', one: 'call', many: 'calls' },
  message: { title: 'Message', one: 'message', many: 'messages' },
  link: { title: 'Span link', one: 'link', many: 'links' },
  peer: { title: 'Peer call', one: 'call', many: 'calls' },
  flow: { title: 'Data flow', one: 'hand-over', many: 'hand-overs' },
};

export const NODE_WORDS: Record<GraphNode['kind'], string> = {
  service: 'Service',
  operation: 'Operation',
  actor: 'Actor',
  database: 'Database',
  queue: 'Queue',
  external: 'External peer',
  more: 'Folded',
};

/** Ids of the nodes and edges of a cycle, given by the ids of its nodes in order. */
export function tripIds(graph: Graph, path: readonly string[]): ReadonlySet<string> {
  const steps = new Set(path.map((from, i) => JSON.stringify([from, path[(i + 1) % path.length]])));
  const edges = graph.edges.filter(
    ({ kind, from, to }) =>
      kind !== 'link' && kind !== 'peer' && steps.has(JSON.stringify([from, to])),
  );
  return new Set([...path, ...edges.map(({ id }) => id)]);
}
