/** What can be opened, described for the landing page and for the message about an unknown file. */

export interface AcceptedFormat {
  label: string;
  /** Which tools write such files, or what they are. */
  hint: string;
}

export interface FormatGroup {
  title: string;
  formats: readonly AcceptedFormat[];
}

/** Any of them may also be packed. Detected by content, so names and extensions do not matter. */
export const FORMAT_GROUPS: readonly FormatGroup[] = [
  {
    title: 'OpenTelemetry',
    formats: [
      {
        label: 'OTLP JSON',
        hint: 'OpenTelemetry Collector’s file exporter: an object, an array, JSON Lines, or concatenated objects',
      },
      {
        label: 'OTLP protobuf',
        hint: 'TracesData or export requests; the Collector’s file exporter, each message maybe zstd-compressed',
      },
      { label: 'OpenTelemetry Go stdout', hint: 'stdouttrace of the SDK for Go' },
      {
        label: 'OpenTelemetry Python JSON',
        hint: 'Console exporter and ReadableSpan.to_json(), Phoenix spans, Flock’s /api/traces',
      },
      {
        label: 'OpenTelemetry JavaScript JSON',
        hint: 'Spans of the SDK for JavaScript as JSON Lines',
      },
    ],
  },
  {
    title: 'Jaeger and Zipkin',
    formats: [
      { label: 'Jaeger JSON', hint: 'Jaeger UI’s “Trace JSON”, Jaeger’s API' },
      { label: 'Jaeger model JSON', hint: 'Jaeger’s Protobuf and Thrift model as JSON' },
      { label: 'Jaeger Elasticsearch documents', hint: 'Jaeger’s index, exported or searched' },
      { label: 'Zipkin v2 JSON', hint: 'Zipkin’s API and its “Download JSON”' },
      { label: 'Zipkin v1 JSON', hint: 'Older Zipkin, Brave and Finagle' },
    ],
  },
  {
    title: 'Other tracers',
    formats: [
      { label: 'Datadog traces', hint: 'Lists of traces as Datadog’s tracers send them' },
      {
        label: 'SigNoz JSON',
        hint: 'Answers of SigNoz’s API: lists of spans, traces with their spans',
      },
      { label: 'AWS X-Ray segments', hint: 'Segment documents, BatchGetTraces answers' },
      { label: 'Next.js trace', hint: '.next/trace' },
    ],
  },
  {
    title: 'LLM applications',
    formats: [
      {
        label: 'Langfuse JSON',
        hint: 'Traces with their observations, observations as JSON Lines',
      },
      { label: 'LangSmith runs', hint: 'Lists, API answers and trees of runs' },
      { label: 'MLflow traces', hint: 'Traces with info and data, of all versions' },
      { label: 'OpenAI Agents SDK traces', hint: 'trace and trace.span objects' },
      { label: 'AI SDK DevTools', hint: '.devtools/generations.json of Vercel’s AI SDK' },
      { label: 'Flujo trace trees', hint: 'Trace trees and debug exports' },
    ],
  },
  {
    title: 'Sessions of agents',
    formats: [
      {
        label: 'Claude Code session',
        hint: 'The .jsonl of a session, with those of its sub-agents',
      },
      { label: 'Codex rollout', hint: 'rollout-….jsonl of a session' },
      {
        label: 'Pi session',
        hint: 'The .jsonl of a session of Pi, OpenClaw or STS; branches are marked',
      },
      { label: 'ATIF trajectory', hint: 'Harbor’s agent trajectories, with their continuations' },
      {
        label: 'Inspect log',
        hint: 'An evaluation’s log, .eval or JSON: a trace for each epoch of a sample',
      },
    ],
  },
  {
    title: 'Profilers and builds',
    formats: [
      {
        label: 'Chrome Trace Event JSON',
        hint: 'Chrome DevTools, Perfetto UI, Bazel, Clang’s -ftime-trace, PyTorch, VizTracer, Node.js, tsc --generateTrace',
      },
    ],
  },
  {
    title: 'Tables',
    formats: [
      {
        label: 'Parquet',
        hint: 'A row per span: ClickHouse, SigNoz, Phoenix, Langfuse, LangSmith, Databricks, otlp2parquet; Grafana Tempo’s blocks',
      },
      { label: 'CSV', hint: 'A header line and a row per span; commas, tabs, semicolons or pipes' },
      { label: 'JSON rows', hint: 'A flat object per span: JSON Lines or an array' },
    ],
  },
  {
    title: 'Databases',
    formats: [
      {
        label: 'SQLite',
        hint: 'Flujo’s state database, MLflow, Phoenix, Copilot’s agent-traces.db, agent-replay; any table with a row per span',
      },
      { label: 'DuckDB', hint: 'otel-desktop-viewer’s database; any table with a row per span' },
      { label: 'Flock .duckdb', hint: 'Flock’s own .flock/traces.duckdb' },
      { label: 'Spanlight .duckdb', hint: 'A dataset saved from this page' },
    ],
  },
];

export const ACCEPTED_FORMATS: readonly AcceptedFormat[] = FORMAT_GROUPS.flatMap(
  ({ formats }) => formats,
);

/** Formats of rows whose columns a person can explain, by their labels. */
const WITH_COLUMNS = ['Parquet', 'CSV', 'JSON rows', 'SQLite', 'DuckDB'];

/** @param format of a dataset: one label, or several with commas */
export function hasColumns(format: string): boolean {
  return format.split(', ').some((label) => WITH_COLUMNS.includes(label));
}
