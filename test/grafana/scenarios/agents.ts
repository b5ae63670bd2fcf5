import type { Firing } from '../promtool.ts';
import type { Timeline } from '../timeline.ts';
import { conversation, type Exchange, type Truth, times, waits } from '../truth.ts';
import { about, type Scenario, SHORT, severe, short } from './scenario.ts';

/** Something that goes wrong with an agent, and what fires when it does so in every conversation of an hour. */
interface Trouble {
  readonly alert: string;
  readonly bad: Truth;
  readonly firing: readonly Firing[];
  /** Conversations that take turns, just not bad enough. */
  readonly bearable: readonly Truth[];
}

const FINE: Exchange = { answer: 'answered', wait: 0.9 };
const SILENCE: Exchange = { answer: 'unanswered' };
const called = (error?: string): Exchange => ({
  ...FINE,
  tools: [{ name: 'lookup', seconds: 0.4, ...(error === undefined ? {} : { error }) }],
});
const joined = (seconds: number): Truth => conversation({ provider: 'tavus', join: seconds });
const among = (part: Truth, of: number, whole: Truth): Truth[] => [part, ...Array(of - 1).fill(whole)];
const said = (...exchanges: Exchange[]): Truth => conversation({ exchanges });
const burning = (alert: string, ...pairs: ['critical' | 'warning', string][]): Firing[] =>
  pairs.map(([severity, over]) => about(alert, severity, { over }));
const ALL_PACES: ['critical' | 'warning', string][] = [
  ['critical', '1h'],
  ['critical', '6h'],
  ['warning', '1d'],
  ['warning', '3d'],
];

const TROUBLES: readonly Trouble[] = [
  {
    alert: 'CallspanResponseBudgetBurn',
    bad: said(...waits(2.2, 2.2, 2.2, 2.2, 2.2, 2.2)),
    firing: [...burning('CallspanResponseBudgetBurn', ...ALL_PACES), ...severe('CallspanMedianSlow')],
    // One wait of 24 is within the 5 % that the objective allows.
    bearable: among(said(...waits(2.2, 0.9, 0.9, 0.9, 0.9, 0.9)), 4, conversation()),
  },
  {
    alert: 'CallspanAnswerBudgetBurn',
    bad: said(FINE, ...times(5, SILENCE)),
    firing: [...burning('CallspanAnswerBudgetBurn', ...ALL_PACES), ...severe('CallspanUnanswered')],
    bearable: among(said(SILENCE, ...times(5, FINE)), 4, conversation()),
  },
  {
    alert: 'CallspanMedianSlow',
    bad: said(...waits(1.8, 1.8, 1.8, 1.8, 0.9, 0.9)),
    firing: severe('CallspanMedianSlow'),
    // Half of the waits are not more than half, and a wait of just 1.5 s is not over it.
    bearable: [said(...waits(1.8, 1.8, 1.8, 1.5, 1.5, 0.9))],
  },
  {
    alert: 'CallspanTailSlow',
    bad: said(...waits(6, ...Array<number>(9).fill(0.9))),
    firing: [...severe('CallspanTailSlow'), ...burning('CallspanResponseBudgetBurn', ['warning', '3d'])],
    bearable: among(said(...waits(6, ...Array<number>(9).fill(0.9))), 3, said(...times(10, FINE))),
  },
  {
    alert: 'CallspanUnanswered',
    bad: said(...times(3, SILENCE), ...times(3, FINE)),
    firing: [
      ...severe('CallspanUnanswered'),
      ...burning('CallspanAnswerBudgetBurn', ...ALL_PACES.filter(([, over]) => over !== '1h')),
    ],
    bearable: among(said(SILENCE, ...times(5, FINE)), 4, conversation()),
  },
  {
    alert: 'CallspanJoinSlow',
    bad: joined(9),
    firing: severe('CallspanJoinSlow'),
    bearable: [...among(joined(9), 4, joined(8))],
  },
  {
    alert: 'CallspanToolFailures',
    bad: said(FINE, called('timeout')),
    firing: severe('CallspanToolFailures', { gen_ai_tool_name: 'lookup' }),
    bearable: [said(FINE, called('timeout'), ...times(11, called()))],
  },
  {
    alert: 'CallspanConversationsFailed',
    bad: conversation({ outcome: 'failed', exchanges: [] }),
    firing: severe('CallspanConversationsFailed'),
    bearable: among(conversation({ outcome: 'failed', exchanges: [] }), 11, conversation()),
  },
];

