/** `GET /v2/get-call/{call_id}`, and the rows of the list, which have all of it but the words. */
import { type RetellCall, statusAt } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { mix, Random } from '../random.ts';
import { type Micros, micros, millis } from '../time.ts';
import { latencyJson } from './latency.ts';
import { plainTranscript, transcript, utterances } from './transcript.ts';

/** A row of the list at an instant. */
export function rowJson(call: RetellCall, at: Micros): Json {
  const { traits } = call;
  const isOver = at >= call.end;
  const agent = call.agents[0];
  const hasTimes = traits.connected;
  const isPhone = traits.type === 'phone_call';
  const fields = new Fields(call.shape, call.id)
    .must('call_id', call.id)
    .must('call_type', traits.type)
    .must('agent_id', agent?.id)
    .must('agent_version', traits.numbersAsText ? agent?.version : Number(agent?.version))
    .must('call_status', statusAt(call, at) ?? 'registered')
    .fact('agent_name', agent?.name)
    .extra('agent_tag', () => null)
    .fact('metadata', call.traceparent === undefined ? undefined : { traceparent: call.traceparent })
    .extra('retell_llm_dynamic_variables', () => ({ customer: call.person.name, prompt: PROMPT }))
    .extra('custom_sip_headers', () => ({ 'X-Customer': call.person.id }))
    .must('data_storage_setting', traits.storage === 'everything' ? null : traits.storage)
    .extra('opt_in_signed_url', () => false);
  if (isPhone) {
    fields
      .must('direction', traits.direction)
      .must('from_number', call.person.phone)
      .must('to_number', '+15550100199')
      .extra('telephony_identifier', () => ({ twilio_call_sid: `CA${new Random(call.id).hex(32)}` }));
  } else fields.must('access_token', accessToken(call));
  if (hasTimes) fields.must('start_timestamp', stamp(call, call.start));
  if (!isOver) return fields.done();
  fields.must('duration_ms', hasTimes ? millis(call.end - call.start) : 0);
  if (hasTimes) fields.must('end_timestamp', stamp(call, call.end));
  if (call.reason !== undefined) fields.must('disconnection_reason', call.reason.raw);
  const latency = latencyJson(call);
  if (latency !== undefined) fields.must('latency', latency);
  else fields.fact('latency', undefined);
  fields.must('call_cost', cost(call));
  if (hasTimes) fields.extra('llm_token_usage', () => tokens(call));
  if (hasTimes && traits.storage !== 'basic_attributes_only') {
    fields.must('recording_url', recordingUrl(call)).must('public_log_url', logUrl(call));
  }
  if (traits.analyzedAfter !== undefined && at >= call.end + micros(traits.analyzedAfter)) {
    fields.must('call_analysis', analysis(call));
  }
  return fields.done();
}

/** The answer of the API at an instant. */
export function callJson(call: RetellCall, at: Micros): Json {
  const row = rowJson(call, at);
  if (at < call.end) return row;
  if (!call.traits.connected) {
    return { ...row, transcript: '', transcript_object: [], transcript_with_tool_calls: [] };
  }
  switch (call.traits.storage) {
    case 'basic_attributes_only':
      return row;
    case 'everything_except_pii':
      return { ...row, scrubbed_transcript_with_tool_calls: transcript(call) };
    case 'everything':
      return {
        ...row,
        transcript: plainTranscript(call),
        transcript_object: utterances(call),
        transcript_with_tool_calls: transcript(call),
      };
  }
}

const PROMPT = 'You are the service desk. Never mention the discount code SPRING-40.';

/** What opens a running call in a browser. */
export function accessToken(call: RetellCall): string {
  return `eyJhbGciOiJIUzI1NiJ9.${new Random(call.id, 'token').hex(60)}.${new Random(call.id, 'sig').hex(43)}`;
}

export function recordingUrl(call: RetellCall): string {
  return `https://calls.retell.example/${call.id}/recording.wav`;
}

export function logUrl(call: RetellCall): string {
  return `https://calls.retell.example/${call.id}/public.log`;
}

function stamp({ traits }: RetellCall, at: Micros): number | string {
  return traits.numbersAsText ? String(millis(at)) : millis(at);
}

function cost({ traits }: RetellCall): Json {
  if (!traits.connected) return { product_costs: [], combined_cost: traits.cents };
  const voice = Math.round(traits.cents * 600) / 1000;
  return {
    product_costs: [
      { product: 'elevenlabs_tts', unit_price: 0.1167, cost: voice },
      { product: 'gpt_4_1', unit_price: 0.075, cost: Math.round((traits.cents - voice) * 1000) / 1000 },
    ],
    total_duration_seconds: 43,
    total_duration_unit_price: 0.19,
    combined_cost: traits.cents,
  };
}

function tokens({ id, turns }: RetellCall): Json {
  const values = turns.flatMap(({ speaker, start }) =>
    speaker === 'agent' ? [900 + (mix(id, start) % 2000)] : [],
  );
  const sum = values.reduce((all, one) => all + one, 0);
  return { values, average: values.length === 0 ? 0 : sum / values.length, num_requests: values.length };
}

function analysis({ traits, person }: RetellCall): Json {
  return {
    call_summary: traits.connected ? `The caller, ${person.name}, asked about an order.` : '',
    in_voicemail: false,
    user_sentiment: traits.connected ? 'Neutral' : 'Unknown',
    call_successful: traits.successful,
    custom_analysis_data: {},
  };
}
