import { existsSync } from 'node:fs';
import { loadConfig, traceSettings } from '../config/config.ts';
import { openLedger } from '../ledger/open.ts';
import { systemClock } from '../time/clock.ts';
import { derivedTraceId } from '../trace/ids.ts';
import { createSource } from '../vendors/create-source.ts';
import { profileOf } from '../vendors/registry.ts';
import { oneId, oneSource } from './arguments.ts';
import { EXIT, stopSignal } from './exit.ts';
import { print, tell } from './output.ts';

/** `callspan trace-id`: the id of a conversation's trace, computed, or from the ledger, or asked of the vendor. */
export async function traceId(provider: string, id: string, options: { source?: string }): Promise<number> {
  oneId(id);
  if (profileOf(provider)?.derivesTraceIds) {
    print(derivedTraceId(provider, id));
    return EXIT.ok;
  }
  const config = await loadConfig();
  const source = oneSource(config, provider, options.source);
  const known = profileOf(source.provider)?.derivesTraceIds
    ? derivedTraceId(source.provider, id)
    : await fromLedger(config.state, source.name, id);
  if (known !== undefined) {
    print(known);
    return EXIT.ok;
  }
  const asked = await createSource(source, traceSettings(source), systemClock);
  try {
    const fetched = await asked.fetch(id, stopSignal());
    if (fetched.kind === 'ready') {
      print(fetched.translated.conversation.traceId);
      return EXIT.ok;
    }
    tell(`${id} has no trace (${fetched.kind}: ${fetched.reason}).`);
    return EXIT.failed;
  } finally {
    await asked.close();
  }
}

async function fromLedger(file: string, source: string, id: string): Promise<string | undefined> {
  if (!existsSync(file)) return undefined;
  const ledger = await openLedger(file, { readOnly: true });
  try {
    const row = (await ledger.sources.all()).find((candidate) => candidate.name === source);
    return row && (await ledger.conversations.get(row.id, id))?.sent?.traceId;
  } finally {
    await ledger.close();
  }
}
