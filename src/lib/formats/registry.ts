/** Every format, in the order in which they are asked. */
import type { Format } from './contract';
import { aiSdkDevtools } from '$lib/formats/agents/ai-sdk-devtools';
import { langfuse } from '$lib/formats/agents/langfuse';
import { langsmith } from '$lib/formats/agents/langsmith';
import { mlflow } from '$lib/formats/agents/mlflow';
import { openaiAgents } from '$lib/formats/agents/openai-agents';
import { chromeTrace } from '$lib/formats/chrome/chrome-trace';
import { datadog } from '$lib/formats/datadog/datadog';
import { flujoTree } from '$lib/formats/flujo/flujo-tree';
import { jaegerEs } from '$lib/formats/jaeger/jaeger-es';
import { jaegerJson } from '$lib/formats/jaeger/jaeger-json';
import { jaegerModel } from '$lib/formats/jaeger/jaeger-model';
import { nextTrace } from '$lib/formats/next/next-trace';
import { goStdout } from '$lib/formats/otel-sdk/go-stdout';
import { jsSpan } from '$lib/formats/otel-sdk/js-span';
import { pythonSpan } from '$lib/formats/otel-sdk/python-span';
import { otlpJson } from '$lib/formats/otlp/otlp-json';
import { otlpProto } from '$lib/formats/otlp/otlp-proto';
import { claudeCode } from '$lib/formats/sessions/claude-code';
import { codex } from '$lib/formats/sessions/codex';
import { inspectJson } from '$lib/formats/sessions/inspect';
import { pi } from '$lib/formats/sessions/pi';
import { trajectory } from '$lib/formats/sessions/trajectory';
import { sqlite } from '$lib/formats/sqlite/sqlite';
import { csv } from '$lib/formats/tables/csv';
import { flatJson } from '$lib/formats/tables/flat-json';
import { parquet } from '$lib/formats/tables/parquet';
import { signoz } from '$lib/formats/tables/signoz';
import { formatOf } from '$lib/formats/tables/read-tables';
import { xray } from '$lib/formats/xray/xray';
import { zipkinV1 } from '$lib/formats/zipkin/zipkin-v1';
import { zipkinV2 } from '$lib/formats/zipkin/zipkin-v2';

const NAMED: readonly Format[] = [
  otlpJson,
  jaegerJson,
  jaegerModel,
  jaegerEs,
  zipkinV2,
  zipkinV1,
  goStdout,
  pythonSpan,
  jsSpan,
  datadog,
  xray,
  nextTrace,
  langfuse,
  langsmith,
  mlflow,
  formatOf(signoz),
  openaiAgents,
  aiSdkDevtools,
  flujoTree,
  chromeTrace,
  claudeCode,
  codex,
  pi,
  trajectory,
  inspectJson,
  formatOf(parquet),
  sqlite,
  formatOf(csv),
];

/** Rows of JSON can be anything, so other formats come first. */
const rows = formatOf(flatJson);
const others: Format = {
  ...rows,
  sniff: (head) => rows.sniff(head) && !NAMED.some((format) => format.sniff(head)),
};

export const FORMATS: readonly Format[] = [...NAMED, others, otlpProto];
