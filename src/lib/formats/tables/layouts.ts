/**
 * What tables of spans are called by the tools that write them: names of columns as `column-names.ts` makes them plain. A
 * new tool is a new entry here, and mostly not even that: the general names come after a layout's own.
 */
import { CONVENTIONS } from '$lib/model/conventions';
import type { MappedField, TimeUnit } from '$lib/model/mapping';

/** What a column can be, beyond what a person can map. */
export type Field =
  | MappedField
  /** True or 1 where the span failed. */
  | 'isError'
  /** Text where the span failed: the message. */
  | 'error'
  | 'isUnfinished'
  | 'scopeVersion'
  | 'scopeAttributes'
  /** Lists that run parallel, an element for each event or link. */
  | 'eventTimes'
  | 'eventNames'
  | 'eventAttributes'
  | 'linkTraces'
  | 'linkSpans'
  | 'linkStates'
  | 'linkAttributes';

/** A column of what the rows of JSON have beside the columns: an object. */
export const OTHER_MEMBERS = 'other members';

/** Fields of which all columns count; of the others the first that a row has. */
export const MERGED: ReadonlySet<Field> = new Set<Field>(['attributes', 'resource']);

export type Fields = Partial<Record<Field, readonly string[]>>;

/** Names in general use, the surest first. Times without the unit in their name. */
export const GENERAL: Fields = {
  traceId: ['traceid', 'contexttraceid', 'spancontexttraceid', 'oteltraceid', 'traceidhex'],
  spanId: ['spanid', 'contextspanid', 'spancontextspanid', 'otelspanid', 'spanidhex'],
  parentId: ['parentspanid', 'parentid', 'parentspan', 'parentspancontextspanid', 'parent'],
  name: ['name', 'spanname', 'operationname', 'operation', 'displayname'],
  service: ['servicename', 'service', 'resourceservicename', 'localservicename', 'podname'],
  kind: ['kindstring', 'spankind', 'kind', 'spantype'],
  start: ['starttime', 'starttimestamp', 'start', 'startedat', 'begintime', 'timestamp', 'time'],
  end: ['endtime', 'endtimestamp', 'end', 'endedat', 'finishtime', 'finishedat', 'completedat'],
  duration: ['duration', 'elapsed', 'elapsedtime', 'latency', 'durationtime'],
  status: ['statuscodestring', 'statuscode', 'status'],
  statusMessage: ['statusmessage', 'statusdescription', 'errormessage'],
  isError: ['iserror', 'haserror', 'haserrors'],
  error: ['error'],
  attributes: [
    'spanattributes',
    'attributes',
    'traceattributes',
    'attributesstring',
    'attributesnumber',
    'attributesbool',
    'stringtagmap',
    'numbertagmap',
    'booltagmap',
    'tagmap',
    'tags',
    'othermembers',
  ],
  resource: ['resourceattributes', 'resourcesstring', 'resourcetagsmap', 'resource', 'resources'],
  scope: [
    'scopename',
    'scope',
    'instrumentationscope',
    'instrumentationscopename',
    'metadatascope',
  ],
  scopeVersion: ['scopeversion', 'instrumentationscopeversion'],
  scopeAttributes: ['scopeattributes'],
  events: ['events', 'spanevents', 'logs'],
  links: ['links', 'spanlinks', 'references'],
  eventTimes: ['eventstimestamp', 'eventstime'],
  eventNames: ['eventsname'],
  eventAttributes: ['eventsattributes'],
  linkTraces: ['linkstraceid'],
  linkSpans: ['linksspanid'],
  linkStates: ['linkstracestate'],
  linkAttributes: ['linksattributes'],
};

/** Attributes that columns hold by themselves, under the names that OpenTelemetry has for them outside of OTLP. */
export const GENERAL_KEYS: Record<string, string> = {
  tracestate: 'w3c.tracestate',
  droppedattributescount: 'otel.dropped_attributes_count',
  droppedeventscount: 'otel.dropped_events_count',
  droppedlinkscount: 'otel.dropped_links_count',
};

export interface Layout {
  id: string;
  /** Columns that tell it from all others. */
  has: readonly string[];
  /** Before the general names. An empty list: it has no such column, whatever it is called. */
  fields?: Fields;
  units?: Partial<Record<'start' | 'end' | 'duration', TimeUnit>>;
  /** Attribute by column. */
  keys?: Record<string, string>;
  /** Resource attribute by column. */
  resourceKeys?: Record<string, string>;
  /** Columns that say nothing new: derived from others, or of the store's own. */
  ignore?: readonly string[];
  ignorePattern?: RegExp;
  /** Attributes came apart at their dots when they were stored: nested ones get dotted keys again. */
  isNested?: boolean;
  /** The service is a pod of Kubernetes, whose name ends in two hashes. */
  hasPods?: boolean;
  /** The tags include those of the resource: the service is among them where no column has it. */
  hasServiceInTags?: boolean;
  /** A column of token counts whose input leaves the cached part out, as Langfuse counts. */
  usage?: string;
}

