/** What can be opened, described for the landing page and for the message about an unknown file. */

export interface AcceptedFormat {
  label: string;
  /** Which tools write such files, or what they are. */
  hint: string;
}

/** Each may also come gzipped. Detected by content, so names and extensions do not matter. */
export const ACCEPTED_FORMATS: readonly AcceptedFormat[] = [
  {
    label: 'OTLP JSON',
    hint: 'OpenTelemetry Collector’s file exporter: an object, an array, JSON Lines, or concatenated objects',
  },
  { label: 'Jaeger JSON', hint: 'Jaeger UI’s “Trace JSON”, Jaeger’s API' },
  { label: 'Zipkin v2 JSON', hint: 'Zipkin’s API and its “Download JSON”' },
  { label: 'Zipkin v1 JSON', hint: 'Older Zipkin, Brave and Finagle' },
  { label: 'Jaeger model JSON', hint: 'Jaeger’s Protobuf and Thrift model as JSON' },
  { label: 'Jaeger Elasticsearch documents', hint: 'Jaeger’s index, exported or searched' },
  { label: 'OpenTelemetry Go stdout', hint: 'stdouttrace of the SDK for Go' },
  {
    label: 'OpenTelemetry Python JSON',
    hint: 'Console exporter and ReadableSpan.to_json(), Phoenix spans, Flock’s /api/traces',
  },
  { label: 'OpenTelemetry JavaScript JSON', hint: 'Spans of the SDK for JavaScript as JSON Lines' },
  { label: 'Datadog traces', hint: 'Lists of traces as Datadog’s tracers send them' },
  { label: 'AWS X-Ray segments', hint: 'Segment documents, BatchGetTraces answers' },
  { label: 'Next.js trace', hint: '.next/trace' },
  { label: 'Langfuse JSON', hint: 'Traces with their observations, observations as JSON Lines' },
  { label: 'LangSmith runs', hint: 'Lists, API answers and trees of runs' },
  { label: 'MLflow traces', hint: 'Traces with info and data, of all versions' },
  { label: 'OpenAI Agents SDK traces', hint: 'trace and trace.span objects' },
  { label: 'AI SDK DevTools', hint: '.devtools/generations.json of Vercel’s AI SDK' },
  { label: 'Flujo trace trees', hint: 'Trace trees and debug exports' },
  {
    label: 'Chrome Trace Event JSON',
    hint: 'Chrome DevTools, Perfetto UI, Bazel, Clang’s -ftime-trace, PyTorch, VizTracer, Node.js, tsc --generateTrace',
  },
  { label: 'Claude Code session', hint: 'The .jsonl of a session, with those of its sub-agents' },
  { label: 'Codex rollout', hint: 'rollout-….jsonl of a session' },
  {
    label: 'Pi session',
    hint: 'The .jsonl of a session of Pi, OpenClaw or STS; branches are marked',
  },
  { label: 'ATIF trajectory', hint: 'Harbor’s agent trajectories, with their continuations' },
  {
    label: 'Inspect log',
    hint: 'An evaluation’s log in JSON; .eval converted by “inspect log convert”',
  },
  {
    label: 'Parquet',
    hint: 'A row per span: ClickHouse, SigNoz, Phoenix, Langfuse, LangSmith, Databricks, otlp2parquet; Grafana Tempo’s blocks',
  },
  {
    label: 'SQLite',
    hint: 'Flujo’s state database, MLflow, Phoenix, Copilot’s agent-traces.db, agent-replay; any table with a row per span',
  },
  { label: 'CSV', hint: 'A header line and a row per span; commas, tabs, semicolons or pipes' },
  { label: 'JSON rows', hint: 'A flat object per span: JSON Lines or an array' },
  { label: 'Flock .duckdb', hint: 'Flock’s own .flock/traces.duckdb' },
  { label: 'Spanlight .duckdb', hint: 'A dataset saved from this page' },
];
