import type { Micros } from '../time.ts';

/** How Vapi publishes one call, as far as its calls differ from each other. */
export interface VapiTraits {
  readonly type: 'inboundPhoneCall' | 'outboundPhoneCall' | 'webCall' | 'chat';
  readonly carrier?: 'twilio' | 'vonage' | 'telnyx';
  /** What the transcript calls the agent's rows. */
  readonly agentRole: 'bot' | 'assistant';
  /** Where the transcript stands: the vendor writes it twice. */
  readonly messagesAt: 'both' | 'artifact' | 'top';
  /** Users' rows lie where they lie; the others, and those of other calls, on whole milliseconds. */
  readonly fractions: boolean;
  /** Old rows have it in seconds, as the documentation says; all others in milliseconds. */
  readonly durations: 'milliseconds' | 'seconds';
  /** How far the audio's own clock is behind, on users' rows. */
  readonly audioLag: Micros;
  /** Every answer's, none, or one too few. */
  readonly latencies: 'all' | 'none' | 'one-missing';
  /** Parts that are told as nothing. */
  readonly zeroParts: readonly ('asr' | 'tts' | 'turnDetection')[];
  readonly costs: 'itemised' | 'breakdown' | 'both' | 'none';
  /** Neither words nor analysis are kept. */
  readonly zeroRetention: boolean;
  readonly textOnly: boolean;
  /** Seconds from the end to the analysis; absent where the assistant has none. */
  readonly analysisAfter?: number;
  /** The verdict in the words of the customer's rubric, and what it has to be called. */
  readonly verdict?: { readonly raw: string; readonly known: string };
  readonly publishesLanguage: boolean;
  readonly squad: boolean;
  readonly costUsd?: number;
}