/** Every three minutes one of these, in turn, until minute `to`. */
function flow(timeline: Timeline, truths: readonly Truth[], to = SHORT): void {
  timeline.every(3, 1, to, (minute) => truths[Math.floor(minute / 3) % truths.length] ?? conversation());
}

/** As much as happens in the whole scenario, in one conversation. */
function longCall(bad: Truth): Truth {
  const calls = SHORT / 3;
  return { ...bad, exchanges: Array.from({ length: calls }, () => bad.exchanges).flat() };
}

function scenariosOf({ alert, bad, firing, bearable }: Trouble): Scenario[] {
  return [
    short(`${alert} fires`, (timeline) => flow(timeline, [bad]), firing),
    short(`${alert} does not fire below its limit`, (timeline) => flow(timeline, bearable), []),
    short(`${alert}: one long call alone`, (timeline) => timeline.at(60, longCall(bad)), []),
    short(
      `${alert}: one long call among those of another agent`,
      (timeline) => {
        flow(timeline, [conversation({ provider: bad.provider, agent: 'ben' })]);
        timeline.at(60, longCall(bad));
      },
      [],
    ),
    short(
      `${alert}: callspan restarts, and then the collector`,
      (timeline) => {
        flow(timeline, [bad]);
        timeline.silent(40, 44);
        timeline.silent(70, 72);
      },
      firing,
    ),
    short(
      `${alert}: counters begin anew`,
      (timeline) => {
        flow(timeline, [bad]);
        timeline.renew(70);
      },
      firing,
    ),
    short(
      `${alert}: ordinary counters begin anew`,
      (timeline) => {
        flow(timeline, bearable);
        timeline.renew(70);
      },
      [],
    ),
    short(
      `${alert}: every conversation is delivered twice`,
      (timeline) => {
        for (let minute = 1; minute < SHORT; minute += 3) {
          const truth = bearable[Math.floor(minute / 3) % bearable.length] ?? bad;
          for (const id of timeline.at(minute, truth)) timeline.again(minute + 1, id, truth);
        }
      },
      [],
    ),
    short(
      `${alert}: a backfill of 500 old conversations`,
      (timeline) => {
        flow(timeline, bearable);
        for (let call = 0; call < 500; call++) timeline.at(40 + (call % 20), { ...bad, late: true });
      },
      [],
    ),
    short(`${alert}: silence after it is long over`, (timeline) => flow(timeline, [bad], 10), []),
  ];
}

const DELIVERED = `sum(increase(callspan_conversations_total[2h]))`;

export const AGENT_SCENARIOS: readonly Scenario[] = [
  ...TROUBLES.flatMap(scenariosOf),
  short(
    'what is delivered twice is counted once',
    (timeline) => {
      for (let minute = 5; minute < 50; minute += 5) {
        for (const id of timeline.at(minute, conversation())) timeline.again(minute + 2, id, conversation());
      }
    },
    [],
    { values: [{ minute: SHORT, expr: DELIVERED, value: 9 }] },
  ),
  short('nothing ever arrives', () => undefined, []),
  short(
    'an agent that others pass their callers on to has no conversations of its own',
    (timeline) => {
      const slow = said(...waits(2.2, 2.2, 2.2, 2.2, 2.2, 2.2));
      flow(timeline, [{ ...slow, beganWith: 'reception' }]);
    },
    [...burning('CallspanResponseBudgetBurn', ...ALL_PACES), ...severe('CallspanMedianSlow')],
  ),
  short(
    'only the agent that is slow is named',
    (timeline) => {
      flow(timeline, [conversation({ agent: 'ben' })]);
      flow(timeline, [said(...waits(1.8, 1.8, 1.8, 1.8, 1.8, 1.8))]);
      flow(timeline, [conversation({ source: 'support' })]);
    },
    severe('CallspanMedianSlow'),
  ),
  short(
    'it is over as soon as newer calls show that it is',
    (timeline) => {
      timeline.every(3, 1, 89, said(...waits(2.2, 2.2, 2.2, 2.2, 2.2, 2.2)));
      timeline.every(3, 91, SHORT, conversation());
    },
    // The hour is still bad, but not its last ten minutes. The median has no such mercy, and 6 h have 1 h to show it.
    [
      ...burning('CallspanResponseBudgetBurn', ['critical', '6h'], ['warning', '1d'], ['warning', '3d']),
      ...severe('CallspanMedianSlow'),
    ],
  ),
];
