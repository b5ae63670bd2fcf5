import type { CrashPoint } from '../../src/crash-point.ts';
import type { Figures } from './figures.ts';
import { INTAKE } from './plan.ts';

/** What a run came to. */
export interface ChaosResult {
  readonly seed: number;
  readonly short: boolean;
  readonly seconds: number;
  readonly lives: number;
  readonly kills: number;
  /** How often the program died at each point. */
  readonly hits: Readonly<Record<string, number>>;
  readonly conversations: number;
  /** Those that have spans. */
  readonly exported: number;
  /** Spans that were due, and arrivals beyond the first of each. */
  readonly spans: number;
  readonly repeated: number;
  readonly faults: { readonly vendors: number; readonly collector: number };
  readonly poison: { readonly rows: number; readonly bodies: number };
  readonly webhooks: Figures['webhooks'];
  readonly onlyTold: Figures['onlyTold'];
  /** How many orderly stops there were, and what the slowest took. */
  readonly stops: number;
  readonly slowestStopMs: number;
  /** What was promised, and what broke it. */
  readonly promises: Readonly<Record<string, readonly string[]>>;
}

export interface Circumstances {
  readonly seed: number;
  readonly short: boolean;
  readonly seconds: number;
  readonly points: readonly CrashPoint[];
  /** What has to happen at the least for a run to prove anything. */
  readonly least: { readonly kills: number; readonly hits: number; readonly conversations: number };
}

/** Puts the figures of several ledgers together. */
export function resultOf(parts: readonly Figures[], circumstances: Circumstances): ChaosResult {
  const { seed, short, seconds, points, least } = circumstances;
  const sum = (figure: (part: Figures) => number) => parts.reduce((total, part) => total + figure(part), 0);
  const hits = Object.fromEntries(points.map((point) => [point, sum((part) => part.hits.get(point) ?? 0)]));
  const kills = sum((part) => part.kills);
  const conversations = sum((part) => part.conversations);
  const promises = new Map<string, string[]>();
  for (const { violations } of parts) {
    for (const [name, problems] of violations) {
      promises.set(name, [...(promises.get(name) ?? []), ...problems]);
    }
  }
  const onlyTold = {
    conversations: sum((part) => part.onlyTold.conversations),
    onDisk: sum((part) => part.onlyTold.onDisk),
  };
  const isTold = points.some((point) => INTAKE.includes(point));
  const tooFew = [
    ...(isTold && onlyTold.onDisk === 0
      ? ['no killed program had left on the disk what nobody may keep']
      : []),
    ...Object.entries(hits).flatMap(([point, count]) =>
      count < least.hits ? [`${point}: ${count} crashes, ${least.hits} wanted`] : [],
    ),
    ...(kills < least.kills ? [`${kills} kills, ${least.kills} wanted`] : []),
    ...(conversations < least.conversations
      ? [`${conversations} conversations, ${least.conversations} wanted`]
      : []),
  ];
  const stops = parts.flatMap((part) => part.stops);
  return {
    ...{ seed, short, seconds, lives: sum((part) => part.lives), kills, hits },
    ...{ conversations, exported: sum((part) => part.exported) },
    ...{ spans: sum((part) => part.spans), repeated: sum((part) => part.repeated) },
    faults: {
      vendors: sum((part) => part.faults.vendors),
      collector: sum((part) => part.faults.collector),
    },
    poison: { rows: sum((part) => part.poison.rows), bodies: sum((part) => part.poison.bodies) },
    webhooks: {
      answered: sum((part) => part.webhooks.answered),
      refused: sum((part) => part.webhooks.refused),
      unanswered: sum((part) => part.webhooks.unanswered),
    },
    onlyTold,
    ...{ stops: stops.length, slowestStopMs: Math.max(0, ...stops) },
    promises: { ...Object.fromEntries(promises), 'enough happened to prove it': tooFew },
  };
}

/** The result for a program: what broke a promise is only counted. */
export function json({ stops: _, ...result }: ChaosResult): string {
  const promises = Object.fromEntries(
    Object.entries(result.promises).map(([name, violations]) => [name, violations.length]),
  );
  return `${JSON.stringify({ ...result, promises }, null, 2)}\n`;
}

/** How many violations of one kind are listed; the rest are counted. */
const LISTED = 20;

/** The result for a reader. */
export function table(result: ChaosResult): string {
  const { seed, seconds, lives, kills, hits, conversations, exported, spans, repeated, faults } = result;
  const { webhooks, onlyTold } = result;
  const share = spans === 0 ? 0 : (100 * repeated) / (spans + repeated);
  const rows: [string, string][] = [
    ['seed', String(seed)],
    ['seconds', String(seconds)],
    [
      'lives',
      `${lives}, killed ${kills}, stopped in order ${result.stops} (${result.slowestStopMs} ms at the most)`,
    ],
    ...Object.entries(hits).map(([point, count]): [string, string] => [`  ${point}`, String(count)]),
    ['conversations', `${conversations}, to be exported ${exported}`],
    ['spans', `${spans}, came again ${repeated} (${share.toFixed(2)} % of all that came)`],
    ['faults served', `${faults.vendors} by vendors, ${faults.collector} by the collector`],
    [
      'webhooks',
      `${webhooks.answered} answered with 200, ${webhooks.refused} forged and refused, ${webhooks.unanswered} sent again`,
    ],
    [
      'told by nothing else',
      `${onlyTold.conversations}, their words on the disk after ${onlyTold.onDisk} kills`,
    ],
    ['poison', `${result.poison.rows} rows of lists, ${result.poison.bodies} bodies`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const figures = rows.map(([name, value]) => `${name.padEnd(width)}${value}`);
  const verdicts = Object.entries(result.promises).flatMap(([name, violations]) => [
    `${violations.length === 0 ? 'held' : 'BROKEN'}: ${name}`,
    ...violations.slice(0, LISTED).map((violation) => `    ${violation}`),
    ...(violations.length > LISTED ? [`    and ${violations.length - LISTED} more`] : []),
  ]);
  return `${[...figures, '', ...verdicts].join('\n')}\n`;
}
