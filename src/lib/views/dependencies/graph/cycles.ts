/**
 * Cycles of a directed graph: the strongly connected components by Tarjan's algorithm ('Depth-first search and linear
 * graph algorithms', 1972), and in each of them the shortest cycles that together cover every arc.
 */

export interface Arc {
  from: string;
  to: string;
  /** Number of calls or hand-overs; larger is preferred. */
  weight: number;
}

export interface Cycle {
  /** Each node once, in order; the last leads back to the first. At least two. */
  path: string[];
  /** The weight of the weakest arc: how often the cycle can have been completed. */
  weight: number;
  /** Number of nodes in the cycle's component. */
  componentSize: number;
}

/**
 * The component of each node, by number; nodes are 0 … `count` - 1. Two nodes share a component if each is reachable
 * from the other. Iterative, because chains may be long.
 */
export function components(count: number, targets: readonly (readonly number[])[]): Int32Array {
  const component = new Int32Array(count).fill(-1);
  const order = new Int32Array(count).fill(-1);
  const low = new Int32Array(count);
  const isOpen = new Uint8Array(count);
  const open: number[] = [];
  let visited = 0;
  let found = 0;

  for (let root = 0; root < count; root++) {
    if (order[root] >= 0) continue;
    const path: { node: number; next: number }[] = [];
    enter(root);
    while (path.length) {
      const top = path[path.length - 1];
      const { node } = top;
      if (top.next < targets[node].length) {
        const target = targets[node][top.next++];
        if (order[target] < 0) enter(target);
        else if (isOpen[target]) low[node] = Math.min(low[node], order[target]);
        continue;
      }
      path.pop();
      const parent = path[path.length - 1];
      if (parent) low[parent.node] = Math.min(low[parent.node], low[node]);
      if (low[node] === order[node]) {
        let member: number;
        do {
          member = open.pop()!;
          isOpen[member] = 0;
          component[member] = found;
        } while (member !== node);
        found++;
      }
    }

    function enter(node: number) {
      order[node] = low[node] = visited++;
      isOpen[node] = 1;
      open.push(node);
      path.push({ node, next: 0 });
    }
  }
  return component;
}

/**
 * Cycles of the graph, heaviest first. In each component, arcs are taken from heaviest to lightest: each one not yet covered
 * yields the shortest cycle through it. An arc from a node to itself does not count as a cycle.
 * @param limit of cycles in total.
 */
export function findCycles(arcs: readonly Arc[], limit = 50): Cycle[] {
  const names = [...new Set(arcs.flatMap(({ from, to }) => [from, to]))].sort();
  const number = new Map(names.map((name, i) => [name, i]));
  const weights = new Map<number, number>();
  const key = (from: number, to: number) => from * names.length + to;
  for (const { from, to, weight } of arcs) {
    if (from === to) continue;
    const at = key(number.get(from)!, number.get(to)!);
    weights.set(at, (weights.get(at) ?? 0) + weight);
  }
  const inner = [...weights]
    .map(([at, weight]) => ({ from: Math.floor(at / names.length), to: at % names.length, weight }))
    .sort((a, b) => b.weight - a.weight || a.from - b.from || a.to - b.to);
  const targets: number[][] = names.map(() => []);
  for (const { from, to } of inner) targets[from].push(to);

  const component = components(names.length, targets);
  const size = new Map<number, number>();
  for (const of of component) size.set(of, (size.get(of) ?? 0) + 1);

  const passed = new Set<number>();
  const cycles: Cycle[] = [];
  for (const { from, to } of inner) {
    if (cycles.length === limit) break;
    if (component[from] !== component[to] || passed.has(key(from, to))) continue;
    const trip = [from, ...shortestWay(to, from, targets, component).slice(0, -1)];
    let weight = Infinity;
    for (const [i, node] of trip.entries()) {
      const at = key(node, trip[(i + 1) % trip.length]);
      passed.add(at);
      weight = Math.min(weight, weights.get(at)!);
    }
    const first = trip.indexOf(Math.min(...trip));
    cycles.push({
      path: [...trip.slice(first), ...trip.slice(0, first)].map((node) => names[node]),
      weight,
      componentSize: size.get(component[from])!,
    });
  }
  return cycles.sort((a, b) => b.weight - a.weight || a.path.length - b.path.length);
}

/** Nodes from `from` to `to`, both included, inside their component; among equal lengths the heaviest first step wins. */
function shortestWay(
  from: number,
  to: number,
  targets: readonly (readonly number[])[],
  component: Int32Array,
): number[] {
  const before = new Map<number, number>([[from, from]]);
  const queue = [from];
  for (let at = 0; at < queue.length; at++) {
    const node = queue[at];
    if (node === to) break;
    for (const target of targets[node]) {
      if (component[target] !== component[from] || before.has(target)) continue;
      before.set(target, node);
      queue.push(target);
    }
  }
  const way = [to];
  while (way[0] !== from) way.unshift(before.get(way[0])!);
  return way;
}
