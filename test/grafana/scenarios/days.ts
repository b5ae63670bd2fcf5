import type { Firing } from '../promtool.ts';
import type { Timeline } from '../timeline.ts';
import { conversation, type Truth, waits } from '../truth.ts';
import { about, alarm, long, type Scenario } from './scenario.ts';

/** What takes days to be seen: a new version, and nothing where there usually is something. */

const HOUR = 60;
const DAY = 24 * HOUR;

const FAST = waits(0.9, 0.9, 0.9, 0.9, 0.9, 0.9);
const SLOWER = waits(1.3, 1.3, 1.3, 0.9, 0.9, 0.9);
const version = (name: string, exchanges = FAST): Truth => conversation({ version: name, exchanges });
const SLOWER_V2: Firing = about('CallspanVersionSlower', 'warning', { gen_ai_agent_version: 'v2' });

/** Version 1 for a week, every half hour. */
function weekOfVersion1(timeline: Timeline): void {
  timeline.every(30, 5, 7 * DAY, version('v1'));
}

/** Until the evening of day 8. */
const NIGHT = 7 * DAY + 20 * HOUR;

const VERSIONS: readonly Scenario[] = [
  long(
    'a new version that is slower',
    8,
    (timeline) => {
      weekOfVersion1(timeline);
      timeline.every(30, 7 * DAY, NIGHT, version('v2', SLOWER));
    },
    // After one hour there is too little of it.
    { [7 * 24 + 1]: [], [7 * 24 + 12]: [SLOWER_V2] },
  ),
  long(
    'a new version that is as fast, and one that is faster',
    8,
    (timeline) => {
      weekOfVersion1(timeline);
      timeline.every(30, 7 * DAY, NIGHT, version('v2'));
      timeline.every(30, 7 * DAY, NIGHT, version('v3', waits(0.4, 0.4, 0.4, 0.4, 0.4, 0.4)));
    },
    { [7 * 24 + 12]: [] },
  ),
  long(
    'a new version of which there is one long call alone',
    8,
    (timeline) => {
      timeline.every(30, 5, NIGHT, version('v1'));
      timeline.at(7 * DAY + 6 * HOUR, version('v2', Array.from({ length: 30 }, () => SLOWER).flat()));
    },
    { [7 * 24 + 12]: [] },
  ),
  long(
    'the first version that anybody saw has none to be compared with',
    3,
    (timeline) => timeline.every(30, 5, 2 * DAY, version('v2', SLOWER)),
    { 12: [], 36: [] },
  ),
  long(
    'a version that comes back is not new',
    8,
    (timeline) => {
      timeline.every(30, 5, 2 * DAY, version('v2', SLOWER));
      timeline.every(30, 2 * DAY, 7 * DAY, version('v1'));
      timeline.every(30, 7 * DAY, NIGHT, version('v2', SLOWER));
    },
    { [7 * 24 + 12]: [] },
  ),
  long(
    'a backfill of the new version, slow as it was once, does not make it slower; nor do restarts',
    8,
    (timeline) => {
      weekOfVersion1(timeline);
      timeline.every(30, 7 * DAY, NIGHT, version('v2'));
      for (let call = 0; call < 500; call++) {
        timeline.at(7 * DAY + call, { ...version('v2', SLOWER), late: true });
      }
      timeline.silent(7 * DAY + 2 * HOUR, 7 * DAY + 2.5 * HOUR);
    },
    { [7 * 24 + 12]: [] },
  ),
];

const QUIET = (over: string): Firing =>
  alarm('CallspanNothingArriving', 'warning', { callspan_source: 'sales', over });

/** A call every six minutes from 8 to 20 o'clock. */
function officeHours(timeline: Timeline, days: readonly number[], to = Number.POSITIVE_INFINITY): void {
  for (const day of days) {
    const opening = day * DAY + 8 * HOUR;
    timeline.every(6, opening, Math.min(opening + 12 * HOUR, to), conversation());
  }
}

const ARRIVALS: readonly Scenario[] = [
  long(
    'nothing arrives at a time at which a week ago there was something',
    8,
    (timeline) => officeHours(timeline, [0, 1, 2, 3, 4, 5, 6, 7], 7 * DAY + 11 * HOUR),
    {
      // In the night before, nobody expects anything.
      [7 * 24 + 3]: [],
      [7 * 24 + 12]: [],
      [7 * 24 + 14]: [QUIET('2h')],
      // The longer look begins to miss them when a week ago twelve hours had ended with enough of them.
      [7 * 24 + 19]: [QUIET('2h')],
    },
  ),
  long('nothing arrives all day', 8, (timeline) => officeHours(timeline, [0, 1, 2, 3, 4, 5, 6]), {
    [7 * 24 + 15]: [QUIET('2h'), QUIET('12h')],
  }),
  long(
    'nothing arrives, and callspan has known the source for three days only',
    4,
    (timeline) => officeHours(timeline, [0, 1, 2]),
    { [3 * 24 + 14]: [] },
  ),
  long(
    'a source that was given up is not missed for ever',
    8,
    (timeline) => officeHours(timeline, [0, 1, 2]),
    { [7 * 24 + 14]: [] },
  ),
  long(
    'a backfill is not an arrival',
    8,
    (timeline) => {
      officeHours(timeline, [0, 1, 2, 3, 4, 5, 6, 7], 7 * DAY + 11 * HOUR);
      for (let call = 0; call < 500; call++) {
        timeline.at(7 * DAY + 12 * HOUR + call / 10, conversation({ late: true }));
      }
    },
    { [7 * 24 + 14]: [QUIET('2h')] },
  ),
  long(
    'a restart is not silence',
    8,
    (timeline) => {
      officeHours(timeline, [0, 1, 2, 3, 4, 5, 6, 7]);
      timeline.silent(7 * DAY + 13 * HOUR, 7 * DAY + 13.5 * HOUR);
    },
    { [7 * 24 + 14]: [] },
  ),
];

export const LONG_SCENARIOS: readonly Scenario[] = [...VERSIONS, ...ARRIVALS];
