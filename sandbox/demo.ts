import { CallBook } from './book.ts';
import type { Provider } from './call.ts';
import { startElevenLabs } from './elevenlabs/server.ts';
import type { SandboxServer } from './http/server.ts';
import { startRetell } from './retell/server.ts';
import { startTavus } from './tavus/server.ts';
import { startVapi } from './vapi/server.ts';

const MINUTE = 60_000;
const SEED = 7;
/** A call of the ordinary kind is over by then, in milliseconds. */
const LONGEST = 20 * MINUTE;

/** Calls that are worth seeing: a slow wait and why, a failing tool, dead air, a video call with a barge-in. */
const SHOWN = [
  { provider: 'elevenlabs', scenario: 'rag', minutesAgo: 50 },
  { provider: 'elevenlabs', scenario: 'tool-error', minutesAgo: 45 },
  { provider: 'tavus', scenario: 'tool-ok', minutesAgo: 40 },
  { provider: 'tavus', scenario: 'unanswered', minutesAgo: 35 },
  { provider: 'retell', scenario: 'tool-ok', minutesAgo: 30 },
  { provider: 'vapi', scenario: 'two-lookups', minutesAgo: 25 },
] as const;

export interface DemoVendor {
  readonly provider: Provider;
  readonly server: SandboxServer;
  /** Of the conversations that there are. */
  readonly ids: readonly string[];
  /** One more takes place, and ended just before `now`. @returns its id. */
  another(now: number): string;
}

/** Every simulated vendor, with a few conversations of the hour before `now`, in unix milliseconds. */
export async function startDemoVendors(apiKey: string, now: number): Promise<DemoVendor[]> {
  const book = new CallBook();
  const ids = new Map<Provider, string[]>();
  for (const [index, { minutesAgo, ...call }] of SHOWN.entries()) {
    const id = book.add({ ...call, seed: SEED, index, startAt: now - minutesAgo * MINUTE });
    ids.set(call.provider, [...(ids.get(call.provider) ?? []), id]);
  }
  let index = SHOWN.length;
  const vendor = (provider: Provider, server: SandboxServer): DemoVendor => ({
    ...{ provider, server, ids: ids.get(provider) ?? [] },
    another: (now) =>
      book.add({ provider, scenario: 'ordinary', seed: SEED, index: index++, startAt: now - LONGEST }),
  });
  return [
    vendor('elevenlabs', await startElevenLabs({ book, apiKey })),
    vendor('tavus', await startTavus({ book, apiKey })),
    vendor('retell', await startRetell({ book, apiKey })),
    vendor('vapi', await startVapi({ book, apiKey })),
  ];
}
