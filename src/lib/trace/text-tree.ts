/** A trace as text, as for a terminal: a tree of lines with status mark, name, duration and main attributes. */

export interface TextLine {
  depth: number;
  mark: string;
  name: string;
  duration: string;
  /** `key=value, key=value`; may be ''. */
  attributes: string;
}

/** Longer values are useless in one line. */
const VALUE_CHARACTERS = 60;
const LINE_CHARACTERS = 400;

/** Keys that say what a span did, most useful first; an entry may be a prefix (`http.` for `http.method`). */
const MAIN_KEYS = [
  'error.type',
  'exception.type',
  'gen_ai.operation.name',
  'gen_ai.request.model',
  'gen_ai.agent.name',
  'gen_ai.tool.name',
  'openinference.span.kind',
  'llm.model_name',
  'llm.model',
  'tool.name',
  'agent.name',
  'agent.model',
  'workflow.name',
  'flujo.step.type',
  'node.type',
  'http.request.method',
  'http.method',
  'http.route',
  'http.response.status_code',
  'http.status_code',
  'rpc.method',
  'db.system',
  'db.operation.name',
  'db.operation',
  'db.statement',
  'db.query.text',
  'messaging.system',
  'messaging.destination.name',
  'gen_ai.usage.',
  'llm.token_count.',
  'llm.',
  'agent.',
  'http.',
  'db.',
  'rpc.',
  'messaging.',
];

/** The rank of an attribute in a line; lower is better. */
function worthOf(key: string): number {
  const main = MAIN_KEYS.findIndex((known) =>
    known.endsWith('.') ? key.startsWith(known) : key === known,
  );
  if (main >= 0) return main;
  const isBulk = /^(input|output)\b|(^|\.)(id|uuid|thread|code)\b/i.test(key);
  return MAIN_KEYS.length + (isBulk ? 1 : 0);
}

/** The attributes of a span in one line, most useful first; values without line breaks, long ones cut. */
export function mainAttributes(entries: readonly { key: string; value: string }[]): string {
  const parts = entries
    .map((entry, i) => ({ ...entry, worth: worthOf(entry.key), i }))
    .filter(({ value }) => value !== '')
    .sort((a, b) => a.worth - b.worth || a.i - b.i)
    .map(({ key, value }) => `${key}=${cut(value.replace(/\s+/g, ' '), VALUE_CHARACTERS)}`);
  let line = '';
  for (const part of parts) {
    if (line.length + part.length > LINE_CHARACTERS) return `${line}, …`;
    line += line ? `, ${part}` : part;
  }
  return line;
}

function cut(text: string, characters: number): string {
  return text.length > characters ? `${text.slice(0, characters - 1)}…` : text;
}

/** Lines in preorder as a tree: `├─ ✔ name (duration: 1.2 s) key=value`. Roots have no branch. */
export function textTree(lines: readonly TextLine[]): string {
  // ├ or └ depends on whether a sibling follows; reading from the end, that is known.
  const isLast = new Array<boolean>(lines.length);
  const open: boolean[] = [];
  for (let i = lines.length - 1; i >= 0; i--) {
    const { depth } = lines[i];
    isLast[i] = !open[depth];
    open[depth] = true;
    open.length = depth + 1;
  }
  const guides: string[] = [];
  return lines
    .map(({ depth, mark, name, duration, attributes }, i) => {
      guides.length = Math.max(0, depth - 1);
      for (let d = 0; d < depth - 1; d++) guides[d] ??= '   ';
      const branch = depth ? `${isLast[i] ? '└─ ' : '├─ '}` : '';
      const line = `${guides.join('')}${branch}${mark} ${name} (duration: ${duration.replaceAll('\u202f', ' ')})${attributes ? ` ${attributes}` : ''}`;
      if (depth) guides[depth - 1] = isLast[i] ? '   ' : '│  ';
      return line;
    })
    .join('\n');
}
