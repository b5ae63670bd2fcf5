import { loadConfig } from '../config/config.ts';
import { ConfigError } from '../config/errors.ts';
import { EVERYWHERE } from '../config/telemetry.ts';
import { systemClock } from '../time/clock.ts';
import { loadVendor } from '../vendors/registry.ts';
import { EXIT, report } from './exit.ts';
import { print } from './output.ts';

export interface WebhookTestOptions {
  /** Where the bridge, or the proxy before it, takes webhooks. */
  readonly url?: string;
}

/** How long the bridge may take to answer, in milliseconds. */
const DEADLINE = 15_000;

/**
 * `callspan webhook test`: sends one example, signed as the vendor signs, to the bridge that is running, and says how it
 * was answered. It speaks of no conversation, so it leaves nothing behind but a count.
 */
export async function webhookTest(name: string, { url }: WebhookTestOptions): Promise<number> {
  const { sources, webhooks } = await loadConfig();
  const source = sources.find((one) => one.name === name);
  if (source === undefined) {
    throw new ConfigError(
      `There is no source ${name}; configured: ${sources.map((one) => one.name).join(', ')}.`,
    );
  }
  const { webhook: scheme } = await loadVendor(source.provider);
  const { webhook: trust } = source;
  const [secret] = trust?.secrets ?? [];
  if (scheme === undefined || trust === undefined || secret === undefined) {
    throw new ConfigError(`The source ${name} has no secret or token that its webhooks are trusted by.`);
  }
  const base = url ?? (webhooks && `http://${hostOf(webhooks.host)}:${webhooks.port}`);
  if (base === undefined) throw new ConfigError('CALLSPAN_WEBHOOKS is not set; set it, or use --url.');
  const place = `${base.replace(/\/+$/, '')}/webhooks/${name}`;
  const { body, headers } = scheme.example(systemClock.now(), secret);
  const began = performance.now();
  let status: number;
  try {
    const answer = await fetch(trust.by === 'token' ? `${place}/${secret}` : place, {
      ...{ method: 'POST', body, redirect: 'manual', signal: AbortSignal.timeout(DEADLINE) },
      headers: { 'content-type': 'application/json', ...headers },
    });
    ({ status } = answer);
  } catch (error) {
    const { cause, message } = error as Error & { cause?: { code?: string } };
    return report(new Error(`${place}: nobody answers (${cause?.code ?? message}).`));
  }
  const took = Math.round(performance.now() - began);
  if (status === 200) {
    print(`${place} answered 200 in ${took} ms: what ${source.provider} sends there is taken.`);
    return EXIT.ok;
  }
  return report(new Error(`${place} answered ${status}${MEANINGS[status] ?? ''}.`));
}

function hostOf(host: string): string {
  if (host === EVERYWHERE) return '127.0.0.1';
  return host.includes(':') ? `[${host}]` : host;
}

const MEANINGS: Readonly<Record<number, string>> = {
  401: ': the bridge has another secret, or a clock that is wrong',
  404: ': the bridge has no webhooks for that source, or another token, or something else answers there',
  503: ': the bridge cannot write its ledger, or is stopping',
};
