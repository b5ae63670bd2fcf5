import { loadLedgerPlace } from '../config/config.ts';
import type { Ledger } from '../ledger/contract.ts';
import { openLedger } from '../ledger/open.ts';
import { printableJson } from '../show/printable.ts';
import { rest, systemClock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';
import { EXIT, stopSignal } from './exit.ts';
import { print } from './output.ts';

export interface StatusOptions {
  readonly json: boolean;
  readonly watch: boolean;
}

/** How often it is looked again, in milliseconds. */
const LOOK = 2_000;
const CLEAR = '\x1b[2J\x1b[H';
/** Reasons that are told, and conversations that are looked at for them: there may be a million. */
const MOST_REASONS = 5;
const MOST_LOOKED_AT = 10_000;

/** `callspan status`: what the ledger knows, beside a running bridge or without one. */
export async function status({ json, watch }: StatusOptions): Promise<number> {
  const state = await loadLedgerPlace();
  const stop = watch ? stopSignal() : AbortSignal.abort();
  do {
    await tell(state, json);
    await rest(systemClock, LOOK, stop);
  } while (!stop.aborted);
  return EXIT.ok;
}

/** Opened anew at every look: the ledger may be moved or replaced meanwhile. */
async function tell(state: string, json: boolean): Promise<void> {
  const ledger = await openLedger(state, { readOnly: true });
  try {
    const now = systemClock.now();
    const report = { ledger: state, bridge: await bridgeOf(ledger), sources: await sourcesOf(ledger, now) };
    if (json) process.stdout.write(`${printableJson(JSON.stringify(report, null, 2))}\n`);
    else {
      if (process.stdout.isTTY) process.stdout.write(CLEAR);
      print(...readable(report));
    }
  } finally {
    await ledger.close();
  }
}

type Report = {
  ledger: string;
  bridge: Awaited<ReturnType<typeof bridgeOf>>;
  sources: Awaited<ReturnType<typeof sourcesOf>>;
};

async function bridgeOf(ledger: Ledger) {
  const holder = await ledger.holder(systemClock);
  if (holder === undefined) return null;
  return { pid: holder.pid, host: holder.host, since: new Date(holder.since).toISOString() };
}

async function sourcesOf(ledger: Ledger, now: number) {
  const iso = (millis: number | undefined) => (millis === undefined ? null : new Date(millis).toISOString());
  const told = async (source: Awaited<ReturnType<Ledger['sources']['all']>>[number]) => {
    const { active, due, ...settled } = await ledger.sources.tallies(source.id);
    return {
      name: source.name,
      provider: source.provider,
      /** Everything that began before this was listed. */
      cursor: iso(source.cursor),
      /** Seconds since the list was last walked to its end. */
      lagSeconds: source.cursor === undefined ? null : Math.max(0, Math.round((now - source.cursor) / 1000)),
      pending: active + due,
      ...settled,
      /** What webhooks have brought and that is not delivered yet. */
      inbox: await inboxOf(ledger, source.id, now),
      /** Why what is pending has not been delivered yet, the most frequent first. */
      waitingFor: await reasonsOf(ledger, source.id),
      lastError: source.error ?? null,
      lastErrorAt: iso(source.errorAt),
      lastPoll: iso(source.polledAt),
      nextPoll: iso(source.nextPollAt),
    };
  };
  return await Promise.all((await ledger.sources.all()).map(told));
}

async function inboxOf(ledger: Ledger, source: number, now: number) {
  const { waiting, payloads, oldest } = await ledger.inbox.depth(source);
  const ageSeconds = oldest === undefined ? null : Math.max(0, Math.round((now - oldest) / 1000));
  return { waiting, payloads, ageSeconds };
}

/** Reasons of what was tried and will be tried again, and how many conversations have each. */
async function reasonsOf(ledger: Ledger, source: number) {
  const counts = new Map<string, number>();
  let looked = 0;
  for await (const { reason } of ledger.conversations.unsettled(source, 'waiting')) {
    const told = reason ?? 'no reason was told';
    counts.set(told, (counts.get(told) ?? 0) + 1);
    looked += 1;
    if (looked === MOST_LOOKED_AT) break;
  }
  const reasons = [...counts].map(([reason, conversations]) => ({ reason, conversations }));
  return reasons.sort((one, other) => other.conversations - one.conversations).slice(0, MOST_REASONS);
}

function readable({ ledger, bridge, sources }: Report): string[] {
  const lines = [
    bridge === null
      ? `No bridge is running on ${ledger}.`
      : `The bridge on ${ledger} is process ${bridge.pid} on ${bridge.host}, since ${bridge.since}.`,
  ];
  for (const source of sources) {
    const lag =
      source.lagSeconds === null ? 'never listed' : `listed ${formatDuration(source.lagSeconds * 1000)} ago`;
    lines.push(
      '',
      `${source.name} (${source.provider}): ${lag}, next poll ${source.nextPoll ?? 'not planned'}`,
      `  delivered ${source.delivered}, pending ${source.pending}, empty ${source.empty}, gone ${source.gone}, dead ${source.dead}${source.parked > 0 ? `, parked ${source.parked}` : ''}`,
    );
    const { waiting, payloads, ageSeconds } = source.inbox;
    if (ageSeconds !== null)
      lines.push(
        `  from webhooks ${waiting} wait and ${payloads} are kept until they are delivered, the oldest for ${formatDuration(ageSeconds * 1000)}`,
      );
    for (const { reason, conversations } of source.waitingFor)
      lines.push(`  ${conversations} wait: ${reason}`);
    if (source.dead > 0) lines.push('  callspan dead tells which are dead letters, and why');
    if (source.parked > 0)
      lines.push(
        '  parked: too old for their destination; callspan dead --parked names them, callspan retry --parked sends them to one that takes them',
      );
    if (source.lastError !== null) lines.push(`  last error, ${source.lastErrorAt}: ${source.lastError}`);
  }
  return lines;
}
