/** What the collector made of one conversation, whichever transport it took. */
export type Outcome =
  /** Taken. `rejectedSpans` > 0 is a partial success: the collector kept the rest and will not take these. */
  | { readonly kind: 'accepted'; readonly rejectedSpans: number; readonly message?: string }
  /** Never to be taken in this form: a dead letter. `status` is the HTTP status, `reason` the collector's words. */
  | { readonly kind: 'rejected'; readonly status: number; readonly reason: string }
  /** Not now. Nothing is known to be stored; come again, after `retryAfterMs` milliseconds where it said so. */
  | { readonly kind: 'unavailable'; readonly retryAfterMs?: number; readonly reason: string };
