import { loadLedgerPlace } from '../config/config.ts';
import type { Ledger } from '../ledger/contract.ts';
import { openLedger } from '../ledger/open.ts';
import { printableJson } from '../show/printable.ts';
import { systemClock } from '../time/clock.ts';
import { formatDuration } from '../time/duration.ts';
import { EXIT } from './exit.ts';
import { print } from './output.ts';

/** `callspan status`: what the ledger knows, beside a running bridge or without one. */
export async function status({ json }: { json: boolean }): Promise<number> {
  const state = await loadLedgerPlace();
  const ledger = await openLedger(state, { readOnly: true });
  try {
    const now = systemClock.now();
    const report = { ledger: state, bridge: await bridgeOf(ledger), sources: await sourcesOf(ledger, now) };
    if (json) process.stdout.write(`${printableJson(JSON.stringify(report, null, 2))}\n`);
    else print(...readable(report));
    return EXIT.ok;
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
      lastError: source.error ?? null,
      lastErrorAt: iso(source.errorAt),
      lastPoll: iso(source.polledAt),
      nextPoll: iso(source.nextPollAt),
    };
  };
  return await Promise.all((await ledger.sources.all()).map(told));
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
      `  delivered ${source.delivered}, pending ${source.pending}, empty ${source.empty}, gone ${source.gone}, dead ${source.dead}`,
    );
    if (source.lastError !== null) lines.push(`  last error, ${source.lastErrorAt}: ${source.lastError}`);
  }
  return lines;
}
