import type { Process } from './survey';

/**
 * Service names for processes: their names, or `process 42`. Processes with the same name are distinguished by their labels
 * (`python (GPU 0)`), or by their ids (`Renderer 42`).
 */
export function processNames(processes: readonly Process[]): string[] {
  const plain = processes.map(({ name, pid }) => name || processLabel(pid));
  const labelled = processes.map(({ labels }, i) =>
    labels ? `${plain[i]} (${labels})` : plain[i],
  );
  const plainCounts = countOf(plain);
  const labelledCounts = countOf(labelled);
  return processes.map(({ pid }, i) => {
    if (plainCounts.get(plain[i]) === 1) return plain[i];
    return labelledCounts.get(labelled[i]) === 1 ? labelled[i] : `${plain[i]} ${pid}`;
  });
}

export function processLabel(pid: string): string {
  return pid === '' ? 'process without id' : `process ${pid}`;
}

function countOf(texts: string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
