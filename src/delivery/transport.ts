import type { Outcome } from './outcome.ts';

/** One of the ways to a collector. */
export interface Transport<Content> {
  /** Makes one request's content ready. */
  pack(content: Content): PreparedRequest;
  /** Closes its connections; nothing is under way any more. */
  close(): Promise<void>;
}

/** The content of one request, ready to be sent, once. */
export interface PreparedRequest {
  /** Its uncompressed size in bytes; where that is not known without serializing it twice, never less than it. */
  readonly bytes: number;
  /** Rejects only with the signal's reason, and then at once. */
  send(signal: AbortSignal): Promise<Outcome>;
}
