/** What Vapi calls a server with: the report of a call, and the many other messages that come to the same address. */
import { createHmac } from 'node:crypto';
import type { VapiCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { type Posted, post } from '../http/post.ts';
import type { Micros } from '../time.ts';
import { messagesJson } from './messages.ts';
import { recordJson } from './record.ts';

/** How the customer has set it up: nothing is signed by default. */
export type ServerAuth =
  | { readonly kind: 'none' }
  | { readonly kind: 'legacy' | 'bearer'; readonly secret: string }
  | { readonly kind: 'hmac'; readonly secret: string; readonly stamped: boolean };

/** The report when a call is over: what has become of it stands beside the call, which is as thin as it was before. */
export function endOfCallReport(call: VapiCall, at: Micros = call.terminalAt): Json {
  const { id, orgId, type, createdAt, updatedAt, ...all } = recordJson(call, at);
  const { assistantId, assistantVersion, squadId, name, metadata } = all;
  const thin = {
    id,
    orgId,
    type,
    createdAt,
    updatedAt,
    status: 'in-progress',
    assistantId,
    assistantVersion,
    squadId,
  };
  // Whoever keeps nothing sends what there was once, in this.
  const artifact = call.traits.zeroRetention
    ? { ...(all.artifact as Json), messages: messagesJson(call, at) }
    : all.artifact;
  return {
    message: {
      type: 'end-of-call-report',
      timestamp: Math.floor(at / 1000),
      ...{ endedReason: all.endedReason, startedAt: all.startedAt, endedAt: all.endedAt },
      ...{ cost: all.cost, costs: all.costs, costBreakdown: all.costBreakdown },
      ...{ artifact, analysis: all.analysis, assistant: all.assistant, customer: all.customer },
      ...(call.traits.zeroRetention ? { compliance: { zdrEnabled: true } } : {}),
      call: { ...thin, name, metadata },
    },
  };
}

/** Messages that are no report: some of them want an answer, and none of them is for whoever counts calls. */
export function otherMessages(call: VapiCall): Json[] {
  const types = ['status-update', 'conversation-update', 'transcript', 'speech-update', 'tool-calls', 'hang'];
  return types.map((type) => ({
    message: { type, status: 'in-progress', timestamp: Math.floor(call.start / 1000), call: { id: call.id } },
  }));
}

/** The headers of a body. @param now milliseconds since the epoch. */
export function authHeaders(auth: ServerAuth, body: Buffer, now: number): Record<string, string> {
  switch (auth.kind) {
    case 'none':
      return {};
    case 'legacy':
      return { 'x-vapi-secret': auth.secret };
    case 'bearer':
      return { authorization: `Bearer ${auth.secret}` };
    case 'hmac': {
      const mac = createHmac('sha256', auth.secret);
      if (auth.stamped) mac.update(`${now}.`);
      const digest = mac.update(body).digest('hex');
      return { 'x-signature': digest, ...(auth.stamped ? { 'x-timestamp': String(now) } : {}) };
    }
  }
}

/** Sends one message, once: the vendor tries again only where it was told to. */
export async function callServer(url: string, message: Json, auth: ServerAuth, now: number): Promise<Posted> {
  const body = Buffer.from(JSON.stringify(message));
  return await post(url, body, { headers: authHeaders(auth, body, now), timeout: 20_000 });
}
