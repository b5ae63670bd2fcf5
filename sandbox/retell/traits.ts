import type { Micros } from '../time.ts';

/** How Retell publishes one call, as far as its calls differ from each other. */
export interface RetellTraits {
  readonly type: 'web_call' | 'phone_call' | 'chat';
  readonly status: 'ended' | 'error' | 'not_connected';
  /** Of phone calls. */
  readonly direction?: 'inbound' | 'outbound';
  /** What the agent keeps: everything, a transcript without what is private, or no words at all. */
  readonly storage: 'everything' | 'everything_except_pii' | 'basic_attributes_only';
  /** One that never connected has neither a start nor an end. */
  readonly connected: boolean;
  /** `lossy`: one of the waits was not measured, or one that nobody can see was. */
  readonly latency: 'full' | 'lossy' | 'extra' | 'none';
  /** Whether words have times: what is typed has none. */
  readonly wordsTimed: boolean;
  /** Whether rows of tools carry the second at which they were. */
  readonly toolsTimed: boolean;
  /** Numbers as text, as integrations that pass calls on write them. */
  readonly numbersAsText: boolean;
  /** Rows of an agent that keeps silent, which nobody hears. */
  readonly unspoken: boolean;
  /** When the agent's graph went from one node to the next. */
  readonly transitions: readonly Micros[];
  /** Whom the call was handed to speaks from then on. */
  readonly handedOverAt?: Micros;
  /** Seconds from the end to the analysis; absent where it never comes. */
  readonly analyzedAfter?: number;
  readonly successful: boolean;
  readonly cents: number;
}
