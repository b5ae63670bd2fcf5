import {
  type Agent,
  type Conversation,
  type Nanos,
  type PhaseName,
  unexplained,
  type Wait,
} from '../conversation.ts';
import { LATENCY_BOUNDARIES, type MetricName } from '../metrics/definitions.ts';
import { bucketOf, type Series } from '../metrics/series.ts';
import { printable } from '../show/printable.ts';
import { formatSeconds } from '../show/seconds.ts';
import { labelValue } from '../trace/label-value.ts';
import { CALLSPAN, GEN_AI } from '../trace/semconv.ts';
import { quantileOf } from './comparison.ts';

/** What takes the most of a wait: one of its phases, or what none explains. */
type Part = PhaseName | 'unexplained';

/** A wait that was longer than the objective, and what took most of it. Lengths in seconds. */
export interface SlowWait {
  readonly exchange: number;
  readonly seconds: number;
  readonly part: Part;
  readonly partSeconds: number;
  /** What is usual for this agent in this part; absent where too little is known. */
  readonly usual?: Usual;
  /** What at the vendor changes it. */
  readonly advice: string;
}

interface Usual {
  /** Interpolated. */
  readonly medianSeconds: number;
  /** The share of all of the agent's that were at most as long, as far as buckets tell. */
  readonly shorter: number;
  readonly count: number;
}

/** Fewer than so many say nothing of what is usual. */
const ENOUGH = 20;

/** What changes a part of a wait, whoever the vendor is. */
const ADVICE: Record<Part, string> = {
  turn_detection:
    'The vendor was not sure that the caller had finished: a shorter turn timeout, or a more eager turn model, ends this sooner and interrupts more.',
  asr: 'Speech recognition took this: a streaming or smaller recognition model, or fewer languages to tell apart, shortens it.',
  rag: 'Looking documents up took this: fewer or smaller documents, or retrieval only where it is needed, shortens it.',
  llm_ttfb:
    'The model took this until its first word: a faster model, a shorter prompt, fewer tools in it, or a region that is nearer shortens it.',
  tool_wait:
    'A tool was waited for: make the tool answer sooner, let the agent speak meanwhile, or call it without waiting.',
  llm_sentence:
    'The model took this from its first word to its first whole sentence: a model that writes faster, or a prompt that asks for a short first sentence, shortens it.',
  tts_ttfb:
    'The voice took this until it was heard: a faster voice model, or one with streaming, shortens it.',
  unexplained:
    'No phase that the vendor tells explains this: network, telephony, or something that the vendor does not measure.',
};

/**
 * Why the slow waits of a conversation were slow, against what is usual for its agents. Pure.
 * @param series the metrics of the ledger; of the same source, where it is given.
 * @param objective seconds: a longer wait is a slow one.
 */
export function slowWaits(
  { turns }: Conversation,
  { series, source, objective }: { series: readonly Series[]; source: string; objective: number },
): SlowWait[] {
  return turns.flatMap(({ wait, agent, number }) => {
    if (wait === undefined || inSeconds(wait.length) <= objective) return [];
    const { part, length } = dominant(wait);
    const partSeconds = inSeconds(length);
    const usual = usualOf(series, { source, agent, part, seconds: partSeconds });
    return [
      {
        ...{ exchange: number, seconds: inSeconds(wait.length), part, partSeconds },
        ...(usual === undefined ? {} : { usual }),
        advice: ADVICE[part],
      },
    ];
  });
}

/** Of phases that are there several times, all together. */
function dominant(wait: Wait): { part: Part; length: Nanos } {
  const parts = new Map<Part, Nanos>();
  for (const { name, length } of wait.phases) parts.set(name, (parts.get(name) ?? 0n) + length);
  parts.set('unexplained', unexplained(wait));
  let longest: { part: Part; length: Nanos } = { part: 'unexplained', length: -1n };
  for (const [part, length] of parts) if (length > longest.length) longest = { part, length };
  return longest;
}

function usualOf(
  all: readonly Series[],
  { source, agent, part, seconds }: { source: string; agent: Agent; part: Part; seconds: number },
): Usual | undefined {
  if (part === 'unexplained') return undefined;
  const metric: MetricName = 'callspan.phase.latency';
  const buckets = LATENCY_BOUNDARIES.map(() => 0).concat(0);
  for (const series of all) {
    const { labels } = series;
    if (series.metric !== metric || labels[CALLSPAN.PHASE] !== part || labels[CALLSPAN.SOURCE] !== source)
      continue;
    if (labels[GEN_AI.AGENT_ID] !== (agent.id === undefined ? undefined : labelValue(agent.id))) continue;
    for (const [place, count] of series.buckets.entries()) buckets[place] = (buckets[place] ?? 0) + count;
  }
  const count = buckets.reduce((sum, one) => sum + one, 0);
  if (count < ENOUGH) return undefined;
  const below = buckets.slice(0, bucketOf(seconds, LATENCY_BOUNDARIES)).reduce((sum, one) => sum + one, 0);
  return { medianSeconds: quantileOf(buckets, 0.5) ?? 0, shorter: below / count, count };
}

function inSeconds(nanos: Nanos): number {
  return Number(nanos) / 1e9;
}

/** One paragraph for each slow wait. */
export function explanationLines(
  { id, turns }: Conversation,
  slow: readonly SlowWait[],
  objective: number,
): string[] {
  const known = turns.filter(({ wait }) => wait !== undefined).length;
  const unknown = turns.filter(({ unmeasured }) => unmeasured).length;
  const silent = turns.filter(({ silence }) => silence !== undefined).length;
  const lines = [`${printable(id)}: ${slow.length} of ${known} waits took longer than ${objective} s.`];
  if (unknown > 0) lines.push(`Of ${unknown} more the vendor does not tell the length.`);
  if (silent > 0)
    lines.push(`${silent} times nothing answered the caller at all: that is no wait, and worse.`);
  for (const { exchange, seconds, part, partSeconds, usual, advice } of slow) {
    const share = Math.round((100 * Math.min(partSeconds, seconds)) / seconds);
    lines.push(
      '',
      `Exchange ${exchange}: ${formatSeconds(seconds)}, of which ${part} ${formatSeconds(partSeconds)} (${share} %).`,
    );
    if (usual !== undefined) lines.push(usually(usual));
    lines.push(advice);
  }
  return lines;
}

function usually({ medianSeconds, shorter, count }: Usual): string {
  const percent = shorter * 100;
  const place = percent >= 99.5 ? 'nearly all' : `${Math.floor(percent)} of 100`;
  return `This agent's median for it is ${formatSeconds(medianSeconds)}; ${place} of its ${count} were shorter.`;
}
