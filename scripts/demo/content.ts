/** What the demo's agents read and write. Invented, but realistic in shape. */

type Payload = Record<string, unknown>;

export interface Brief {
  topic: Payload;
  findings: Payload;
  outline: Payload;
  rounds: { draft: Payload; critique: Payload }[];
  brief: Payload;
  fails?: 'rate-limit' | 'timeout';
}

export interface Bug {
  report: Payload;
  classification: Payload;
  /** For the reproducer, the log reader and the code searcher. */
  findings: [Payload, Payload, Payload];
  verdict: Payload;
  fails?: true;
}

const critique = (score: number, ...changes: string[]): Payload => ({
  score,
  verdict: score >= 8 ? 'accept' : 'revise',
  changes,
});

export const BRIEFS: Brief[] = [
  {
    topic: {
      title: 'Street trees against summer heat',
      audience: 'city council',
      deadline: '2026-11-13',
      questions: ['How much cooler?', 'Which species survive?', 'What does it cost for ten years?'],
    },
    findings: {
      facts: [
        {
          text: 'Mature canopy lowers air temperature in a street by 1 to 3 °C at 15:00.',
          source: 'survey-2025, p. 14',
        },
        {
          text: 'A third of trees planted without a root trench die within five years.',
          source: 'parks ledger 2019–2024',
        },
        { text: 'Watering is 61 % of the first three years’ cost.', source: 'tender 88/2024' },
      ],
      open: ['No figures for streets narrower than 9 m.'],
    },
    outline: {
      points: [
        {
          claim: 'Plant where people wait, not where it is easy.',
          against: 'Utilities lie there.',
        },
        { claim: 'Trenches before trees.', against: 'Costs twice as much in year one.' },
        { claim: 'Pay for water up front.', against: 'Budgets are yearly.' },
      ],
    },
    rounds: [
      {
        draft: {
          words: 168,
          text: 'Street trees cool. A mature canopy takes one to three degrees off a July afternoon, and nothing else that a city can buy does so while it grows. But a third of what was planted since 2019 is dead: the pits were too small and the watering stopped after one summer.',
        },
        critique: critique(6, 'Say what it costs for ten years.', 'Name the source of “a third”.'),
      },
      {
        draft: {
          words: 191,
          text: 'A mature canopy takes one to three degrees off a July afternoon. Yet a third of the trees planted since 2019 are dead (parks ledger), because pits were too small and watering stopped. Trenches cost twice as much in the first year and, over ten, less than planting every tree again: 4,100 € against 5,600 € a tree.',
        },
        critique: critique(7, 'The claim about narrow streets has no source: take it out.'),
      },
      {
        draft: {
          words: 174,
          text: 'A mature canopy takes one to three degrees off a July afternoon (survey 2025). Yet a third of the trees planted since 2019 are dead (parks ledger). Trenches cost twice as much in the first year and, over ten, less than planting every tree again: 4,100 € against 5,600 € a tree. Pay for three summers of water with the planting.',
        },
        critique: critique(9),
      },
    ],
    brief: {
      title: 'Trenches before trees',
      text: 'A mature canopy takes 1 to 3 °C off a July afternoon. A third of the trees planted since 2019 are dead. A root trench costs more in year one and 1,500 € less over ten. Recommendation: fewer trees, with trenches, and three summers of water in the same contract.',
    },
  },
  {
    topic: {
      title: 'Repairing undersea cables',
      audience: 'newsletter readers',
      deadline: '2026-11-12',
      questions: ['How is a break found?', 'How long does a repair take?'],
    },
    findings: {
      facts: [
        {
          text: 'Reflectometry places a break to within a few hundred metres.',
          source: 'operator handbook, ch. 4',
        },
        {
          text: 'Median time from fault to repair: 19 days, of which 6 at sea.',
          source: 'industry table 2025',
        },
      ],
      open: [],
    },
    outline: {
      points: [
        { claim: 'Finding takes minutes, permission takes weeks.', against: 'Not in all waters.' },
        { claim: 'There are too few ships.', against: 'Two more are being built.' },
      ],
    },
    rounds: [
      {
        draft: {
          words: 140,
          text: 'When a cable breaks, a pulse of light says where within minutes. Then the waiting begins: for a ship, for a permit, for a calm sea.',
        },
        critique: critique(7, 'Give the median.'),
      },
      {
        draft: {
          words: 151,
          text: 'When a cable breaks, a pulse of light says where within minutes. Then the waiting begins. The median repair takes nineteen days, and only six of them at sea: the rest goes to permits and to ships that are busy elsewhere.',
        },
        critique: critique(8, 'Optional: name the number of ships.'),
      },
    ],
    brief: {
      title: 'Nineteen days',
      text: 'Light finds the break in minutes. Ships, permits and weather take the other nineteen days, of which only six are spent at sea.',
    },
    fails: 'timeout',
  },
  {
    topic: {
      title: 'Post-quantum key exchange in browsers',
      audience: 'engineering',
      deadline: '2026-11-14',
      questions: ['What changes on the wire?', 'What breaks?'],
    },
    findings: {
      facts: [
        {
          text: 'The hybrid key share adds about 1.1 kB to the first flight.',
          source: 'capture 12',
        },
        {
          text: 'Some middleboxes drop a ClientHello that spans two packets.',
          source: 'ticket NET-3391',
        },
      ],
      open: ['Share of clients behind such boxes.'],
    },
    outline: { points: [] },
    rounds: [],
    brief: {},
    fails: 'rate-limit',
  },
  {
    topic: {
      title: '蓄電池 — Grid batteries in the north',
      audience: 'energy desk',
      deadline: '2026-11-15',
      questions: ['Do they pay without subsidy? 🔋'],
    },
    findings: {
      facts: [
        {
          text: 'Frequency reserve paid 71 % of revenue in 2025, arbitrage 22 %.',
          source: 'market report',
        },
        {
          text: 'Prices of reserve fell by half within a year of the third large site.',
          source: 'market report',
        },
      ],
      open: [],
    },
    outline: {
      points: [
        { claim: 'First movers paid off, followers will not.', against: 'Winter spreads grow.' },
      ],
    },
    rounds: [
      {
        draft: {
          words: 118,
          text: 'The first batteries earned their price in three years by standing still: reserve pays for being ready. The third large site halved that pay.',
        },
        critique: critique(9),
      },
    ],
    brief: {
      title: 'Paid to stand still',
      text: 'Reserve markets paid for the first grid batteries and are now full. What is built next must live from winter spreads.',
    },
  },
];

