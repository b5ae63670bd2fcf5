import type { TurnMetrics } from '../turn-metrics.ts';

/** How ElevenLabs publishes one conversation, as far as its conversations differ from each other. */
export interface ElevenLabsTraits {
  /** `rich` since the summer of 2026, `skeleton` before (no content, no usage, no metrics); or no trace at all. */
  readonly otlp: 'rich' | 'skeleton' | 'null' | 'absent' | 'empty';
  /** Where the tokens stand; always in the JSON where the trace is not rich. */
  readonly usageIn: 'both' | 'json' | 'otlp';
  readonly status: 'done' | 'failed';
  readonly textOnly: boolean;
  /** Nothing about the conversation may be kept: the transcript comes blank. */
  readonly zeroRetention: boolean;
  readonly direction?: 'inbound' | 'outbound';
  readonly publishesLanguage: boolean;
  readonly environment?: string;
  readonly queueWaitSeconds?: number;
  /** USD, of the whole conversation; absent in conversations older than the field. */
  readonly costUsd?: number;
  readonly error?: { readonly code: number; readonly reason: string };
  /** How an interruption shows: in the boolean, in a trailing `...`, or in both. */
  readonly interruption: 'flag' | 'dots' | 'both';
  /** Where a tool's result stands: in the calling row, in the next row of the agent, or in a row of its own. */
  readonly results: 'same' | 'next' | 'own';
  /** Measurements that this conversation does not publish. */
  readonly unpublished: readonly (keyof TurnMetrics)[];
  /** Whether rows that only call tools say how long the silence was by then. */
  readonly feltOnToolRows: boolean;
  /** Whether the silence is told of the first words of an agent that takes over. */
  readonly feltOnFirstWords: boolean;
  /** Where the calls of a workflow stand: as a value, as a string, or as both. */
  readonly steps: 'value' | 'string' | 'both';
  readonly spans: SpanStyle;
}

/** The freedom that OTLP/JSON and the vendor's documentation leave to the exporter. */
export interface SpanStyle {
  readonly kind: number | undefined;
  readonly rootParent: 'null' | 'absent';
  readonly integers: 'string' | 'number';
  readonly agentOn: 'resource' | 'root' | 'both';
  /** Whether every turn says which row it is. Where two rows have the same second, all say so. */
  readonly turnIndex: boolean;
  readonly toolKeys: { readonly input: string; readonly output: string };
  readonly order: 'tree' | 'shuffled';
}
