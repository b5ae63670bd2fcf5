import { loadConfig, traceSettings } from '../config/config.ts';
import { systemClock } from '../time/clock.ts';
import { derivedTraceId } from '../trace/ids.ts';
import { createSource } from '../vendors/create-source.ts';
import { profileOf } from '../vendors/registry.ts';
import { oneId, oneSource } from './arguments.ts';
import { EXIT, stopSignal } from './exit.ts';
import { traceOf } from './known-trace.ts';
import { print, tell } from './output.ts';

/** `callspan trace-id`: the id of a conversation's trace, computed, or from the ledger, or asked of the vendor. */
export async function traceId(provider: string, id: string, options: { source?: string }): Promise<number> {
  oneId(id);
  // Without a source's name nothing needs to be set for what can be computed.
  if (profileOf(provider)?.derivesTraceIds && options.source === undefined) {
    print(derivedTraceId(provider, id));
    return EXIT.ok;
  }
  const config = await loadConfig();
  const source = oneSource(config, provider, options.source);
  const derived = profileOf(source.provider)?.derivesTraceIds
    ? derivedTraceId(source.provider, id)
    : undefined;
  const known = (await traceOf(config.state, source.name, id)) ?? derived;
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