export const LAYOUTS: readonly Layout[] = [
  {
    id: 'spanlight',
    has: ['spanno', 'parentno', 'operationno', 'statusdescription', 'isunfinished'],
    fields: { operation: ['operation'], service: ['service'], isUnfinished: ['isunfinished'] },
    units: { start: 'ns', end: 'ns' },
    ignore: [
      ...CONVENTIONS.map(({ column }) => column.replaceAll('_', '')),
      'spanno',
      'traceno',
      'operationno',
      'resourceno',
      'haslongtext',
      'parentno',
      'depth',
      'childcount',
      'selftimens',
      'isroot',
      'isorphan',
      'parentoperationno',
      'durationms',
      'selftimems',
      'servicename',
      'timestamp',
      'createdat',
    ],
  },
  {
    // https://github.com/whiteducksoftware/flock (src/flock/logging/telemetry_exporter/duckdb_exporter.py)
    id: 'flock',
    has: ['spanid', 'traceid', 'operation', 'durationms', 'statusdescription', 'resource'],
    fields: { operation: ['operation'] },
    units: { start: 'ns', end: 'ns' },
    ignore: ['createdat', 'durationms'],
  },
  {
    // json mode of https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/clickhouseexporter
    id: 'clickhouse-json',
    has: ['traceid', 'spanid', 'spanname', 'spanattributes', 'spanattributeskeys'],
    units: { duration: 'ns' },
    ignorePattern: /attributeskeys$/,
    isNested: true,
  },
  {
    id: 'clickhouse',
    has: ['traceid', 'spanid', 'spanname', 'spanattributes', 'resourceattributes'],
    units: { duration: 'ns' },
  },
  {
    // https://github.com/SigNoz/signoz-otel-collector (signoz_index_v3; signoz_index_v2 with names in camel case)
    id: 'signoz',
    has: ['traceid', 'spanid', 'durationnano'],
    fields: { events: ['events', 'event'] },
    units: { duration: 'ns' },
    hasServiceInTags: true,
    ignore: [
      'rootspanid',
      'rootname',
      'subtreenodecount',
      'haschildren',
      'hassiblings',
      'level',
      'timeunixnano',
      'tsbucketstart',
      'resourcefingerprint',
      'serialnumber',
      'responsestatuscode',
      'httpurl',
      'httpmethod',
      'httphost',
      'externalhttpurl',
      'externalhttpmethod',
      'dbname',
      'dboperation',
      'isremote',
    ],
    ignorePattern: /^(?:resource|attribute)(?:string|number|bool)(?!s?$)|exists$/,
  },
  {
    // https://arize.com/docs/phoenix: Client.get_spans_dataframe, TraceDataset.save
    id: 'phoenix',
    has: ['contextspanid', 'contexttraceid', 'spankind'],
    fields: { kind: [] },
    keys: { spankind: 'openinference.span.kind' },
    isNested: true,
  },
  {
    // https://langfuse.com/docs/api-and-data-platform/features/export-to-blob-storage
    id: 'langfuse',
    has: ['id', 'traceid', 'parentobservationid', 'type'],
    fields: {
      spanId: ['id'],
      parentId: ['parentobservationid'],
      kind: [],
      status: ['level'],
      service: [],
      attributes: ['attributes'],
    },
    units: { duration: 's' },
    keys: {
      type: 'langfuse.observation.type',
      input: 'input.value',
      output: 'output.value',
      model: 'gen_ai.request.model',
      providedmodelname: 'gen_ai.request.model',
      totalcost: 'gen_ai.usage.cost',
      calculatedtotalcost: 'gen_ai.usage.cost',
      userid: 'user.id',
      sessionid: 'session.id',
      environment: 'langfuse.environment',
      version: 'langfuse.version',
      release: 'langfuse.release',
      tags: 'langfuse.trace.tags',
      tracename: 'langfuse.trace.name',
    },
    usage: 'usagedetails',
  },
  {
    // https://docs.langchain.com/langsmith/run-data-format
    id: 'langsmith',
    has: ['id', 'traceid', 'parentrunid', 'runtype'],
    fields: {
      spanId: ['id'],
      parentId: ['parentrunid'],
      kind: [],
      service: [],
      attributes: [],
      events: [],
    },
    keys: {
      runtype: 'langsmith.span.kind',
      inputs: 'input.value',
      outputs: 'output.value',
      prompttokens: 'gen_ai.usage.input_tokens',
      completiontokens: 'gen_ai.usage.output_tokens',
      totalcost: 'gen_ai.usage.cost',
      sessionid: 'langsmith.project_id',
      sessionname: 'langsmith.project_name',
      tags: 'langsmith.tags',
    },
  },
  {
    // https://github.com/IntelligentDDS/Nezha (rca_data/*/trace)
    id: 'nezha',
    has: ['traceid', 'spanid', 'parentid', 'podname', 'operationname'],
    units: { duration: 'us' },
    hasPods: true,
  },
  {
    // Apache SkyWalking's spans as CSV, as in https://github.com/FudanSELab/DeepTraLog
    id: 'skywalking',
    has: ['traceid', 'spanid', 'parentspan', 'spantype', 'iserror'],
    fields: { name: ['url', 'operationname', 'endpointname'] },
    units: { start: 'ms', end: 'ms' },
  },
  {
    // https://www.highlight.io: what its page and its API give of a trace
    id: 'highlight',
    has: ['traceid', 'spanid', 'spanname', 'traceattributes', 'haserrors'],
    fields: { start: ['timestamp'] },
    units: { duration: 'ns' },
    resourceKeys: { serviceversion: 'service.version', environment: 'deployment.environment' },
    ignore: ['typename', 'starttime'],
    isNested: true,
  },
];
