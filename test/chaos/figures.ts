import type { CrashPoint } from '../../src/crash-point.ts';
import { PROMISED, type Violations } from './audit.ts';

/** Figures of one ledger's history. */
export interface Figures {
  lives: number;
  kills: number;
  /** How often the program died at each point. */
  readonly hits: Map<CrashPoint, number>;
  /** How long each orderly stop took, in milliseconds. */
  readonly stops: number[];
  conversations: number;
  exported: number;
  /** Spans that were due, and arrivals beyond the first of each. */
  spans: number;
  repeated: number;
  readonly faults: { vendors: number; collector: number };
  /** Rows of lists and bodies that were poison. */
  readonly poison: { rows: number; bodies: number };
  /** Webhooks that were answered with 200, that were forged, and that nobody was there for. */
  readonly webhooks: { answered: number; refused: number; unanswered: number };
  /** Conversations of which a webhook was all there was, and how often a killed program had left words of one on the disk. */
  readonly onlyTold: { conversations: number; onDisk: number };
  readonly violations: Violations;
}

/** Before anything has happened. */
export function noFigures(): Figures {
  return {
    ...{ lives: 0, kills: 0, hits: new Map(), stops: [] },
    ...{ conversations: 0, exported: 0, spans: 0, repeated: 0 },
    faults: { vendors: 0, collector: 0 },
    poison: { rows: 0, bodies: 0 },
    webhooks: { answered: 0, refused: 0, unanswered: 0 },
    onlyTold: { conversations: 0, onDisk: 0 },
    violations: new Map(PROMISED.map((name) => [name, []])),
  };
}
