/**
 * What truly happened in one conversation. Everything the simulated vendors answer is a projection of a
 * `Call`, so each fact has one place here and a test can compare any export with it.
 */
import type { ElevenLabsTraits } from './elevenlabs/traits.ts';
import type { RetellTraits } from './retell/traits.ts';
import type { TavusEvent, TavusTraits } from './tavus/traits.ts';
import { type Micros, microsOf, type Nanos } from './time.ts';
import type { TurnMetrics } from './turn-metrics.ts';
import type { VapiTraits } from './vapi/traits.ts';

export type Provider = 'elevenlabs' | 'tavus' | 'retell' | 'vapi';

/** What a call is simulated from; the same spec always gives the same call. */
export interface CallSpec {
  readonly provider: Provider;
  readonly seed: number;
  /** Distinguishes the calls of one seed. */
  readonly index: number;
  /** When the conversation starts, in milliseconds since the epoch. */
  readonly startAt: number;
  /** A name from `scenarioNames(provider)`; drawn by the seed where it is left out. */
  readonly scenario?: string;
  /** How optional fields are answered; drawn by the seed where it is left out. */
  readonly shape?: Shape;
  /** How many different agents the calls of this seed are spread over, 5 where it is left out. */
  readonly agents?: number;
}

/** Optional fields of a payload: all there, all null, all left out, or each as it comes. */
export type Shape = 'full' | 'nulls' | 'absent' | 'mixed';

export interface Agent {
  /** ElevenLabs: the agent. Tavus: the PAL (persona), or the face (replica) where no PAL is published. */
  readonly id: string;
  readonly name?: string;
  readonly version?: string;
  readonly branch?: string;
  /** Tavus only: the face (replica) that is seen. */
  readonly face?: string;
}

export interface StatusStep {
  readonly at: Micros;
  readonly status: string;
}

/** Why the call ended: the vendor's own words, and what callspan has to call it (`callspan.end_reason`). */
export interface Reason {
  readonly raw: string;
  readonly known: string;
}

/** What has to become of a call: exported, skipped as empty, or gone before it can be fetched. */
export type Fate = 'exported' | 'empty' | 'gone';

/** Speech, a call of tools, or both; every one is a row of the vendor's transcript. */
export interface Turn {
  readonly speaker: 'user' | 'agent';
  /** Who holds an agent's turn: an index into `agents`. */
  readonly agent: number;
  readonly start: Micros;
  end: Micros;
  /** What was heard, or typed; empty where nothing was. */
  text: string;
  /** ElevenLabs writes a caller who was silent, or a noise, down as a user row of dots. */
  readonly silent: boolean;
  /** A word that the platform took for no turn: "mm-hm", while the agent went on. */
  readonly backchannel: boolean;
  /** Tavus: a message that was typed; its stamp is that of its echo. */
  readonly typed: boolean;
  interrupted: boolean;
  /** What the agent was cut off from before a word of it was heard. */
  readonly unheard?: string;
  /** The node of the agent's workflow that held the turn. */
  readonly node?: string;
  readonly metrics: TurnMetrics;
  readonly model?: ModelUse;
  readonly rag?: Rag;
  readonly tools: readonly ToolCall[];
  readonly inferenceId?: string;
}

export interface ModelUse {
  readonly name: string;
  readonly usage: Usage;
}

/** Tokens and their price in USD. Cache reads and writes come beside `input`, not inside it. */
export interface Usage {
  readonly input: Tokens;
  readonly cacheRead: Tokens;
  readonly cacheWrite: Tokens;
  readonly output: Tokens;
}

export interface Tokens {
  readonly tokens: number;
  readonly price: number;
}

export interface Rag {
  readonly latency: Nanos;
  readonly query: string;
  readonly embeddingModel: string;
  readonly documents: readonly string[];
}

export type ToolType = 'client' | 'webhook' | 'mcp' | 'system' | 'api_integration_webhook' | 'workflow';

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly type: ToolType;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly result: Readonly<Record<string, unknown>>;
  readonly start: Micros;
  readonly latency: Nanos;
  /** ElevenLabs does not always say how long a tool took. */
  readonly measured: boolean;
  readonly error?: ToolError;
  /** Asked for by the model, but never made: a policy was against it, or its parameters were invalid. */
  readonly refused?: 'blocked' | 'invalid';
  /** It ends the conversation or hands it over, which answers whoever spoke last. */
  readonly parts: boolean;
  /** What a transition of a workflow did in turn. */
  readonly steps: readonly WorkflowStep[];
  /** Tavus answers twice: at once that it was dispatched, later with the result. */
  readonly deferred: boolean;
}

export interface WorkflowStep {
  /** The node that was entered. */
  readonly node: string;
  readonly latency: Nanos;
  readonly tools: readonly ToolCall[];
}

export interface ToolError {
  /** The vendor's `error_type`, where it gives one. */
  readonly type?: string;
  readonly message: string;
}

/** What a Tavus transcript carries besides turns: prompts and injected context. */
export interface Note {
  readonly at: Micros;
  readonly text: string;
}

/** Who is on the line. Everything here is private: it must never leave with `content: none`. */
export interface Person {
  readonly id: string;
  readonly name: string;
  readonly phone: string;
}

interface CallFacts {
  readonly id: string;
  readonly seed: number;
  readonly index: number;
  readonly scenario: string;
  readonly shape: Shape;
  /** The first is the one that the conversation belongs to; a transfer adds another. */
  readonly agents: readonly Agent[];
  readonly person: Person;
  readonly start: Micros;
  readonly end: Micros;
  /** When the vendor's status becomes its last. */
  readonly terminalAt: Micros;
  /** In order of time; the last is the terminal one. */
  readonly steps: readonly StatusStep[];
  readonly reason?: Reason;
  readonly fate: Fate;
  /** Code of the language that is spoken, of those of `phrases.ts`. */
  readonly language: string;
  /** The application's W3C trace context, where it passed one along. */
  readonly traceparent?: string;
  /** In order of start. */
  readonly turns: readonly Turn[];
}

export interface ElevenLabsCall extends CallFacts {
  readonly provider: 'elevenlabs';
  /** Stable per conversation; the span ids are not. */
  readonly traceId: string;
  readonly traits: ElevenLabsTraits;
}

export interface TavusCall extends CallFacts {
  readonly provider: 'tavus';
  /** When the replica was there; absent where it never came. */
  readonly join?: Micros;
  readonly traits: TavusTraits;
  readonly events: readonly TavusEvent[];
  readonly notes: readonly Note[];
}

export interface RetellCall extends CallFacts {
  readonly provider: 'retell';
  readonly traits: RetellTraits;
}

export interface VapiCall extends CallFacts {
  readonly provider: 'vapi';
  /** When somebody answered; absent where nobody did. The call itself is as old as its record. */
  readonly answered?: Micros;
  readonly traits: VapiTraits;
}

export type Call = ElevenLabsCall | TavusCall | RetellCall | VapiCall;

/** The end of a tool call's work. */
export function toolEnd(tool: ToolCall): Micros {
  return tool.start + microsOf(tool.latency);
}

/** A call of a tool, and every call that it made in turn. */
export function withNested(tool: ToolCall): ToolCall[] {
  return [tool, ...tool.steps.flatMap((step) => step.tools.flatMap(withNested))];
}

/** The vendor's status at an instant; undefined before the conversation exists. */
export function statusAt(call: Pick<Call, 'steps'>, at: Micros): string | undefined {
  return call.steps.findLast((step) => step.at <= at)?.status;
}
