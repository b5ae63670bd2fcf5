import type { Random } from '../random.ts';

/** One way in which an answer goes wrong. */
export type Fault =
  | StatusFault
  /** A page of a proxy instead of JSON. */
  | { readonly kind: 'html'; readonly status: number }
  /** The right answer, cut off in the middle of its JSON and ended in order. */
  | { readonly kind: 'truncated' }
  /** The right answer with bytes in it that are no UTF-8. */
  | { readonly kind: 'invalid-utf8' }
  /** A body without Content-Length that goes on for so many bytes. */
  | { readonly kind: 'huge'; readonly bytes: number }
  /** Compressed though nobody asked for it, and growing to so many bytes. */
  | { readonly kind: 'gzip-bomb'; readonly bytes: number }
  /** The right answer, so many bytes at a time. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** The connection is accepted and never answered; `accepts` does the work all the same. */
  | { readonly kind: 'silence'; readonly accepts?: boolean }
  | { readonly kind: 'reset-before-headers' }
  | { readonly kind: 'reset-mid-body' }
  /** The server does what it was asked and resets the connection instead of saying so. */
  | { readonly kind: 'accept-then-reset' }
  /** To the same URL, or to another. */
  | { readonly kind: 'redirect'; readonly status: 301 | 302 | 307 | 308; readonly to: 'self' | (string & {}) }
  /** The right answer, late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The right answer, as soon as something else has come to pass. */
  | { readonly kind: 'hold'; readonly until: Promise<unknown> }
  /** The rows of the page before, under the cursor of this one. */
  | { readonly kind: 'duplicate-page' }
  /** `has_more` without a cursor, with the cursor that was asked with, or false though more would follow. */
  | { readonly kind: 'has-more'; readonly lie: 'no-cursor' | 'same-cursor' | 'stops' }
  /** The server's clock is off. */
  | { readonly kind: 'date-skew'; readonly ms: number }
  /** Null where something is required: dotted paths, `*` for every item of an array. */
  | { readonly kind: 'nulls'; readonly paths: readonly string[] }
  /** A 200 whose body is no JSON. */
  | { readonly kind: 'garbage' }
  /** OTLP only: kept, but for some spans or data points. */
  | { readonly kind: 'partial-success'; readonly rejected: number; readonly message: string };

/** Another answer. */
interface StatusFault {
  readonly kind: 'status';
  readonly status: number;
  /** Sent as JSON, or as it is where it is a string. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Does what it was asked before it answers like this. */
  readonly accepts?: boolean;
}

export type FaultKind = Fault['kind'];

/** A fault of a kind, with particulars as they are met in the wild. */
export function drawFault(kind: FaultKind, random: Random): Fault {
  switch (kind) {
    case 'status':
      return drawStatus(random);
    case 'html':
      return { kind, status: random.pick([200, 502, 503]) };
    case 'huge':
    case 'gzip-bomb':
      return { kind, bytes: random.int(20, 60) * 1_000_000 };
    case 'drip':
      return { kind, bytes: random.int(50, 500), everyMs: random.int(1, 5) };
    case 'redirect':
      return { kind, status: random.pick([301, 302, 307, 308] as const), to: 'self' };
    case 'delay':
      return { kind, ms: random.int(5, 200) };
    case 'hold':
      return { kind, until: Promise.resolve() };
    case 'has-more':
      return { kind, lie: random.pick(['no-cursor', 'same-cursor', 'stops'] as const) };
    case 'date-skew':
      return { kind, ms: random.pick([-86_400_000, 86_400_000]) };
    case 'nulls':
      return {
        kind,
        paths: [random.pick(['metadata', 'transcript', 'conversations.0', 'data', 'events.0.timestamp'])],
      };
    case 'partial-success':
      return { kind, rejected: random.int(1, 3), message: 'some spans were too old' };
    default:
      return { kind };
  }
}

function drawStatus(random: Random): Fault {
  const status = random.pick([408, 429, 429, 500, 502, 503, 504]);
  if (status !== 429 || random.chance(0.5))
    return { kind: 'status', status, body: { detail: 'Try again later' } };
  return {
    kind: 'status',
    status,
    body: { detail: 'Slow down' },
    headers: { 'retry-after': String(random.int(0, 1)) },
  };
}
