/**
 * Flock's environment variables for tracing, to and from text: what Flock records is what this page shows. Names and
 * meanings are those of Flock's telemetry setup: `FLOCK_TRACE_SERVICES` and `FLOCK_TRACE_IGNORE` are JSON lists, services
 * are compared in lower case, ignored operations are full span names.
 */

export interface FlockEnv {
  /** Services that are recorded, as written; null if not set, which records all. */
  services: readonly string[] | null;
  /** Full span names that are not recorded; null if not set. */
  ignore: readonly string[] | null;
  /** Days that traces are kept, 1–365; null if not set. */
  ttlDays: number | null;
}

/** A line that could not be used as written. */
export interface EnvProblem {
  /** From 1. */
  line: number;
  message: string;
}

export interface ParsedEnv extends FlockEnv {
  problems: readonly EnvProblem[];
  /** Flock's other tracing variables in the text, which control recording and not what is shown. */
  others: readonly string[];
}

export const MIN_DAYS = 1;
export const MAX_DAYS = 365;

/** What the other variables do, for the Guide. */
export const FLOCK_VARIABLES: readonly [name: string, does: string][] = [
  ['FLOCK_AUTO_TRACE', 'Records traces when the program starts; true unless it says false.'],
  ['FLOCK_TRACE_FILE', 'Writes them to .flock/traces.duckdb, the file that opens here.'],
  ['FLOCK_AUTO_WORKFLOW_TRACE', 'One trace for a whole workflow instead of one for each step.'],
  ['FLOCK_TRACE_SERVICES', 'JSON list of services to record; none records all.'],
  ['FLOCK_TRACE_IGNORE', 'JSON list of full operation names that are not recorded.'],
  ['FLOCK_TRACE_TTL_DAYS', 'Days that traces are kept; older ones go when the program starts.'],
];

const ASSIGNMENT =
  /^(?:-\s+)?(?:export\s+|set\s+|ENV\s+|\$env:)?([A-Za-z_][A-Za-z0-9_]*)\s*(?:=|:\s)\s*(.*)$/;

/** What `FLOCK_TRACE_TTL_DAYS` takes. */
export function isWholeNumberOfDays(days: number): boolean {
  return Number.isInteger(days) && days >= MIN_DAYS && days <= MAX_DAYS;
}

/** Reads lines from a `.env` file, a shell, a Dockerfile or Compose; later lines override earlier ones. */
export function parseFlockEnv(text: string): ParsedEnv {
  const problems: EnvProblem[] = [];
  const others = new Set<string>();
  const env: FlockEnv = { services: null, ignore: null, ttlDays: null };

  text.split(/\r?\n/).forEach((raw, i) => {
    const content = raw.trim();
    if (!content || content.startsWith('#')) return;
    const problem = (message: string) => problems.push({ line: i + 1, message });
    const match = ASSIGNMENT.exec(content);
    if (!match) return problem('Not an assignment such as FLOCK_TRACE_TTL_DAYS=30');
    const [, name, rest] = match;
    const value = unquote(rest);
    switch (name) {
      case 'FLOCK_TRACE_SERVICES':
      case 'FLOCK_TRACE_IGNORE': {
        const list = readList(value);
        if (!list) return problem(`${name} has to be a JSON list of names: ["agent", "flock"]`);
        if (name === 'FLOCK_TRACE_SERVICES') env.services = list;
        else env.ignore = list;
        return;
      }
      case 'FLOCK_TRACE_TTL_DAYS': {
        const days = Number(value);
        if (value === '' || !isWholeNumberOfDays(days)) {
          return problem(`${name} has to be a whole number of days, ${MIN_DAYS} to ${MAX_DAYS}`);
        }
        env.ttlDays = days;
        return;
      }
      default:
        if (/^(FLOCK|OTEL)_/.test(name)) others.add(name);
        else problem(`${name} is no variable of Flock's tracing`);
    }
  });
  return { ...env, problems, others: [...others] };
}

/**
 * Lines for a `.env` file, or for a shell, where JSON's quotes need quotes around them. Unset variables are omitted.
 */
export function formatFlockEnv(env: FlockEnv, style: 'dotenv' | 'shell' = 'dotenv'): string {
  const lines: [string, string][] = [];
  if (env.services?.length) lines.push(['FLOCK_TRACE_SERVICES', listText(env.services)]);
  if (env.ignore?.length) lines.push(['FLOCK_TRACE_IGNORE', listText(env.ignore)]);
  if (env.ttlDays !== null) lines.push(['FLOCK_TRACE_TTL_DAYS', String(env.ttlDays)]);
  return lines
    .map(([name, value]) =>
      style === 'shell' ? `export ${name}=${shellQuoted(value)}` : `${name}=${value}`,
    )
    .join('\n');
}

/** Flock compares services in lower case. */
export function flockService(service: string): string {
  return service.toLowerCase();
}

function listText(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(', ')}]`;
}

function shellQuoted(value: string): string {
  return /^[\w.-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}

/** Removes quotes, or, from an unquoted value, a trailing comment. */
function unquote(text: string): string {
  const single = /^'((?:[^']|'\\'')*)'\s*(?:#.*)?$/.exec(text);
  if (single) return single[1].replaceAll("'\\''", "'");
  const double = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(text);
  if (double) return double[1].replace(/\\(["\\$`])/g, '$1');
  return text.replace(/\s+#.*$/, '').trim();
}

/** A JSON list of strings; comma-separated names; or a list whose quotes the shell has removed: `[agent, flock]`. */
function readList(text: string): string[] | null {
  if (text.startsWith('[')) {
    try {
      const list: unknown = JSON.parse(text);
      if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) return null;
      return unique(list);
    } catch {
      if (!text.endsWith(']') || /["'{}]/.test(text)) return null;
      return unique(text.slice(1, -1).split(','));
    }
  }
  return /["'{}[\]]/.test(text) ? null : unique(text.split(','));
}

function unique(list: string[]): string[] {
  return [...new Set(list.map((item) => item.trim()).filter(Boolean))];
}
