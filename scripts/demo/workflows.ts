/** Twelve runs on the blackboard: briefs that a critic rejects, parallel triage, support for the shop, an import. */
import { LARGE, Raised, Run, SMALL, flockProducer, type Agent, type Artifact } from './blackboard';
import { RATE_LIMIT, TIMEOUT, validationError } from './blackboard-failures';
import { BRIEFS, BUGS, REPLIES, type Brief, type Bug } from './content';
import type { OpenSpan, Producer, Recorder } from './recorder';
import type { Random } from './random';
import type { FailedOrder } from './shop';

const agent = (
  name: string,
  output: string,
  model: Agent['model'],
  description: string,
  instruction: string,
): Agent => ({ name, output, model, description, instruction });

const AGENTS = {
  scout: agent(
    'scout',
    'Findings',
    SMALL,
    'Collects facts with their sources for a topic',
    'Collect facts on the topic. Give a source for each. Leave out what you cannot source.',
  ),
  analyst: agent(
    'analyst',
    'Outline',
    LARGE,
    'Orders findings into an argument',
    'Order the findings into an outline of at most five points. Say what speaks against each.',
  ),
  writer: agent(
    'writer',
    'Draft',
    LARGE,
    'Writes the brief, and again where the critic asks for it',
    'Write the brief from the outline. Where there is a critique, answer every point of it.',
  ),
  critic: agent(
    'critic',
    'Critique',
    LARGE,
    'Scores a draft and names what is missing',
    'Score the draft from 1 to 10. Below 8, name each thing that has to change.',
  ),
  editor: agent(
    'editor',
    'Brief',
    SMALL,
    'Shortens, checks names and figures, sets the title',
    'Cut to 120 words. Check every figure against the findings. Set a title.',
  ),
  classifier: agent(
    'classifier',
    'Classification',
    SMALL,
    'Sorts bug reports by component and severity',
    'Name the component and the severity of this report.',
  ),
  reproducer: agent(
    'reproducer',
    'Reproduction',
    LARGE,
    'Turns a report into steps that fail',
    'Write the shortest steps that show the bug. Say if you could not.',
  ),
  log_reader: agent(
    'log_reader',
    'LogFindings',
    SMALL,
    'Looks for the report’s traces in the logs',
    'Find log lines that belong to the report.',
  ),
  code_searcher: agent(
    'code_searcher',
    'CodeFindings',
    SMALL,
    'Finds the code that a report is about',
    'Name files and functions that could cause this.',
  ),
  judge: agent(
    'judge',
    'Verdict',
    LARGE,
    'Weighs what the others found and decides',
    'Decide from the findings: cause, confidence, owner, next step.',
  ),
  router: agent(
    'router',
    'Route',
    SMALL,
    'Decides who answers a customer',
    'Decide between: answer, refund, human.',
  ),
  answerer: agent(
    'answerer',
    'Reply',
    LARGE,
    'Writes to the customer',
    'Answer in three sentences. Never promise a date.',
  ),
  guard: agent(
    'guard',
    'Approval',
    SMALL,
    'Checks a reply against the rules',
    'Approve the reply or say which rule it breaks.',
  ),
  normaliser: agent(
    'normaliser',
    'Record',
    SMALL,
    'Brings imported rows into one form',
    'Normalise names, units and dates of this row.',
  ),
} satisfies Record<string, Agent>;

/** Records the runs. Support answers the orders that failed in the shop, under the same correlation id. */
export function recordWorkflows(random: Random, recorder: Recorder, failed: FailedOrder[]): void {
  const producer = flockProducer(random);
  const start = (name: string, atMs: number, correlationId?: string) =>
    new Run(random, recorder, producer, name, atMs, correlationId);

  brief(start('research_brief', 20_000), BRIEFS[0], 20_000);
  brief(start('research_brief', 190_000), BRIEFS[1], 190_000);
  brief(start('research_brief', 505_000), BRIEFS[2], 505_000);
  brief(start('research_brief', 700_000), BRIEFS[3], 700_000);
  // The process was killed here: the spans of the workflow and the loop never ended; only those that had ended were exported.
  brief(start('research_brief', 1_130_000), BRIEFS[0], 1_130_000, 'killed');

  triage(start('bug_triage', 95_000), BUGS[0], 95_000);
  triage(start('bug_triage', 431_000), BUGS[1], 431_000);
  triage(start('bug_triage', 905_000), BUGS[2], 905_000);

  // The first failure with each message gets a customer's letter.
  const letters = [...new Map(failed.map((order) => [order.message, order])).values()];
  for (const order of [...letters, ...failed.filter((order) => !letters.includes(order))].slice(
    0,
    3,
  )) {
    const atMs = order.atMs + random.between(20_000, 45_000);
    reply(start('support_reply', atMs, order.correlationId), order, atMs, random);
  }

  importRows(start('v1.import', 610_000), 610_000, producer, recorder);
}

