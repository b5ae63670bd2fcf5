/**
 * A conversation, whoever hosted it: who spoke when, each wait and its phases, tools, events, totals, outcome,
 * in true values and with what each time rests on. A vendor's folder ends where its payload has become one of
 * these; everything after it (spans, numbers, waterfall) is the same for all vendors.
 */

/** A vendor's name, as its profile has it: what there are, only the registry knows. */
export type Provider = string;

/** A moment (unix) or a length, in nanoseconds. Never a float of milliseconds: those lose nanoseconds. */
export type Nanos = bigint;

/**
 * What a time rests on: `measured` (own instant and own duration, or two instants), `derived` (placed by
 * callspan from sums or neighbours), `estimated` (no timing in the payload).
 */
export type Timing = 'measured' | 'derived' | 'estimated';

/** The closed set of `callspan.outcome`, the first that fits. */
export type ConversationOutcome = 'failed' | 'no_user' | 'time_limit' | 'completed' | 'unknown';

export type PhaseName =
  | 'turn_detection'
  | 'asr'
  | 'rag'
  | 'llm_ttfb'
  | 'tool_wait'
  | 'llm_sentence'
  | 'tts_ttfb';

/** Attribute values as OpenTelemetry takes them. */
export type AttributeValue = string | number | boolean | string[];
export type Attributes = Record<string, AttributeValue>;

/**
 * Attributes in the vendor's own namespace that callspan makes from the payload: `plain` ones may always go,
 * `content` ones (what was said, what callers typed) only when the user asked for content.
 */
export interface VendorAttributes {
  readonly plain: Attributes;
  readonly content: Attributes;
}

export interface Conversation {
  readonly provider: Provider;
  /** The vendor's official host: `server.address` says who was called, whatever proxy or region was used. */
  readonly server: string;
  /** The vendor's id, verbatim. */
  readonly id: string;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly agent: Agent;
  readonly start: Nanos;
  readonly end: Nanos;
  readonly timing: Timing;
  /** How long it lasted, where the vendor says so: not every `end` is one. */
  readonly duration?: Nanos;
  readonly outcome: ConversationOutcome;
  /** From the written list of known reasons, else `other`; absent where the vendor gives none. */
  readonly endReason?: string;
  /** Set where the conversation's own span is to be an error, or the vendor says that it is one. */
  readonly failed: boolean;
  readonly textOnly: boolean;
  readonly language?: string;
  readonly direction?: 'inbound' | 'outbound';
  readonly queueWait?: Nanos;
  /** Created → replica joined, where the vendor has such a thing; a `length` only where both are known. */
  readonly join?: Interval & { readonly timing: Timing; readonly length?: Nanos };
  /** The application's own span, from the W3C traceparent that it passed along. */
  readonly link?: Link;
  readonly turns: readonly Turn[];
  /** Whether the vendor says which tools failed: where it does not, that none did would be a claim. */
  readonly knowsToolErrors: boolean;
  readonly events: readonly ConversationEvent[];
  readonly evaluations: readonly Evaluation[];
  /** How many data-collection results there are, and how many of them hold a value. */
  readonly dataCollection?: { readonly results: number; readonly filled: number };
  readonly totals: Totals;
  /** What never came of it, and never will: the half with the transcript and what was measured. */
  readonly missing?: 'transcript';
  /** What was measured without a word of where it belongs: it counts, and has no bar. */
  readonly unplaced?: Unplaced;
  /** The system prompt and what was injected into it: goes only with content and its own switch. */
  readonly instructions: readonly string[];
  readonly vendor: VendorAttributes;
}

interface Interval {
  readonly start: Nanos;
  readonly end: Nanos;
}

export interface Agent {
  readonly id?: string;
  readonly name?: string;
  /** Version, else branch. */
  readonly version?: string;
}

export interface Link {
  readonly traceId: string;
  readonly spanId: string;
  readonly flags: number;
}

