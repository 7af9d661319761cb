/** The Guide's texts: sections of blocks, so that they can be searched, linked, and shown beside a view. */
import { FILTER_FIELDS } from '$lib/model/filter';

/** Text may contain `code` between backticks. */
export type Block =
  | { kind: 'text'; text: string }
  | { kind: 'list'; items: readonly string[] }
  | { kind: 'steps'; items: readonly string[] }
  | { kind: 'terms'; rows: readonly (readonly [term: string, text: string])[] }
  | { kind: 'code'; text: string }
  /** A query template, by id: shown, and run at a click. */
  | { kind: 'query'; id: string }
  /** A step into the page. */
  | {
      kind: 'go';
      label: string;
      view: string;
      terms?: readonly string[];
      option?: [string, string];
    }
  | { kind: 'heading'; text: string }
  /** Generated from the code or the dataset when shown. */
  | { kind: 'picture' | 'keys' | 'formats' | 'schema' | 'flock-variables' };

export interface Section {
  /** Stable, because links contain it. A view's own section has the view's id. */
  id: string;
  title: string;
  group: 'Views' | 'Recipes' | 'Reference';
  blocks: readonly Block[];
}

/** The filter's fields other than the service, as typed. */
const OTHER_FIELDS = FILTER_FIELDS.filter((field) => field !== 'service')
  .map((field) => `\`${field === 'status_code' ? 'status' : field}\``)
  .join(', ');

