import { createHmac } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { BODY_LIMITS, type BodyLimits } from '../../src/intake/webhook-body.ts';
import { WebhookKeeper } from '../../src/intake/webhook-keeper.ts';
import { WebhookListener } from '../../src/intake/webhook-listener.ts';
import { type Heard, WebhookReceiver, type WebhookSource } from '../../src/intake/webhook-receiver.ts';
import type { InboxLedger } from '../../src/ledger/contract.ts';
import type { Notice } from '../../src/ledger/records.ts';
import { systemClock } from '../../src/time/clock.ts';
import { loadVendor } from '../../src/vendors/registry.ts';

const SECRET = 'wsec_of_this_test_only';
export const TOKEN = 'token-0123456789abcdef';

/** The listener of webhooks before an inbox that keeps what it is given, or fails as it is told to. */
export async function webhookIntake(
  options: {
    readonly limits?: Partial<BodyLimits>;
    readonly put?: () => Error | undefined;
    readonly waiting?: number;
    readonly source?: Partial<WebhookSource>;
  } = {},
) {
  const kept: Notice[] = [];
  const heard: Heard[] = [];
  const troubles: (string | undefined)[] = [];
  const inbox: Pick<InboxLedger, 'put' | 'depth'> = {
    async put(notices) {
      const failure = options.put?.();
      if (failure !== undefined) throw failure;
      return notices.map((notice) => {
        const isNews = !kept.some(({ digest }) => digest === notice.digest);
        if (isNews) kept.push(notice);
        return isNews;
      });
    },
    depth: async () => ({ waiting: options.waiting ?? 0, payloads: 0, oldest: undefined }),
  };
  const source = async (name: 'elevenlabs' | 'tavus', id: number): Promise<WebhookSource> => {
    const { webhook } = await loadVendor(name);
    if (webhook === undefined) throw new Error(`${name} has no webhooks`);
    const by = name === 'tavus' ? 'token' : 'secret';
    const trust = { by, secrets: [by === 'token' ? TOKEN : SECRET] } as const;
    const settings = { name, id, scheme: webhook, trust, agents: [], zeroRetention: [] };
    return { ...settings, now: () => Date.now(), ...options.source };
  };
  const receiver = new WebhookReceiver({
    sources: [await source('elevenlabs', 1), { ...(await source('tavus', 2)), name: 'tavus' }],
    keeper: new WebhookKeeper(inbox, systemClock),
    limits: { ...BODY_LIMITS, ...options.limits },
    onHeard: (_, one) => heard.push(one),
    onKept: () => undefined,
    onTrouble: (trouble) => troubles.push(trouble?.message),
  });
  const listener = await WebhookListener.open({ host: '127.0.0.1', port: 0 }, (request, response) =>
    receiver.handle(request, response),
  );
  onTestFinished(() => listener.close());
  return {
    ...{ kept, heard, troubles, listener },
    verdicts: () => heard.map(({ verdict }) => verdict),
    url: `${listener.url}/webhooks/elevenlabs`,
    tavus: `${listener.url}/webhooks/tavus/${TOKEN}`,
  };
}

/** The header that signs a body now. */
export function signed(body: Buffer | string, secret = SECRET, now = Date.now()): Record<string, string> {
  const t = Math.floor(now / 1_000);
  const digest = createHmac('sha256', secret).update(`${t}.`).update(body).digest('hex');
  return { 'elevenlabs-signature': `t=${t},v0=${digest}` };
}

export function transcript(id: string, more: object = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      ...{ type: 'post_call_transcription', event_timestamp: 1_795_000_000 },
      data: { conversation_id: id, agent_id: 'agent_1', ...more },
    }),
  );
}
