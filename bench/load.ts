import type { Provider } from '../sandbox/index.ts';
import type { Size } from './payload.ts';

/** Conversations of one size, or of all: of fifty, forty are short, nine are long and one is of two hours. */
export type Load = Size | 'mixed';

const MIX = 50;
const MEDIUM_OF_MIX = 9;

/** The size of the n-th conversation. */
export function sizeOf(load: Load, number: number): Size {
  if (load !== 'mixed') return load;
  const place = number % MIX;
  if (place === 0) return 'long';
  // Spread, so that no stretch of them is heavier than another.
  return (place * MEDIUM_OF_MIX) % MIX < MEDIUM_OF_MIX ? 'medium' : 'short';
}

/** One contestant carries so many conversations from the vendor to the collector. */
export interface Round {
  readonly provider: Provider;
  readonly load: Load;
  readonly conversations: number;
  /** Carried before the clock starts: a bridge runs for weeks, and no compiler is measured in them. */
  readonly warmUp: number;
}

/** What one round came to. */
export interface Figures {
  readonly conversationsPerSecond: number;
  /** User and system time of the contestant's process, all of its threads. */
  readonly cpuMillisPerConversation: number;
  readonly peakRssMiB: number;
  /** GETs of conversations, for each that was carried. */
  readonly callsPerConversation: number;
  /** POSTs that were accepted. */
  readonly requests: number;
  /** Of the requests' bodies, as they were sent. */
  readonly bytesPerConversation: number;
  /** What vendor and collector together, one process, needed for each conversation. */
  readonly serverCpuMillisPerConversation: number;
}

/** Ids tell the vendors' servers which payload is meant. */
export function idOf(number: number): string {
  return `conv_${String(number).padStart(8, '0')}`;
}

export function numberOf(id: string): number {
  return Number(id.slice('conv_'.length));
}
