import type { Nanos } from './time.ts';

/** What the platform measures in a turn, whatever of it the vendor publishes. */
export interface TurnMetrics {
  /** On user turns: from the last audio to the final transcript. */
  readonly asr?: Nanos;
  /** On agent turns: the silence waited for before answering. */
  readonly turnDetection?: Nanos;
  /** From the question to the model to its first token. */
  readonly llm?: Nanos;
  /** From the question to the model to its whole request of a tool. */
  readonly generation?: Nanos;
  /** From the question to the model to its first whole sentence: the voice starts with that. */
  readonly sentence?: Nanos;
  readonly tts?: Nanos;
  /**
   * From the moment when the platform began to count silence to this turn. It has one of every agent's turn,
   * whether anybody waited for it or not.
   */
  readonly felt?: Nanos;
}