function brief(run: Run, content: Brief, atMs: number, ends?: 'killed'): void {
  const topic = run.artifact('Topic', content.topic, 'external');
  const published = run.publish(topic, atMs + 4);
  attempt(run, published, (parent, start) => {
    const found = run.execute(parent, AGENTS.scout, [topic], { payload: content.findings }, start);
    const outlineFailure =
      content.fails === 'rate-limit' ? { failure: RATE_LIMIT, fatal: true } : {};
    const outline = run.execute(
      parent,
      AGENTS.analyst,
      [topic, found.artifact],
      { payload: content.outline, ...outlineFailure },
      found.endMs + 3,
    );
    if (ends === 'killed') {
      run.workflow.lose();
      parent.lose();
      throw new Killed();
    }
    let at = outline.endMs + 3;
    let critique: Artifact | null = null;
    let draft: Artifact | null = null;
    for (const [i, round] of content.rounds.entries()) {
      const wrote = run.execute(
        parent,
        AGENTS.writer,
        critique && draft ? [outline.artifact, draft, critique] : [outline.artifact],
        {
          payload: round.draft,
          failure: content.fails === 'timeout' && i === 1 ? TIMEOUT : undefined,
        },
        at,
      );
      const judged = run.execute(
        parent,
        AGENTS.critic,
        [wrote.artifact, outline.artifact],
        { payload: round.critique },
        wrote.endMs + 3,
      );
      draft = wrote.artifact;
      critique = judged.artifact;
      at = judged.endMs + 3;
    }
    return run.execute(
      parent,
      AGENTS.editor,
      [draft!, critique!, found.artifact],
      { payload: content.brief },
      at,
    ).endMs;
  });
}

function triage(run: Run, bug: Bug, atMs: number): void {
  const report = run.artifact('BugReport', bug.report, 'external');
  const published = run.publish(report, atMs + 3);
  attempt(run, published, (parent, start) => {
    const sorted = run.execute(
      parent,
      AGENTS.classifier,
      [report],
      { payload: bug.classification },
      start,
    );
    const together = [AGENTS.reproducer, AGENTS.log_reader, AGENTS.code_searcher].map((agent, i) =>
      run.execute(
        parent,
        agent,
        [report, sorted.artifact],
        { payload: bug.findings[i] },
        sorted.endMs + 2 + i * 0.8,
      ),
    );
    const verdict = run.execute(
      parent,
      AGENTS.judge,
      [report, ...together.map(({ artifact }) => artifact)],
      {
        payload: bug.verdict,
        ...(bug.fails ? { failure: validationError('Verdict', 'confidence'), fatal: true } : {}),
      },
      Math.max(...together.map(({ endMs }) => endMs)) + 3,
    );
    return verdict.endMs;
  });
}

function reply(run: Run, order: FailedOrder, atMs: number, random: Random): void {
  const letter = run.artifact(
    'CustomerMessage',
    {
      order: order.orderId,
      channel: random.pick(['chat', 'email']),
      text: `Hello, I tried to pay for ${order.orderId} and the page said something went wrong. Was my card charged?`,
      backend_error: order.message,
    },
    'external',
  );
  const content = random.pick(REPLIES);
  const published = run.publish(letter, atMs + 2);
  attempt(run, published, (parent, start) => {
    const steps = [AGENTS.router, AGENTS.answerer, AGENTS.guard];
    let at = start;
    let inputs = [letter];
    for (const [i, agent] of steps.entries()) {
      const done = run.execute(parent, agent, inputs, { payload: content[i] }, at);
      inputs = [letter, done.artifact];
      at = done.endMs + 2;
    }
    return at;
  });
}

/** A workflow with a dot in its name, which Flock's exporter splits, and a nested workflow. */
function importRows(run: Run, atMs: number, producer: Producer, recorder: Recorder): void {
  const rows = [
    { name: 'KETTLE, ENAMEL 1,5L', price: '54,00 €', added: '3.11.2026' },
    { name: 'grinder espresso (conical)', price: 'EUR 189', added: '2026/11/04' },
    { name: 'Tea Sampler x12', price: '19.00', added: 'Nov 5 2026' },
  ];
  attempt(run, atMs + 5, (parent, start) => {
    let at = start;
    const inner = recorder.start(parent, producer, 'normalise', 'INTERNAL', at).set({
      'flock.workflow': true,
      'workflow.name': 'normalise',
    });
    for (const [i, row] of rows.entries()) {
      const raw = run.artifact('Row', { line: i + 1, ...row }, 'external');
      at = run.publish(raw, at + 1, inner);
      const clean = ['Enamel kettle 1.5 l', 'Espresso grinder, conical', 'Tea sampler, 12 pieces'];
      const payload = {
        name: clean[i],
        price_cents: [5400, 18_900, 1900][i],
        currency: 'EUR',
        added: `2026-11-0${i + 3}`,
      };
      at = run.execute(inner, AGENTS.normaliser, [raw], { payload }, at + 1).endMs;
    }
    inner.ok().end(at + 0.5);
    return at + 1;
  });
}

class Killed extends Error {}

/** Runs the loop of a workflow, and ends the workflow with its outcome. */
function attempt(run: Run, atMs: number, body: (parent: OpenSpan, atMs: number) => number): void {
  try {
    run.finish(run.untilIdle(atMs + 1, body) + 2);
  } catch (error) {
    if (error instanceof Raised) run.fail(error);
    else if (!(error instanceof Killed)) throw error;
  }
}
