import type { Firing } from '../promtool.ts';
import type { Timeline } from '../timeline.ts';
import { conversation, type Truth } from '../truth.ts';
import { about, long, type Scenario } from './scenario.ts';

/** What the vendor's evaluations come to, against the agent's own week before. */

const HOUR = 60;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** Until the evening of day 8, and the hour at which everybody looks. */
const EVENING = WEEK + 20 * HOUR;
const LOOK = 7 * 24 + 12;

type Result = 'success' | 'failure' | 'unknown';

const WORSE: Firing = about('CallspanEvaluationsWorse', 'warning', { gen_ai_evaluation_name: 'solved' });

/** One of so many fails. */
function failing(one: number, of: number, more: Partial<Truth> = {}): (minute: number) => Truth {
  let count = 0;
  return () => {
    const solved: Result = count++ % of < one ? 'failure' : 'success';
    return conversation({ evaluations: { solved }, ...more });
  };
}

function scenario(
  name: string,
  happen: (timeline: Timeline) => void,
  firing: readonly Firing[],
  before: readonly Firing[] = [],
): Scenario {
  return long(name, 8, happen, { [7 * 24]: before, [LOOK]: firing });
}

export const EVALUATION_SCENARIOS: readonly Scenario[] = [
  scenario(
    'evaluations: an agent fails a criterion more often than in its week before',
    (timeline) => {
      timeline.every(20, 5, WEEK, failing(1, 10));
      timeline.every(20, WEEK, EVENING, failing(1, 2));
    },
    [WORSE],
  ),
  scenario(
    'evaluations: one that never failed begins to',
    (timeline) => {
      timeline.every(20, 5, WEEK, failing(0, 1));
      timeline.every(20, WEEK, EVENING, failing(1, 2));
    },
    [WORSE],
  ),
  scenario(
    'evaluations: what fails often as ever is nothing new',
    (timeline) => timeline.every(20, 5, EVENING, failing(7, 10)),
    [],
  ),
  scenario(
    'evaluations: a little more is within the limit',
    (timeline) => {
      timeline.every(20, 5, WEEK, failing(1, 5));
      timeline.every(20, WEEK, EVENING, failing(1, 4));
    },
    [],
  ),
  scenario(
    'evaluations: better than before is no trouble',
    (timeline) => {
      timeline.every(20, 5, WEEK, failing(1, 2));
      timeline.every(20, WEEK, EVENING, failing(0, 1));
    },
    [],
  ),
  scenario(
    'evaluations: those that came to no judgement count on neither side',
    (timeline) => {
      timeline.every(20, 5, WEEK, failing(3, 10));
      timeline.every(20, 7, WEEK, conversation({ evaluations: { solved: 'unknown' } }));
      timeline.every(20, WEEK, EVENING, failing(3, 10));
    },
    [],
  ),
  long(
    'evaluations: too few of the last day to say so',
    8,
    (timeline) => {
      // The day that is looked at begins at noon of the last day of the week.
      timeline.every(20, 5, WEEK - 12 * HOUR, failing(0, 1));
      timeline.every(90, WEEK - 12 * HOUR, EVENING, failing(1, 1));
      timeline.every(20, WEEK - 12 * HOUR, EVENING, conversation({ evaluations: { solved: 'unknown' } }));
    },
    { [LOOK]: [] },
  ),
  scenario(
    'evaluations: a criterion without a week before has nothing to be worse than',
    (timeline) => timeline.every(20, WEEK, EVENING, failing(1, 1)),
    [],
  ),
  scenario(
    'evaluations: only the agent and the criterion that changed are named',
    (timeline) => {
      timeline.every(20, 5, EVENING, failing(1, 2, { agent: 'ben' }));
      timeline.every(20, 5, EVENING, conversation({ evaluations: { polite: 'failure' } }));
      timeline.every(20, 5, WEEK, failing(0, 1));
      timeline.every(20, WEEK, EVENING, failing(1, 1));
    },
    [WORSE],
  ),
  scenario(
    'evaluations: a backfill of failures, and restarts, change nothing',
    (timeline) => {
      timeline.every(20, 5, EVENING, failing(1, 10));
      for (let call = 0; call < 300; call++)
        timeline.at(WEEK + call, conversation({ late: true, evaluations: { solved: 'failure' } }));
      timeline.silent(WEEK + 2 * HOUR, WEEK + 2.5 * HOUR);
    },
    [],
  ),
];
