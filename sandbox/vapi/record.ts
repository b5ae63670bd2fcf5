/** A call as `GET /call/{id}` answers it, which is also what the list shows of it. */
import { statusAt, type VapiCall } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { mix, Random } from '../random.ts';
import { type Micros, micros } from '../time.ts';
import { costFields } from './cost.ts';
import { messagesJson, prompt } from './messages.ts';
import { performanceJson } from './performance.ts';

/** When the record was changed last before an instant. */
export function updatedAt(call: VapiCall, at: Micros): Micros {
  const changes = [...call.steps.map((step) => step.at), call.terminalAt];
  return changes.reduce((last, change) => (change <= at && change > last ? change : last), call.start);
}

/** At an instant. Links in it are signed anew each time. */
export function recordJson(call: VapiCall, at: Micros, salt = 0): Json {
  const { traits } = call;
  const ended = at >= call.end;
  const [agent] = call.agents;
  const answered = call.answered !== undefined && call.answered <= at ? call.answered : undefined;
  const kept = !traits.zeroRetention;
  const messages = kept && answered !== undefined ? messagesJson(call, at) : [];
  const analysis = ended && kept ? analysisJson(call, at) : undefined;
  const fields = new Fields(call.shape, call.id)
    .must('id', call.id)
    .must('orgId', '6b9f2f5e-2d38-4d7c-9a7e-5f1f0f3f1c11')
    .must('type', traits.type === 'chat' ? 'webCall' : traits.type)
    .must('status', statusAt(call, at) ?? 'queued')
    .must('createdAt', iso(call.start))
    .must('updatedAt', iso(updatedAt(call, at)))
    .fact('startedAt', answered === undefined ? undefined : iso(answered))
    .fact('endedAt', ended ? iso(call.end) : undefined)
    .fact('endedReason', ended ? call.reason?.raw : undefined)
    .fact('phoneCallProvider', traits.carrier)
    .extra('phoneCallProviderId', () => 'CA0123456789abcdef')
    .extra('customer', () => ({ number: call.person.phone, name: call.person.name }))
    .extra('name', () => `Call of ${call.person.name}`)
    .extra('monitor', () => monitor(call))
    .extra('metadata', () => ({ account: call.person.id }));
  if (traits.squad) fields.must('squadId', squadId(call)).fact('assistantId', undefined);
  else fields.must('assistantId', agent?.id).fact('assistantVersion', agent?.version);
  if (agent?.name !== undefined && !traits.squad) fields.must('assistant', assistantJson(call, agent.name));
  else if (!traits.squad) fields.extra('assistant', () => assistantJson(call, undefined));
  if (messages.length > 0 && traits.messagesAt !== 'artifact') fields.must('messages', messages);
  else if (kept) fields.must('messages', []);
  fields.must('artifact', artifactJson(call, { ended, messages, salt }));
  if (analysis === undefined) fields.fact('analysis', undefined);
  else fields.must('analysis', analysis);
  return { ...fields.done(), ...(ended ? costFields(call) : {}) };
}

function artifactJson(
  call: VapiCall,
  { ended, messages, salt }: { ended: boolean; messages: readonly Json[]; salt: number },
): Json {
  const { traits } = call;
  const performance = ended ? performanceJson(call) : undefined;
  const metrics = performance === undefined ? {} : { performanceMetrics: performance };
  if (traits.zeroRetention) return metrics;
  const squad = traits.squad
    ? {
        assistantActivations: call.agents.map(({ id, name, version }) => ({
          assistantId: id,
          assistantName: name ?? null,
          assistantVersion: version ?? null,
        })),
      }
    : {};
  const list = traits.messagesAt === 'top' ? (ended ? {} : { messages: [] }) : { messages };
  if (!ended) return { ...list, ...squad };
  return {
    ...list,
    ...squad,
    ...metrics,
    transcript: call.turns.map(({ text }) => text).join('\n'),
    recordingUrl: recording(call, 'mono', salt),
    stereoRecordingUrl: recording(call, 'stereo', salt),
    recording: {
      stereoUrl: recording(call, 'stereo', salt),
      mono: { combinedUrl: recording(call, 'mono', salt) },
    },
    logUrl: recording(call, 'log', salt),
    variableValues: {
      customer_name: call.person.name,
      account: call.person.id,
      ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
    },
    presignedUrlsExpiresAt: iso(call.end + micros(3_600)),
  };
}

/** Comes after the end, where there is one; until then nothing or an empty one. */
function analysisJson(call: VapiCall, at: Micros): Json | undefined {
  const { analysisAfter, verdict } = call.traits;
  if (analysisAfter === undefined || at < call.terminalAt) return mix(call.id) % 2 === 0 ? {} : undefined;
  return {
    summary: summary(call),
    ...(verdict === undefined ? {} : { successEvaluation: verdict.raw }),
  };
}

export function summary(call: VapiCall): string {
  return `${call.person.name} called and was answered ${call.turns.length} times`;
}

function assistantJson(call: VapiCall, name: string | undefined): Json {
  return {
    ...(name === undefined ? {} : { name }),
    model: {
      provider: 'openai',
      model: 'gpt-4.1-mini',
      messages: [{ role: 'system', content: prompt(call) }],
    },
    voice: { provider: '11labs', voiceId: 'voice-7' },
    server: { url: serverUrl(call), secret: serverSecret(call) },
  };
}

/** Whoever has these listens to a call that goes on, or speaks in it. */
export function monitor(call: VapiCall): { listenUrl: string; controlUrl: string } {
  const host = 'wss://phone-call-websocket.aws-us-west-2-backend-production1.vapi.ai';
  return {
    listenUrl: `${host}/${call.id}/listen`,
    controlUrl: `${host.replace('wss', 'https')}/${call.id}/control`,
  };
}

export function serverUrl(call: VapiCall): string {
  return `https://hooks.example.com/vapi/${new Random(call.seed, 'server').hex(12)}`;
}

export function serverSecret(call: VapiCall): string {
  return `srv_${new Random(call.seed, 'secret').hex(24)}`;
}

function recording(call: VapiCall, what: string, salt: number): string {
  const random = new Random(call.id, what, salt);
  return `https://storage.vapi.ai/${call.id}-${what}.wav?X-Goog-Expires=900&X-Goog-Signature=${random.hex(64)}`;
}

function squadId(call: VapiCall): string {
  return new Random(call.seed, 'squad').hex(24);
}

function iso(at: Micros): string {
  return new Date(Math.floor(at / 1000)).toISOString();
}
