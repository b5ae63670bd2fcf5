import type { TurnMetrics } from './call.ts';
import type { Random } from './random.ts';
import { type Nanos, nanos } from './time.ts';

type Phase = keyof TurnMetrics;

/** What nobody measures where nothing is heard. */
export const INAUDIBLE: ReadonlySet<Phase> = new Set(['asr', 'turnDetection', 'tts']);

/** Measurements without those that are missing. */
export function published(metrics: TurnMetrics, missing: ReadonlySet<Phase>): TurnMetrics {
  return Object.fromEntries(Object.entries(metrics).filter(([name]) => !missing.has(name as Phase)));
}

/** Felt latency: rarely the sum of its phases, for they overlap, or something unmeasured lies between them. */
export function drawWait(phases: readonly (Nanos | undefined)[], random: Random): Nanos {
  const known = phases.map((phase) => phase ?? 0);
  const sum = known.reduce((total, phase) => total + phase, 0);
  if (random.chance(0.08)) return sum + nanos(random.between(1.5, 4));
  if (random.chance(0.35))
    return Math.max(...known, Math.round(sum * random.between(0.65, 0.95)), nanos(0.25));
  return sum + nanos(random.between(0.03, 0.4));
}
