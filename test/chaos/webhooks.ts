import {
  type Call,
  type ElevenLabsCall,
  elevenLabsSignature,
  endOfCallReport,
  initiationFailure,
  type Json,
  otherVapiMessages,
  type Provider,
  retellEvents,
  retellSignature,
  type SignatureStyle,
  tavusCallbacks,
  transcriptEvent,
  vapiAuth,
} from '../../sandbox/index.ts';
import type { Random } from '../../sandbox/random.ts';

const SECRET = 'wsec_of_the_chaos_test_only';
const TOKEN = 'token-of-the-chaos-test-only';

/** With these the program takes the webhooks that are written here. */
export const TRUSTED = {
  CALLSPAN_WEBHOOKS: '127.0.0.1:0',
  ELEVENLABS_WEBHOOK_SECRET: SECRET,
  RETELL_WEBHOOK_SECRET: SECRET,
  TAVUS_WEBHOOK_TOKEN: TOKEN,
  VAPI_WEBHOOK_SECRET: SECRET,
};

/** One webhook: sent until it is answered with 200. */
export interface Webhook {
  readonly provider: Provider;
  readonly path: string;
  readonly body: Buffer;
  /** What has to be answered: 200, or 401 where nobody could have signed it so. */
  readonly due: 200 | 401;
  /** Headers that sign it. @param now milliseconds since the epoch. */
  sign(now: number): Record<string, string>;
}

/** What a vendor sends of a call, in an order that is drawn: each webhook in both forms, some twice, and one forged. */
export function webhooksOf(call: Call, random: Random): Webhook[] {
  const { provider } = call;
  const webhooks = random.shuffled(eventsOf(call)).map((event) => webhook(provider, event));
  const [first] = webhooks;
  if (first === undefined) return [];
  return [
    ...(random.chance(0.5) && provider !== 'tavus' ? [forged(first)] : []),
    ...webhooks.flatMap((one) => (random.chance(0.2) ? [one, one] : [one])),
  ];
}

/** The transcript of a call of which the vendor keeps nothing. */
export function onlyCopy(call: ElevenLabsCall): Webhook {
  return webhook('elevenlabs', transcriptEvent(call, { format: 'json' }));
}

/** A call that was never connected. */
export function neverConnected(id: string, agent: string, seed: number): Webhook {
  return webhook('elevenlabs', initiationFailure(id, agent, Date.now() * 1_000, seed));
}

function eventsOf(call: Call): Json[] {
  switch (call.provider) {
    case 'elevenlabs':
      return (['json', 'opentelemetry'] as const).map((format) => transcriptEvent(call, { format }));
    case 'retell':
      return retellEvents(call).map(({ body }) => body);
    case 'vapi':
      return [...otherVapiMessages(call).slice(0, 1), endOfCallReport(call)];
    case 'tavus':
      return tavusCallbacks(call, `https://hooks.example/webhooks/tavus/${TOKEN}`);
  }
}

function webhook(provider: Provider, event: Json): Webhook {
  const body = Buffer.from(JSON.stringify(event));
  const path = `/webhooks/${provider}${provider === 'tavus' ? `/${TOKEN}` : ''}`;
  // Another secret's signature comes before it, as while one takes the place of another.
  const sign = (now: number) => signatureOf(provider, body, SECRET, now, 'rotated');
  return { provider, path, body, due: 200, sign };
}

function forged({ provider, path, body }: Webhook): Webhook {
  const sign = (now: number) => signatureOf(provider, body, 'a secret of nobody', now, 'plain');
  return { provider, path, body, due: 401, sign };
}

function signatureOf(
  provider: Provider,
  body: Buffer,
  secret: string,
  now: number,
  style: SignatureStyle,
): Record<string, string> {
  switch (provider) {
    case 'elevenlabs':
      return {
        'elevenlabs-signature': elevenLabsSignature(body, secret, Math.floor(now / 1_000), style),
      };
    case 'retell':
      return { 'x-retell-signature': retellSignature(body, secret, now) };
    case 'vapi':
      return vapiAuth({ kind: 'hmac', secret, stamped: true }, body, now);
    case 'tavus':
      return {};
  }
}
