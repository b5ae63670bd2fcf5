import { CallBook } from './book.ts';
import type { Provider } from './call.ts';
import { startElevenLabs } from './elevenlabs/server.ts';
import type { SandboxServer } from './http/server.ts';
import { startRetell } from './retell/server.ts';
import { startTavus } from './tavus/server.ts';

const MINUTE = 60_000;
const SEED = 7;

/** Calls that are worth seeing: a slow wait and why, a failing tool, dead air, a video call with a barge-in. */
const SHOWN = [
  { provider: 'elevenlabs', scenario: 'rag', minutesAgo: 50 },
  { provider: 'elevenlabs', scenario: 'tool-error', minutesAgo: 45 },
  { provider: 'tavus', scenario: 'tool-ok', minutesAgo: 40 },
  { provider: 'tavus', scenario: 'unanswered', minutesAgo: 35 },
  { provider: 'retell', scenario: 'tool-ok', minutesAgo: 30 },
] as const;

export interface DemoVendor {
  readonly provider: Provider;
  readonly server: SandboxServer;
}

/** Every simulated vendor, with a few conversations of the hour before `now`, in unix milliseconds. */
export async function startDemoVendors(apiKey: string, now: number): Promise<DemoVendor[]> {
  const book = new CallBook();
  for (const [index, { minutesAgo, ...call }] of SHOWN.entries()) {
    book.add({ ...call, seed: SEED, index, startAt: now - minutesAgo * MINUTE });
  }
  return [
    { provider: 'elevenlabs', server: await startElevenLabs({ book, apiKey }) },
    { provider: 'tavus', server: await startTavus({ book, apiKey }) },
    { provider: 'retell', server: await startRetell({ book, apiKey }) },
  ];
}
