import type { Nanos, PhaseName } from '../../conversation.ts';
import { asObject, finite, type Json } from '../../json/reading.ts';
import { measuredMillis } from '../../time/nanos.ts';
import { checkParts } from '../../trace/bounds.ts';

/** One entry of `turnLatencies`: an answer to the user, the vendor does not say which. */
export interface TurnLatency {
  /** From the user's last sound to the agent's first. */
  readonly length: Nanos | undefined;
  /** What was measured of it. It does not add up to the whole: the rest is not told. */
  readonly parts: readonly LatencyPart[];
}

interface LatencyPart {
  readonly name: PhaseName;
  readonly length: Nanos;
}

export interface Performance {
  readonly latencies: readonly TurnLatency[];
  /** How often the user talked into the agent's words; the vendor's own name for it reads the other way round. */
  readonly interruptions: number | undefined;
  readonly drift: readonly string[];
}

const PARTS: readonly (readonly [string, PhaseName])[] = [
  ['endpointingLatency', 'turn_detection'],
  ['transcriberLatency', 'asr'],
  ['modelLatency', 'llm_ttfb'],
  ['voiceLatency', 'tts_ttfb'],
];

/** `performanceMetrics` of an artifact. @throws TooLargeError */
export function readPerformance(metrics: unknown): Performance {
  const { turnLatencies, numAssistantInterrupted } = asObject(metrics);
  if (Array.isArray(turnLatencies)) checkParts(turnLatencies.length, 'turn latencies');
  const count = finite(numAssistantInterrupted);
  return {
    // One that cannot be read is one of them all the same: what stands behind it is of the answer behind it.
    latencies: Array.isArray(turnLatencies) ? turnLatencies.map((one) => readLatency(asObject(one))) : [],
    interruptions: count !== undefined && Number.isInteger(count) && count >= 0 ? count : undefined,
    drift: turnLatencies == null || Array.isArray(turnLatencies) ? [] : ['turnLatencies is not a list'],
  };
}

function readLatency(entry: Json): TurnLatency {
  return {
    length: lasting(entry.turnLatency),
    parts: PARTS.flatMap(([field, name]) => {
      const length = lasting(entry[field]);
      return length === undefined ? [] : [{ name, length }];
    }),
  };
}

/** Nothing is not what it took: it was not measured, or a text that was ready was spoken. */
function lasting(value: unknown): Nanos | undefined {
  const length = measuredMillis(value);
  return length === 0n ? undefined : length;
}