export const SECTIONS: readonly Section[] = [
  {
    id: 'timeline',
    title: 'Timeline',
    group: 'Views',
    blocks: [
      { kind: 'text', text: 'What happened, in which order, and what took the time?' },
      { kind: 'picture' },
      {
        kind: 'text',
        text: 'The list has a row for each trace: sort it by a column, group it by workflow, correlation id, session or root operation, and press `Enter` to open one. Several traces of one request can be seen on one common time axis.',
      },
      {
        kind: 'text',
        text: 'An open trace is a waterfall: the tree of spans on the left, their time on the right. A bar’s full colour is the span’s own work, its pale part is waiting for children; a red outline and mark is an error.',
      },
      {
        kind: 'terms',
        rows: [
          ['Self time', 'A span’s duration without the time in which a child of it ran.'],
          [
            'Critical path',
            'What the trace had to wait for: making something on it faster makes the trace faster.',
          ],
          ['Focus', 'Shows only one span and what is below it. The path above leads back.'],
          [
            'Runs',
            'Many similar siblings in a row are folded into one line with their number, sum and p95.',
          ],
          [
            'Percentile',
            'How a span’s duration ranks among all spans of its service and operation in the dataset.',
          ],
          [
            'Flame graph, tree',
            'The same trace in another layout; the tree can be copied as text.',
          ],
        ],
      },
    ],
  },
  {
    id: 'statistics',
    title: 'Statistics',
    group: 'Views',
    blocks: [
      {
        kind: 'text',
        text: 'Which operations, attributes, services and workflows are there, and how do they compare?',
      },
      { kind: 'picture' },
      {
        kind: 'text',
        text: 'Each tab answers one question with a table: sort by any column, choose columns, filter in place, save all rows as CSV. A row leads to the traces or spans behind it.',
      },
      {
        kind: 'terms',
        rows: [
          [
            'p50, p90, p95, p99',
            'Exact quantiles of the durations, interpolated between neighbours (`quantile_cont`).',
          ],
          [
            'Share of time',
            'The operation’s self time as a share of all self time. Unlike durations, self times count nothing twice.',
          ],
          ['Error rate', 'The share of its spans whose status is `ERROR`.'],
          [
            'Attributes',
            'Every attribute key: how many spans have it, how many values it has, and which are most frequent.',
          ],
        ],
      },
    ],
  },
  {
    id: 'red',
    title: 'RED Metrics',
    group: 'Views',
    blocks: [
      {
        kind: 'text',
        text: 'Is it healthy? Rate, errors and duration, by service and over time.',
      },
      { kind: 'picture' },
      {
        kind: 'terms',
        rows: [
          ['Rate', 'Spans, divided by the length of the time range shown.'],
          ['Errors', 'Spans whose status is `ERROR`, and their share.'],
          [
            'Duration',
            'p50, p95 and p99, exact; a bucket of time without spans is a gap, not a zero.',
          ],
          [
            'Threshold',
            'How often a service may fail, and how long it may take. Breaches are marked here and in Dependencies.',
          ],
          [
            'Burn',
            'The error rate divided by the allowed one: above 1, the error budget runs out early.',
          ],
        ],
      },
      {
        kind: 'text',
        text: 'Drag over a chart to set the time range. In the heatmap, drag over a region that looks odd to see which attributes of those spans differ most from the rest.',
      },
    ],
  },
  {
    id: 'dependencies',
    title: 'Dependencies',
    group: 'Views',
    blocks: [
      { kind: 'text', text: 'Who calls whom, how often, and how well?' },
      { kind: 'picture' },
      {
        kind: 'text',
        text: 'A line stands for calls: spans whose parent belongs to another service. Its figures are those of these calls only. Select a line to see the pairs of operations behind it and example traces.',
      },
      {
        kind: 'list',
        items: [
          'Databases, queues and other hosts that record no spans of their own are leaves, with the names that their callers recorded.',
          'Links between spans are a separate kind of line.',
          'Services that call each other in a cycle are listed, with an example trace.',
          'If inputs and outputs are recorded, Data flow shows which agent read what another one wrote.',
        ],
      },
    ],
  },
  {
    id: 'sql',
    title: 'SQL',
    group: 'Views',
    blocks: [
      {
        kind: 'text',
        text: 'Anything else. The dataset is a DuckDB database that accepts only queries.',
      },
      { kind: 'picture' },
      {
        kind: 'text',
        text: '`Mod+Enter` runs the query under the cursor. Names of tables, columns, functions, attribute keys and services are completed as you type. Every chart and table in the other views has “Show SQL”, which opens its query here.',
      },
      {
        kind: 'text',
        text: "Attributes are a map: `attributes['http.route']`, or `attributes->>'http.route'` (in brackets where something stands before it: `… AND (attributes->>'http.route') = '/pay'`), or `json_extract(attributes, '$.http.route')`. Times are epoch nanoseconds. A name that ends in `_ms`, `_us`, `_ns` or `_percent` states its column’s unit: the rows and charts show it.",
      },
      { kind: 'query', id: 'operations' },
    ],
  },
  {
    id: 'configuration',
    title: 'Configuration',
    group: 'Views',
    blocks: [
      {
        kind: 'text',
        text: 'What is shown, what this browser keeps, how it looks, and facts about the dataset.',
      },
      { kind: 'picture' },
      {
        kind: 'text',
        text: 'The form sets the same filter as the chips. A filter can be named, kept, and shared as a link. For Flock, it can be copied as environment variables that limit recording to the same spans:',
      },
      { kind: 'flock-variables' },
    ],
  },
  {
    id: 'guide',
    title: 'Guide',
    group: 'Views',
    blocks: [
      { kind: 'text', text: 'This page. `?` shows a view’s own part of it beside the view.' },
      { kind: 'picture' },
    ],
  },
  {
    id: 'slow',
    title: 'My workflow is slow',
    group: 'Recipes',
    blocks: [
      {
        kind: 'steps',
        items: [
          'Sort the traces by duration and open the longest.',
          'Press `p` for the critical path, and read its table: the operation with the largest share is the bottleneck.',
          'Select that span. Its details show how it compares with others of its kind, and its input, such as a prompt that is too long.',
          'If it is always slow, compare operations; if only sometimes, use the heatmap to find what is different about the slow ones.',
        ],
      },
      { kind: 'go', label: 'Open the traces', view: 'timeline' },
      { kind: 'go', label: 'Compare operations', view: 'statistics' },
      { kind: 'query', id: 'slowest-spans' },
      { kind: 'query', id: 'outliers' },
      { kind: 'query', id: 'waits' },
    ],
  },
  {
    id: 'loop',
    title: 'An agent never stops',
    group: 'Recipes',
    blocks: [
      {
        kind: 'steps',
        items: [
          'Open Dependencies and look at its cycles: `critic → writer → critic` means that each wakes the other.',
          'Open the example trace. Runs of similar spans are folded and counted.',
          'In Flock, `prevent_self_trigger(True)` keeps an agent from being woken by its own output; a condition on the subscription ends longer cycles.',
        ],
      },
      { kind: 'go', label: 'Look for cycles', view: 'dependencies' },
      { kind: 'query', id: 'loops' },
      { kind: 'query', id: 'cycles' },
    ],
  },
  {
    id: 'healthy',
    title: 'Is it healthy?',
    group: 'Recipes',
    blocks: [
      {
        kind: 'steps',
        items: [
          'Open RED Metrics: rate, errors and durations of each service.',
          'Set a threshold, say 5 % errors; what breaches it is marked.',
          'Look at p95 over time, and drag over a rise to see only those spans.',
        ],
      },
      { kind: 'go', label: 'Open RED Metrics', view: 'red' },
      { kind: 'query', id: 'red' },
      { kind: 'query', id: 'by-minute' },
      { kind: 'query', id: 'objective' },
    ],
  },
  {
    id: 'failed',
    title: 'What failed, and where did it begin?',
    group: 'Recipes',
    blocks: [
      {
        kind: 'text',
        text: 'Failures propagate: the callers of a failed span have usually failed too. A failure began in a failed span without a failed child. In an open trace, `e` goes from error to error.',
      },
      { kind: 'go', label: 'Only errors', view: 'timeline', terms: ['status_code=ERROR'] },
      { kind: 'query', id: 'where-errors-begin' },
      { kind: 'query', id: 'error-messages' },
      { kind: 'query', id: 'exceptions' },
    ],
  },
  {
    id: 'request',
    title: 'One request over several traces',
    group: 'Recipes',
    blocks: [
      {
        kind: 'text',
        text: 'One request may be recorded as several traces that share a correlation id. Group the list by it, and open the group on one time axis. In Flock, `async with flock.traced_run("name"):` around `publish` and `run_until_idle` records it as a single trace.',
      },
      {
        kind: 'go',
        label: 'Group by correlation id',
        view: 'timeline',
        option: ['timeline.group', 'correlation'],
      },
      { kind: 'query', id: 'requests' },
    ],
  },
  {
    id: 'agents',
    title: 'What did the agents do, and what did it cost?',
    group: 'Recipes',
    blocks: [
      {
        kind: 'text',
        text: 'Agents that communicate over a blackboard have no predefined graph; Dependencies draws the one that emerged, and Data flow shows who read what. Tokens and cost come from the attributes of OpenTelemetry’s GenAI conventions, OpenInference, Langfuse, LangSmith, MLflow, Vercel’s AI SDK and a few more. Input tokens include those from the cache, and output tokens include reasoning, even if the file counts them separately. A trace only adds up its model calls (`is_inference`), because agents and workflows repeat the figures of their calls; if only agents have figures, the trace’s are unknown.',
      },
      {
        kind: 'go',
        label: 'Workflows',
        view: 'statistics',
        option: ['statistics.tab', 'workflows'],
      },
      { kind: 'query', id: 'agents' },
      { kind: 'query', id: 'inputs-outputs' },
      { kind: 'query', id: 'models' },
    ],
  },
  {
    id: 'nothing',
    title: 'Nothing is shown, or too much',
    group: 'Recipes',
    blocks: [
      {
        kind: 'list',
        items: [
          'The filter is above every view; “n of m spans” shows how many pass. Remove chips one by one.',
          'A Flock file stays empty unless `FLOCK_TRACE_FILE=true` is set where the program runs. While the program has the file open, the newest spans may still be in a `.wal` file next to it.',
          'Too much noise: exclude operations under Configuration, or click one and choose “Without this”.',
          'Problems found in a file, with their counts, are under Configuration, About the dataset.',
        ],
      },
      {
        kind: 'go',
        label: 'About the dataset',
        view: 'configuration',
        option: ['configuration.section', 'about'],
      },
      { kind: 'query', id: 'counts' },
    ],
  },
  {
    id: 'filter',
    title: 'The filter',
    group: 'Reference',
    blocks: [
      {
        kind: 'text',
        text: 'One filter for all views. A span passes if it meets every condition; a trace is listed if one of its spans passes. Press `f` to add a condition, `/` for free text, or click any value. Terms can be typed:',
      },
      {
        kind: 'terms',
        rows: [
          [
            'service=Agent,Tool',
            `One of these services; \`!=\` excludes them. Likewise ${OTHER_FIELDS}.`,
          ],
          ['@http.method=GET', 'An attribute with this value; `!=` for spans without it.'],
          [
            '@url~checkout',
            'An attribute that contains a text, ignoring case; `!~` if it does not.',
          ],
          ['@user.id?', 'Has the attribute; `!?` if it does not.'],
          ['@@k8s.pod.name=a-1', 'The same for the resource.'],
          ['@@@exception.type=KeyError', 'The same for any of the span’s events.'],
          ['duration>=10ms', 'Also `<=`, `>`, `<`, and `duration=1ms..2s`.'],
          ['root', 'Only root spans; `!root` for all others.'],
          ['service="a, b",""', 'Quotes for values with commas; `""` means none.'],
        ],
      },
      {
        kind: 'text',
        text: 'Free text is searched for in ids, names, services, scope, status, and in keys and values of attributes, resources and events.',
      },
    ],
  },
  { id: 'keys', title: 'Keys', group: 'Reference', blocks: [{ kind: 'keys' }] },
  {
    id: 'formats',
    title: 'Formats',
    group: 'Reference',
    blocks: [
      {
        kind: 'text',
        text: 'Recognised by content, never by file name. Any file may be packed with gzip or zstd, or lie in a zip or tar archive; several files opened together make one dataset. Broken parts are skipped, counted and shown; the rest opens.',
      },
      { kind: 'formats' },
    ],
  },
  {
    id: 'links',
    title: 'Links and embedding',
    group: 'Reference',
    blocks: [
      {
        kind: 'text',
        text: 'The part of the address after `#` records what is on screen: copy the address to share it. It is never sent to a server, and neither is anything that you open.',
      },
      {
        kind: 'terms',
        rows: [
          ['#demo', 'Opens the demo.'],
          [
            '#src=https://host/trace.json',
            'Opens an address; several `src` make one dataset. Other hosts must allow it (CORS).',
          ],
          [
            'view=red',
            'One of `timeline`, `statistics`, `red`, `dependencies`, `sql`, `configuration`, `guide`.',
          ],
          [
            'f=service=Agent',
            'A term of the filter; may be repeated. `q=` is free text, `time=from~until` a range in epoch nanoseconds.',
          ],
          ['trace=…&span=…', 'A trace, and one of its spans.'],
        ],
      },
      { kind: 'heading', text: 'In your own page' },
      {
        kind: 'text',
        text: 'An `iframe` with such a link shows a view in your documents. A page on the same host can control it:',
      },
      {
        kind: 'code',
        text: `<iframe src="https://your.host/spanlight/#src=run.json&view=red"></iframe>

await frame.contentWindow.spanlight.open('run.json');
const { rows } = await frame.contentWindow.spanlight.query(
  'SELECT service, count(*) AS spans FROM spans GROUP BY service');
await frame.contentWindow.spanlight.navigate({ view: 'dependencies' });`,
      },
    ],
  },
  {
    id: 'schema',
    title: 'Tables and columns',
    group: 'Reference',
    blocks: [
      {
        kind: 'text',
        text: 'The tables that SQL can query, as they are in this dataset. `spans` has the columns of Flock’s exporter, so queries written for it run.',
      },
      { kind: 'schema' },
    ],
  },
];
