import type { ConversationOutcome, PhaseName, Provider } from '../../src/conversation.ts';

/** One conversation as it truly was: what every panel and every alert is judged by. Lengths are in seconds. */
export interface Truth {
  readonly provider: Provider;
  readonly source: string;
  /** Who held it. */
  readonly agent: string;
  /** Who it began with, if that was another agent, who passed the caller on. */
  readonly beganWith?: string;
  readonly version?: string;
  readonly outcome: ConversationOutcome;
  /** Whether it reached callspan more than an hour after its end. */
  readonly late: boolean;
  readonly duration?: number;
  readonly join?: number;
  readonly costUsd?: number;
  /** Results of the vendor's evaluations, by criterion. */
  readonly evaluations?: Readonly<Record<string, 'success' | 'failure' | 'unknown'>>;
  /** One for each turn of the user that somebody owed an answer. */
  readonly exchanges: readonly Exchange[];
}

export interface Exchange {
  readonly answer: 'answered' | 'interrupted' | 'overlapped' | 'unanswered';
  /** The felt latency, where there was one. */
  readonly wait?: number;
  readonly phases?: Readonly<Partial<Record<PhaseName, number>>>;
  readonly tools?: readonly ToolCall[];
  readonly usage?: readonly Usage[];
}

export interface ToolCall {
  readonly name: string;
  readonly error?: string;
  readonly seconds?: number;
}

interface Usage {
  readonly model: string;
  readonly input: number;
  readonly output: number;
}

/** An ordinary conversation, but for what is given. */
export function conversation(own: Partial<Truth> = {}): Truth {
  return {
    provider: 'elevenlabs',
    source: 'sales',
    agent: 'anna',
    version: 'v1',
    outcome: 'completed',
    late: false,
    duration: 90,
    exchanges: waits(0.9, 0.9, 0.9, 0.9, 0.9, 0.9),
    ...own,
  };
}

/** Answered exchanges with these felt latencies. */
export function waits(...seconds: readonly number[]): Exchange[] {
  return seconds.map((wait) => ({ answer: 'answered', wait }));
}

/** The same exchange several times. */
export function times(count: number, exchange: Exchange): Exchange[] {
  return Array.from({ length: count }, () => exchange);
}
