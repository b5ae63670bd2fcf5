/**
 * What a faithful export of a call has to say. Computed from the timeline, never from a payload; only what a
 * vendor publishes is in it, because nobody can be asked for more.
 */
import type { Provider } from '../call.ts';
import type { Micros } from '../time.ts';

export interface Truth {
  readonly provider: Provider;
  /** The vendor's id of the conversation. */
  readonly id: string;
  readonly scenario: string;
  /** Whether a trace has to come of it. Of the other two fates everything below is empty. */
  readonly fate: 'exported' | 'empty' | 'gone';
  /** Who the conversation belongs to. `version` is the agent's version, else its branch. */
  readonly agent: TruthAgent;
  readonly outcome?: 'failed' | 'no_user' | 'time_limit' | 'completed' | 'unknown';
  /** The name of the end's reason; absent where the vendor gives none, `other` where it gives an unknown one. */
  readonly endReason?: string;
  /** It has no time of its own: it stands where it was first heard of. */
  readonly undated?: true;
  /** No list shows it once it is over: who has not seen it before cannot know that it ever was. */
  readonly unlisted?: true;
  /** From the conversation's creation to its end. Absent where nobody says when it ended. */
  readonly durationSeconds?: number;
  /** Tavus: from the creation to the replica's being there. */
  readonly joinSeconds?: number;
  /** Exchanges: a user turn after one of the agent opens the next; an opening greeting is one by itself. */
  readonly exchanges: number;
  /** Every felt wait that the vendor's payload tells, in order of time. */
  readonly waits: readonly TruthWait[];
  /** Measured, and not said in which turn. Where it has waits, those above are seen and do not count. */
  readonly unplaced?: {
    readonly waits: readonly number[];
    readonly phases: readonly { readonly name: PhaseName; readonly seconds: number }[];
  };
  /** How often somebody waited without the payload's telling how long. */
  readonly unmeasuredWaits: number;
  /** User turns by what became of them. Those who said nothing, or hummed, are not among them. */
  readonly userTurns: Readonly<Record<AnswerClass, number>>;
  /** User turns that count nowhere: the user went on, or the call ended, before there was time to answer. */
  readonly uncountedUserTurns: number;
  /** ElevenLabs: rows of dots, that is users who were silent, or noises. */
  readonly silentUserTurns: number;
  /** ElevenLabs: words that were taken for no turn. */
  readonly backchannels: number;
  /** How long each unanswered user was left in silence, in seconds, in order of time. */
  readonly silences: readonly number[];
  /** Agent turns that were interrupted, before the first word included. */
  readonly interruptions: number;
  readonly tools: readonly TruthTool[];
  /** What the vendor judged of the conversation, by criterion. */
  readonly evaluations: Readonly<Record<string, string>>;
  /** By model. Cache reads and writes come beside `input`. */
  readonly tokens: Readonly<Record<string, TruthTokens>>;
  /** Total of the conversation, where the vendor says so. */
  readonly costUsd?: number;
  /** What the models cost together, rounded to 1e-9 USD. Absent where no model is known. */
  readonly llmUsd?: number;
  readonly language?: string;
  readonly direction?: string;
  readonly textOnly: boolean;
  readonly queueWaitSeconds?: number;
  /** Tavus: what the log has besides join, shutdown and transcript, in order of time. */
  readonly events: readonly { readonly type: string; readonly at: Micros }[];
  readonly traceparent?: string;
}

export type AnswerClass = 'unanswered' | 'overlapped' | 'interrupted' | 'answered';

export interface TruthAgent {
  readonly id: string;
  readonly name?: string;
  readonly version?: string;
}

export interface TruthWait {
  /** From the end of the user's words to the agent's first. */
  readonly seconds: number;
  /** Number of the exchange, from 1. */
  readonly exchange: number;
  /** What the platform measured in it, in order, in seconds. */
  readonly phases: readonly { readonly name: PhaseName; readonly seconds: number }[];
  /** What the phases leave of it, in seconds; none where they overlap. */
  readonly unexplained: number;
  /** Who answered. */
  readonly agent: TruthAgent;
}

export type PhaseName =
  | 'turn_detection'
  | 'asr'
  | 'rag'
  | 'llm_ttfb'
  | 'tool_wait'
  | 'llm_sentence'
  | 'tts_ttfb';

export interface TruthTool {
  readonly name: string;
  readonly id: string;
  readonly exchange: number;
  /** What `error.type` has to be; absent where it worked or where the vendor does not say (Tavus). */
  readonly error?: string;
  /** Absent where the vendor measured nothing. */
  readonly seconds?: number;
}

export interface TruthTokens {
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
}
