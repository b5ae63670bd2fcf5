import { join } from 'node:path';
import type { ElevenLabsCall, TavusCall } from '../../sandbox/index.ts';
import { WebhookSender } from '../../sandbox/index.ts';
import { Bridge } from '../../src/bridge/bridge.ts';
import { loadConfig } from '../../src/config/config.ts';
import type { Ledger } from '../../src/ledger/contract.ts';
import { openLedger } from '../../src/ledger/open.ts';
import { createTelemetry, type Telemetry } from '../../src/telemetry/telemetry.ts';
import { HOUR, type LogLine, makeWorld, recordingLog, type World, type WorldOptions } from './world.ts';

export const WEBHOOK_SECRET = 'wsec_of_this_test_only';
export const WEBHOOK_TOKEN = 'token-0123456789abcdef';

/** Both vendors, a collector, and a bridge that takes webhooks. */
export interface WebhookWorld extends World {
  readonly lines: LogLine[];
  readonly ledger: Ledger;
  readonly telemetry: Telemetry;
  /** Where ElevenLabs and Tavus call. */
  readonly hooks: { readonly elevenLabs: string; readonly tavus: string };
  readonly sender: WebhookSender;
  /** A call that ended a while ago, and that no list shows. */
  elevenLabsCall(scenario: string, index?: number): ElevenLabsCall;
  tavusCall(index?: number): TavusCall;
  state(provider: string, id: string): Promise<string | undefined>;
  /** Until `is` is so. */
  until(is: () => Promise<boolean> | boolean): Promise<void>;
  stop(): Promise<void>;
}

/** @param settings beside those that lead to the simulated vendors: none is listed unless a list is asked for. */
export async function webhookWorld(
  settings: Record<string, string> = {},
  options: WorldOptions = {},
): Promise<WebhookWorld> {
  const world = await makeWorld({ elevenLabs: { log: true }, tavus: { log: true }, ...options });
  const config = await loadConfig({
    ...world.environment,
    ...{ CALLSPAN_WEBHOOKS: '127.0.0.1:0', ELEVENLABS_WEBHOOK_SECRET: WEBHOOK_SECRET },
    // A list finds nothing that began before: what is delivered came by a webhook.
    ...{ TAVUS_WEBHOOK_TOKEN: WEBHOOK_TOKEN, CALLSPAN_LOOKBACK: '0s', OTEL_METRICS_EXPORTER: 'none' },
    ...{ CALLSPAN_LISTEN: '127.0.0.1:0', CALLSPAN_STATE: join(world.folder, 'callspan.db') },
    ...settings,
  });
  const { log, lines } = recordingLog();
  const ledger = await openLedger(config.state);
  const telemetry = await createTelemetry(config, { ledger, log });
  const stopping = new AbortController();
  const running = new Bridge({ config, ledger, log, telemetry }).run(stopping.signal);
  running.catch(() => undefined);
  const until = async (is: () => Promise<boolean> | boolean) => {
    while (!(await is())) {
      const ended = await Promise.race([running.then(() => true), pause(10).then(() => false)]);
      if (ended && !(await is())) throw new Error('The bridge has ended');
    }
  };
  const urlOf = () => lines.find(({ message }) => message === 'webhooks are taken')?.fields.url;
  await until(() => urlOf() !== undefined);
  const hooks = {
    elevenLabs: `${urlOf()}/webhooks/elevenlabs`,
    tavus: `${urlOf()}/webhooks/tavus/${WEBHOOK_TOKEN}`,
  };
  const add = (provider: 'elevenlabs' | 'tavus', scenario: string, index: number) => {
    const startAt = Date.now() - 20 * HOUR - index * 60_000;
    const id = world.book.add({ provider, seed: 9, index, scenario, startAt });
    const call = world.book.call(id);
    if (call === undefined) throw new Error('There is no such call');
    return call;
  };
  return {
    ...world,
    ...{ lines, ledger, telemetry, hooks, until },
    sender: new WebhookSender({ url: hooks.elevenLabs, secret: WEBHOOK_SECRET }),
    elevenLabsCall: (scenario, index = 1) => add('elevenlabs', scenario, index) as ElevenLabsCall,
    tavusCall: (index = 1) => add('tavus', 'ordinary', index) as TavusCall,
    async state(provider, id) {
      return (await ledger.conversations.get(await ledger.source(provider, provider), id))?.state;
    },
    async stop() {
      stopping.abort(new Error('stopped'));
      await running;
    },
    async close() {
      stopping.abort(new Error('stopped'));
      await running;
      await telemetry.close();
      await ledger.close();
      await world.close();
    },
  };
}

function pause(millis: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, millis));
}
