import type { Agent, Fate, Reason } from '../call.ts';
import type { ElevenLabsTraits } from '../elevenlabs/traits.ts';
import type { RetellTraits } from '../retell/traits.ts';
import type { Stage } from '../stage.ts';
import type { TavusEvent, TavusTraits } from '../tavus/traits.ts';
import type { VapiTraits } from '../vapi/traits.ts';

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** What a scenario of ElevenLabs plays with. */
export interface ElevenLabsScene {
  readonly stage: Stage;
  readonly traits: Mutable<ElevenLabsTraits>;
  /** Another agent of the same account, to hand over to. */
  readonly colleague: Agent;
  fate: Fate;
}

/** What a scenario of Tavus plays with. The stage's clock stands at the join when it begins. */
export interface TavusScene {
  readonly stage: Stage;
  readonly traits: Mutable<TavusTraits>;
  fate: Fate;
  joins: boolean;
  shutsDown: boolean;
  /** Seconds from the shutdown to the event of the transcript (it may come just before) and to its being seen. */
  transcript: { at: number; seen: number; isEmpty?: boolean } | undefined;
  /** What else is logged, by its distance from the shutdown in seconds. */
  readonly artefacts: Artefact[];
  /** Doubles the join under the vendor's other name for it. */
  joinsTwice: boolean;
}

/** What a scenario of Retell plays with. */
export interface RetellScene {
  readonly stage: Stage;
  readonly traits: Mutable<RetellTraits>;
  fate: Fate;
}

/** What a scenario of Vapi plays with. The stage's clock stands at the answer when it begins. */
export interface VapiScene {
  readonly stage: Stage;
  readonly traits: Mutable<VapiTraits>;
  /** Another assistant of the same squad, to hand over to. */
  readonly colleague: Agent;
  fate: Fate;
  /** Somebody, or something, picked up. */
  answers: boolean;
}

export interface Artefact {
  readonly after: number;
  readonly type: string;
  readonly properties: TavusEvent['properties'];
}

export interface Scenario<Scene> {
  readonly name: string;
  /** What is special about it. */
  readonly summary: string;
  /** How often it is drawn when nobody asks for it by name; 0 for never. */
  readonly weight: number;
  readonly play: (scene: Scene) => void;
}

/** How ElevenLabs words the end of a call (its field is free text; these were seen in public). */
export const ELEVENLABS_REASONS = {
  clientLeft: { raw: 'Client disconnected: 1000', known: 'client_disconnect' },
  clientAway: { raw: 'Client disconnected: 1001', known: 'client_disconnect' },
  connectionLost: { raw: 'Client disconnected: 1006', known: 'connection_lost' },
  connectionBroken: { raw: 'Client disconnected: 1005', known: 'connection_lost' },
  hungUp: { raw: 'Call ended by remote party', known: 'client_disconnect' },
  agentEnded: { raw: 'end_call tool was called.', known: 'agent_ended' },
  voicemail: { raw: 'voicemail_detection tool was called.', known: 'voicemail' },
  // By analogy with the two above: no public example was found.
  transferred: { raw: 'transfer_to_number tool was called.', known: 'transferred' },
  quota: { raw: 'This request exceeds your quota limit.', known: 'quota' },
  guardrail: { raw: 'Conversation ended by guardrail: prompt_injection', known: 'guardrail' },
  missingVariables: {
    raw: "Missing required dynamic variables in first message: {'lead_name'}",
    known: 'missing_variables',
  },
  modelFailed: { raw: 'custom_llm generation failed', known: 'error' },
  serverFailed: { raw: 'Unexpected server error.', known: 'error' },
} satisfies Record<string, Reason>;

export function silenceTimeout(seconds: number): Reason {
  return { raw: `Ending conversation after ${seconds} seconds of silence.`, known: 'silence_timeout' };
}

export function timeLimit(seconds: number): Reason {
  return { raw: `Conversation exceeded maximum duration of ${seconds} seconds`, known: 'time_limit' };
}

/** Tavus' documented reasons; its documentation has some of them with and without the suffix. */
export function tavusReason(known: string, suffix: boolean): Reason {
  return { raw: suffix ? `${known} reached` : known, known };
}

/** Retell's documented reasons are words already. */
export function retellReason(name: string): Reason {
  return { raw: name, known: name };
}

/** How Vapi names the end of a call; of its six hundred names one of each kind. */
export const VAPI_REASONS = {
  customerLeft: { raw: 'customer-ended-call', known: 'customer-ended-call' },
  assistantLeft: { raw: 'assistant-ended-call', known: 'assistant-ended-call' },
  saidPhrase: { raw: 'assistant-said-end-call-phrase', known: 'assistant-said-end-call-phrase' },
  forwarded: { raw: 'assistant-forwarded-call', known: 'assistant-forwarded-call' },
  voicemail: { raw: 'voicemail', known: 'voicemail' },
  silence: { raw: 'silence-timed-out', known: 'silence-timed-out' },
  tooLong: { raw: 'exceeded-max-duration', known: 'exceeded-max-duration' },
  notAnswered: { raw: 'customer-did-not-answer', known: 'customer-did-not-answer' },
  busy: { raw: 'customer-busy', known: 'customer-busy' },
  notStarted: { raw: 'call.start.error-subscription-insufficient-credits', known: 'call.start.error' },
  pipeline: { raw: 'pipeline-error-openai-llm-failed', known: 'pipeline-error' },
  providerFault: {
    raw: 'call.in-progress.error-providerfault-openai-llm-failed',
    known: 'call.in-progress.error-providerfault',
  },
  vapiFault: {
    raw: 'call.in-progress.error-vapifault-worker-died',
    known: 'call.in-progress.error-vapifault',
  },
  unheardOf: { raw: 'moderator-left-the-room', known: 'other' },
} satisfies Record<string, Reason>;