export const BUGS: Bug[] = [
  {
    report: {
      id: 'BUG-4471',
      title: 'Cart empties after switching language',
      body: 'Add anything, switch to German in the footer, the cart is empty. Back to English: still empty.',
      reporter: 'customer',
    },
    classification: { component: 'frontend/session', severity: 'major', duplicate_of: null },
    findings: [
      {
        reproduced: true,
        steps: ['Open /product/SKU-1042', 'Add to cart', 'Switch language', 'Open /cart: 0 items'],
      },
      { lines: 2, sample: 'WARN session: cookie path "/de" differs from "/": new session issued' },
      { files: [{ path: 'frontend/src/session/cookie.ts', function: 'issue', score: 0.93 }] },
    ],
    verdict: {
      cause: 'The session cookie is scoped to the language’s path.',
      confidence: 9,
      owner: 'team-frontend',
      next: 'Scope the cookie to “/” and migrate old ones.',
    },
  },
  {
    report: {
      id: 'BUG-4473',
      title: 'Product pages time out around noon',
      body: 'Since about 10:06 product pages take a second or fail with 504. It went away by itself.',
      reporter: 'monitoring',
    },
    classification: { component: 'inventory/database', severity: 'critical', duplicate_of: null },
    findings: [
      { reproduced: false, steps: [], note: 'Load needed; none on staging.' },
      {
        lines: 318,
        sample:
          'ERROR inventory: context deadline exceeded: SELECT stock waited 1.5s for a connection',
      },
      {
        files: [
          { path: 'inventory/store/postgres.go', function: 'Stock', score: 0.88 },
          { path: 'inventory/jobs/recount.go', function: 'Run', score: 0.71 },
        ],
      },
    ],
    verdict: {
      cause: 'The nightly recount ran at 10:06 and held row locks on stock.',
      confidence: 8,
      owner: 'team-inventory',
      next: 'Recount in batches of 500 rows; alarm on pool wait.',
    },
  },
  {
    report: {
      id: 'BUG-4480',
      title: 'Recommended products start before the page does',
      body: 'In our traces the recommendation service answers before it was asked. Is time travel planned?',
      reporter: 'sre',
    },
    classification: { component: 'recommendation/host', severity: 'minor', duplicate_of: null },
    findings: [
      {
        reproduced: true,
        steps: ['Open any trace that went to host 1', 'Compare the parent’s start'],
      },
      { lines: 1, sample: 'chronyd: System clock wrong by -0.380 seconds' },
      { files: [] },
    ],
    verdict: {},
    fails: true,
  },
];

/** For the router, the answerer and the guard. */
export const REPLIES: [Payload, Payload, Payload][] = [
  [
    { route: 'answer', confidence: 0.91, reason: 'Asks about a charge that did not happen.' },
    {
      text: 'Thank you for writing. Your card was not charged: the payment stopped before it reached your bank. Please try once more, or with another card; your cart is still there.',
      tone: 'plain',
    },
    { approved: true, rules_checked: ['no-dates', 'no-blame', 'three-sentences'] },
  ],
  [
    { route: 'human', confidence: 0.64, reason: 'Second failure of the same customer.' },
    {
      text: 'I am sorry that this happened twice. A colleague looks at your order now and will write to you. Nothing was charged.',
      tone: 'apologetic',
    },
    {
      approved: false,
      rules_checked: ['no-dates', 'three-sentences'],
      broken: 'promises a colleague',
    },
  ],
];
