import type { Observation } from '../metrics/observe.ts';
import type { Delivered } from './sqlite/conversation-row.ts';

/** What became of a conversation, to be recorded. Times are unix milliseconds. */
export type Settlement = Of & (Delivery | Nothing | Postponement);

interface Of {
  readonly source: number;
  readonly id: string;
}

interface Delivery extends Delivered {
  readonly kind: 'delivered';
  /** When to look again for what comes late. */
  readonly due: number | undefined;
  readonly endedAt: number;
  /** What it adds to the numbers, if it was not counted before. */
  readonly observations: readonly Observation[];
}

interface Nothing {
  readonly kind: 'empty' | 'gone' | 'dead';
  readonly reason: string;
}

/** Not now: come back at `due`. */
interface Postponement {
  readonly kind: 'postponed';
  readonly due: number;
  readonly attempts: number;
  readonly reason: string;
}
