import type { Random } from '../../sandbox/random.ts';
import type { CrashPoint } from '../../src/crash-point.ts';

/** One life of the program, from its start to a violent end or an orderly one. */
export type Life =
  /** It ends itself at the `nth` time it comes by `point`; a `backfill` where only that comes by it. */
  | { readonly kind: 'point'; readonly point: CrashPoint; readonly nth: number }
  /** `kill -9` so many milliseconds after its start, or after it has said that it is running. */
  | { readonly kind: 'kill'; readonly since: 'start' | 'running'; readonly afterMs: number }
  /** The same to a `callspan backfill`. */
  | { readonly kind: 'kill-backfill'; readonly afterMs: number }
  /** Asked to stop, as an orderly deployment does; also while the collector takes everything and answers nothing. */
  | { readonly kind: 'terminate'; readonly afterMs: number; readonly collector: 'answers' | 'is silent' };

/** How much is to happen. */
export interface Dose {
  /** Lives that end at each of the points that a running bridge comes by. */
  readonly perPoint: number;
  readonly migrations: number;
  readonly backfills: number;
  readonly backfillKills: number;
  /** Kills at the beginning, while the lists are walked for the first time. */
  readonly walkKills: number;
  readonly randomKills: number;
  readonly terminations: number;
  /** Whether there is poison among the rows and bodies. */
  readonly poison: boolean;
  /** Conversations that are there at the beginning, that only a backfill finds, and that come as time goes by. */
  readonly conversations: {
    readonly backlog: number;
    readonly past: number;
    readonly fresh: number;
    /** That webhooks tell of, and no list. */
    readonly told: number;
    /** Whether two are there at the beginning that lasted for hours. */
    readonly longest: boolean;
  };
}

/** What a running bridge comes by with every conversation. */
export const ROAD: readonly CrashPoint[] = [
  'before-fetch',
  'after-fetch',
  'before-send',
  'during-send',
  'after-accept',
  'during-record',
];

/** What it comes by with every webhook. */
export const INTAKE: readonly CrashPoint[] = [
  'before-verify',
  'after-inbox',
  'before-answer',
  'after-answer',
];

/** All that happens to one ledger, drawn by a seed. */
export interface Plan {
  /** Crashes of a ledger that is only just being made: at the `nth` migration that is still to be done. */
  readonly births: readonly number[];
  readonly lives: readonly Life[];
}

/** @param steps how many migrations make a new ledger. */
export function drawPlan(dose: Dose, steps: number, random: Random): Plan {
  const lives = [
    ...[...ROAD, ...INTAKE].flatMap((point) => times(dose.perPoint, () => atPoint(point, random))),
    ...times(dose.backfills, () => atPoint('during-backfill', random)),
    ...times(dose.backfillKills, (): Life => ({ kind: 'kill-backfill', afterMs: random.int(300, 1_500) })),
    ...times(dose.randomKills, (index) => anyMoment(index, random)),
    ...times(dose.terminations, (index) => stop(index, random)),
  ];
  const walks = times(
    dose.walkKills,
    (): Life => ({ kind: 'kill', since: 'running', afterMs: random.int(50, 300) }),
  );
  return { births: births(dose.migrations, steps), lives: [...walks, ...random.shuffled(lives)] };
}

/** A backfill comes by its point once for every page of either vendor's list. */
function atPoint(point: CrashPoint, random: Random): Life {
  return { kind: 'point', point, nth: random.int(1, point === 'during-backfill' ? 2 : 4) };
}

/** One in seven while the program is still starting. */
function anyMoment(index: number, random: Random): Life {
  if (index % 7 === 6) return { kind: 'kill', since: 'start', afterMs: random.int(50, 500) };
  return { kind: 'kill', since: 'running', afterMs: random.int(0, 700) };
}

/** Every other one in the middle of requests that are never answered. */
function stop(index: number, random: Random): Life {
  const afterMs = random.int(0, 700);
  return { kind: 'terminate', afterMs, collector: index % 2 === 0 ? 'is silent' : 'answers' };
}

/** The first migration is crashed as often as each of the others: what has been committed is not done again. */
function births(count: number, steps: number): number[] {
  const each = Math.ceil(count / steps);
  return times(each * steps, (index) => (index > 0 && index % each === 0 ? 2 : 1));
}

function times<Item>(count: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
