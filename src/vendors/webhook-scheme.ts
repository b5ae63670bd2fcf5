import type { IncomingHttpHeaders } from 'node:http';

/**
 * How a vendor's calls to us are verified, and what their bodies say. Pure: the clock and the secrets are handed in,
 * and nothing is asked of anybody.
 */
export interface WebhookScheme {
  /**
   * Begins to verify one call, before anything of its body is there: a body is hashed as it comes, because a recording
   * is larger than what may be kept of it. Absent where nothing is signed, and only the path is trusted
   * (`Profile.webhook` is `token`).
   * @param secrets any of them may fit; those of a source, never empty.
   * @param now unix milliseconds.
   */
  verify?(headers: IncomingHttpHeaders, secrets: readonly string[], now: number): Verification;
  /**
   * What the beginning of a body is enough to know: that it holds what is verified and forgotten, a recording. Absent
   * where the vendor sends no such thing.
   * @param start the body's first bytes, at most 64 KiB.
   */
  isForgotten?(start: Buffer): boolean;
  /**
   * What a verified body says.
   * @returns undefined where it speaks of no conversation: another product's event, or a kind that nobody has
   * described. It is taken, counted and forgotten.
   */
  read(body: unknown): WebhookEvent | undefined;
  /** A body of the kind that the vendor sends of a conversation that has ended, and the headers that sign it: to test with. */
  example(
    now: number,
    secret: string,
  ): { readonly body: string; readonly headers: Readonly<Record<string, string>> };
}

/** One call, as its body comes in. */
export interface Verification {
  /** What is wrong with it already, whatever its body: then that need not be read. */
  readonly refused?: string;
  update(chunk: Uint8Array): void;
  /** After the last chunk. */
  verdict(): Verdict;
}

export type Verdict =
  | { readonly verified: true }
  /** `reason`: of low cardinality, a metric's attribute: `missing`, `malformed`, `stale`, `future`, `mismatch`. */
  | { readonly verified: false; readonly reason: string };

/** What a webhook says of a conversation. */
export interface WebhookEvent {
  /** The vendor's name for the kind of event, one of a closed set. */
  readonly type: string;
  /** The conversation's id, unchecked: whoever takes it in checks it as one that a list names. */
  readonly id: string;
  /** The agent's, where the event says it. */
  readonly agent?: string;
  /** Unix milliseconds, where the event says when it was. */
  readonly at?: number;
  /**
   * `hint`: that there is something to fetch. `payload`: the body holds what a fetch would bring, which `read` of the
   * vendor understands, and stands for it where nothing can be fetched.
   */
  readonly holds: 'hint' | 'payload';
  /** The conversation goes on: there is nothing to fetch yet. */
  readonly running?: true;
  /** Nothing can be fetched, now or ever (zero retention, a call that was never connected): the payload is all there is. */
  readonly final?: true;
  /** Nothing more comes to the conversation: it need not be waited for. */
  readonly terminal?: true;
}
