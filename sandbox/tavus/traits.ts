import type { Micros } from '../time.ts';

/** How Tavus publishes one conversation, as far as its conversations differ from each other. */
export interface TavusTraits {
  /** The vendor renamed replica and persona to face and PAL in 2026; a conversation has one or the other. */
  readonly names: 'legacy' | 'new';
  readonly timing: TranscriptTiming;
  /** Whether users' entries name the inference that answers them. */
  readonly inferenceOnUsers: boolean;
  /** Whether tool calls and answers carry times like spoken entries do. */
  readonly toolsTimed: boolean;
  /** Where the reason of the shutdown stands. */
  readonly reasonAt: 'shutdown_reason' | 'reason' | 'top' | 'nowhere';
  /** `bare` as in the reference of the API, `webhook` with everything that the callbacks carry. */
  readonly envelope: 'bare' | 'webhook';
  readonly eventOrder: 'time' | 'reverse' | 'shuffled';
  /** Whether created, joined and shutdown are published in whole seconds; they then lie on whole seconds. */
  readonly wholeSeconds: boolean;
  readonly testMode: boolean;
  readonly name?: string;
  readonly callbackUrl?: string;
}

/**
 * What the transcript says about time: `epoch` float seconds, `iso` stamps, only `seconds_from_start`,
 * `shifted` epochs of another day (as in the vendor's own example), `epoch` without durations, or nothing.
 */
export type TranscriptTiming = 'epoch' | 'iso' | 'from-start' | 'shifted' | 'no-durations' | 'none';

/** One entry of the event log. */
export interface TavusEvent {
  readonly type: string;
  readonly at: Micros;
  /** When the API begins to show it; never before `at`. */
  readonly seenAt: Micros;
  /** The transcript is projected when it is asked for; everything else is as it stands here. */
  readonly properties: Readonly<Record<string, unknown>> | 'transcript' | 'empty transcript' | undefined;
}
