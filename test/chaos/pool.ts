import {
  type Call,
  type CallSpec,
  type Provider,
  payloadOf,
  scenarioNames,
  simulateCall,
} from '../../sandbox/index.ts';
import { readTavus } from '../../src/vendors/tavus/payload.ts';
import { readiness } from '../../src/vendors/tavus/readiness.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Of the default 24 h of look-back; what ended earlier is found by a backfill only. */
const BACKLOG = { from: 20 * HOUR, to: 3.5 * HOUR };
const PAST = { from: 47 * HOUR, to: 33 * HOUR };
/** Older than the look-back, and younger than what a backfill looks at. */
const UNLISTED = { from: 31 * HOUR, to: 26 * HOUR };
/** A list is walked again from a minute before the last walk: what appears in it later than that is found by a sweep. */
const LONGEST_FRESH = 50_000;
const LONGEST = 'two-hours';
const UNKEPT = 'zero-retention';
const ANY_TIME = Date.UTC(2026, 0, 1);

/** Every vendor whose conversations are mixed. */
export const PROVIDERS = ['elevenlabs', 'tavus', 'retell', 'vapi'] as const satisfies readonly Provider[];

/** Every scenario of a vendor but the longest, which is put in by itself. */
function odd(provider: Provider): readonly string[] {
  return scenarioNames(provider).filter((name) => name !== LONGEST);
}

const ODD = new Map(PROVIDERS.map((provider) => [provider, odd(provider)]));

/** A conversation for the book; its times follow when it is put in. */
export type Draft = Omit<CallSpec, 'startAt'>;

/** A range of time that only a backfill looks at, in milliseconds since the epoch. */
export interface Stretch {
  readonly since: number;
  readonly until: number;
}

/**
 * The conversations of one run, drawn by a seed: ordinary ones and every odd scenario of all vendors.
 */
export class Pool {
  readonly #seed: number;
  readonly #next = new Map<Provider, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** So many that are over for hours: all scenarios in turn, then as they come. */
  backlog(count: number, now: number): CallSpec[] {
    return this.#old(count, now, BACKLOG);
  }

  /** One of each vendor with hundreds of turns, which goes to the collector in many parts. */
  longest(now: number): CallSpec[] {
    return PROVIDERS.map((provider) => {
      const index = this.#take(provider);
      return { provider, seed: this.#seed, index, startAt: now - BACKLOG.from, scenario: LONGEST };
    });
  }

  /** So many that are over for longer than the look-back, and when they were. */
  past(count: number, now: number): { specs: CallSpec[]; stretch: Stretch } {
    // One vendor publishes starts in whole seconds, so the first may have begun a little before.
    const stretch = { since: now - PAST.from - 1_000, until: now - PAST.to };
    return { specs: this.#old(count, now, PAST), stretch };
  }

  /** One that was over a moment ago. */
  fresh(provider: Provider, now: number): CallSpec {
    const { draft, length } = this.#short(provider);
    return { ...draft, startAt: now - length };
  }

  /** One that is in the middle, and how long it still takes, in milliseconds. */
  unfinished(provider: Provider, now: number): { spec: CallSpec; left: number } {
    const { draft, length } = this.#short(provider);
    return { spec: { ...draft, startAt: now - length / 2 }, left: length / 2 };
  }

  /** One that no list shows: only a webhook tells of it. */
  unlisted(provider: Provider, now: number): CallSpec {
    const { draft } = this.#short(provider);
    const stretch = (UNLISTED.from - UNLISTED.to) / 1_000;
    return { ...draft, startAt: now - UNLISTED.to - stretch * (draft.index % 1_000) };
  }

  /** One that was over a moment ago, and of which the vendor shows that it was and nothing else. */
  unkept(now: number): CallSpec {
    const { draft, length } = this.#short('elevenlabs', UNKEPT);
    return { ...draft, startAt: now - length };
  }

  /** The next of a vendor's numbers. */
  #take(provider: Provider): number {
    const index = this.#next.get(provider) ?? 0;
    this.#next.set(provider, index + 1);
    return index;
  }

  #old(count: number, now: number, { from, to }: { from: number; to: number }): CallSpec[] {
    return Array.from({ length: count }, (_, place) => {
      const provider = PROVIDERS[place % PROVIDERS.length] ?? 'elevenlabs';
      const index = this.#take(provider);
      const scenario = ODD.get(provider)?.[Math.floor(place / PROVIDERS.length)];
      return {
        ...{ provider, seed: this.#seed, index, startAt: now - from + ((from - to) * place) / count },
        ...(scenario === undefined ? {} : { scenario }),
      };
    });
  }

  /** Draws until one is short enough to be over, and ready for delivery, before anybody would expect to see it. */
  #short(provider: Provider, scenario?: string): { draft: Draft; length: number } {
    for (;;) {
      const chosen = scenario === undefined ? {} : { scenario };
      const draft = { provider, seed: this.#seed, index: this.#take(provider), ...chosen };
      const call = simulateCall({ ...draft, startAt: ANY_TIME });
      const length = Math.ceil((call.terminalAt - call.start) / 1000) + 1_000;
      if (length <= LONGEST_FRESH && isReady(call)) return { draft, length };
    }
  }
}

/** Whether a call can be delivered as soon as it is over. */
function isReady(call: Call): boolean {
  if (call.provider === 'elevenlabs') return true;
  // Its analysis is there at once, or never comes.
  if (call.provider === 'retell') return (call.traits.analyzedAfter ?? 0) === 0;
  if (call.provider === 'vapi') return (call.traits.analysisAfter ?? 0) === 0;
  const at = call.terminalAt + 1e6;
  const payload = readTavus(payloadOf(call, at));
  return readiness(payload, BigInt(at) * 1000n, 0n).kind !== 'pending';
}

/** The vendor's answer for a call when nothing more will come. */
export function finalPayload(call: Call): unknown {
  return payloadOf(call, call.terminalAt + 48 * HOUR * 1000);
}