/** One spoken or tool-calling entry of the transcript. */
export interface Turn extends Interval {
  /**
   * Exchanges count from 1; the user's entry, the wait, the reply and the tools of one share it. A backchannel
   * belongs to none, and has that of the exchange in which it was heard.
   */
  readonly number: number;
  readonly speaker: 'user' | 'agent';
  readonly timing: Timing;
  /** Whether words were heard: not a row of dots, not only tool calls, not a backchannel. */
  readonly speaks: boolean;
  /** Words that the vendor took for a sign of listening: no turn of the conversation. */
  readonly backchannel?: true;
  /** It called what ends the conversation or hands it over: that answers, though nothing is said. */
  readonly concludes?: true;
  readonly text?: string;
  /** Who held the conversation in this turn: after a transfer another agent than the conversation's. */
  readonly agent: Agent;
  /** The wait that this agent turn ended. */
  readonly wait?: Wait;
  /** This agent turn ended a wait of which the payload does not tell the length. */
  readonly unmeasured?: true;
  /** A retrieval that is no phase of a wait. */
  readonly retrieval?: Retrieval;
  readonly tools: readonly Tool[];
  /** The model that produced it, where known. */
  readonly model?: string;
  /** True where a model call stands behind it, named or not. */
  readonly generated: boolean;
  readonly responseId?: string;
  readonly usage: readonly Usage[];
  /** USD for the models of this turn. */
  readonly costUsd?: number;
  /** Agent turns: known true, known false, or not to be known. */
  readonly interrupted?: boolean;
  /** Agent turns that began before the user had ended: by how much. */
  readonly overlap?: Nanos;
  /** How long of it something was heard, where that was measured and is not all of it: pauses between words. */
  readonly speech?: Nanos;
  /** User turns that no agent speech followed: how long the silence lasted. */
  readonly silence?: Nanos;
  readonly vendor: VendorAttributes;
}

/** From the moment the user stops to the moment the agent is heard. */
export interface Wait extends Interval {
  /** The felt latency, true: the bar may be clamped, this is not. */
  readonly length: Nanos;
  /** In the order in which they followed each other; a model that was asked several times is there as often. */
  readonly phases: readonly Phase[];
  /** `estimated` where its length is a guess from when words were heard. @default 'derived' */
  readonly timing?: Timing;
  /** False where the vendor's own measurement of it is among those without a place: that one counts, this one shows. */
  readonly counts?: false;
}

/** What the phases of a wait leave open; never negative, for phases may overlap in truth. */
export function unexplained({ length, phases }: Wait): Nanos {
  const open = phases.reduce((left, phase) => left - phase.length, length);
  return open > 0n ? open : 0n;
}

export interface Phase extends Interval {
  readonly name: PhaseName;
  /** As the vendor measured it: the bar is clipped to its wait, this is not. */
  readonly length: Nanos;
  /** Only of the phase `rag`. */
  readonly retrieval?: Retrieval;
}

/** What a vendor tells of the whole conversation, and not of the turn that it was measured in. */
export interface Unplaced {
  /** Waits of which no turn's is one: what is here is nowhere else. */
  readonly waits: readonly Nanos[];
  readonly phases: readonly Pick<Phase, 'name' | 'length'>[];
  readonly usage: readonly Usage[];
}

export interface Retrieval {
  readonly documentIds: readonly string[];
  readonly model?: string;
  readonly query?: string;
  readonly length?: Nanos;
}

export interface Tool extends Interval {
  readonly name: string;
  readonly callId?: string;
  readonly type: 'function' | 'extension';
  readonly timing: Timing;
  /** How long it took, where that was measured. */
  readonly length?: Nanos;
  /** `error.type`, iff it failed. */
  readonly error?: string;
  readonly arguments?: string;
  readonly result?: string;
  /** What it called in turn: the steps of a workflow. */
  readonly nested?: readonly Tool[];
}

/** `tools` and all that they called in turn, callers first. */
export function withNested(tools: readonly Tool[]): Tool[] {
  return tools.flatMap((tool) => [tool, ...withNested(tool.nested ?? [])]);
}

export interface Usage {
  readonly model: string;
  /** Input tokens, cache reads and writes included. */
  readonly input?: number;
  readonly cacheRead?: number;
  readonly output?: number;
}

export interface ConversationEvent {
  /** The vendor's type, e.g. `application.recording_ready`. */
  readonly type: string;
  /** When it truly happened; absent where the payload does not say. */
  readonly time?: Nanos;
  /** Where it stands in the trace: its own time, inside the conversation. */
  readonly at: Nanos;
  /** Makes the event's span id: `#` + its timestamp in nanoseconds, with `.1`, `.2` for same type and time. */
  readonly key: string;
  readonly vendor: VendorAttributes;
}

export interface Evaluation {
  readonly name: string;
  readonly label?: string;
  readonly score?: number;
  /** Why, in the vendor's words: content. */
  readonly explanation?: string;
}

export interface Totals {
  /** USD, the whole conversation. */
  readonly costUsd?: number;
  /** USD, its models. */
  readonly llmCostUsd?: number;
  readonly inputTokens?: number;
  readonly outputTokens?: number;
}
