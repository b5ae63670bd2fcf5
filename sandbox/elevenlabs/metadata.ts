import type { ElevenLabsCall } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { price } from '../model.ts';
import { mix } from '../random.ts';
import { MICROS_PER_SECOND, wholeSecond } from '../time.ts';
import { usage } from './usage.ts';

const YEARS_OF_RETENTION = 2;

/** The `metadata` of a conversation. While it lasts, it has no length, no cost and no reason for its end. */
export function metadata(call: ElevenLabsCall, status: string, ended: boolean): Json {
  const { traits } = call;
  const start = wholeSecond(call.start);
  const finished = status === 'done' || status === 'failed';
  const charged = finished && call.turns.some((turn) => turn.model !== undefined);
  const fields = new Fields(call.shape, `${call.id}metadata`)
    .must('start_time_unix_secs', start)
    .must('call_duration_secs', ended ? (call.end - call.start) / MICROS_PER_SECOND : 0)
    .fact('queue_wait_secs', traits.queueWaitSeconds)
    .fact('main_language', traits.publishesLanguage ? call.language : undefined)
    .fact('text_only', traits.textOnly ? true : undefined)
    .fact('termination_reason', ended ? call.reason?.raw : undefined)
    .fact('error', finished ? traits.error : undefined)
    .fact('cost_fiat', finished ? traits.costUsd : undefined)
    .extra('cost', () => (finished ? Math.round((call.end - call.start) / 150_000) : null))
    .extra('accepted_time_unix_secs', () => start)
    .extra('authorization_method', () =>
      traits.direction === undefined ? 'signed_url' : 'authorization_header',
    )
    .extra('deletion_settings', () => ({
      deletion_time_unix_secs: start + YEARS_OF_RETENTION * 365 * 86_400,
      deleted_transcript_at_time_unix_secs: null,
      delete_transcript_and_pii: traits.zeroRetention,
      delete_audio: traits.zeroRetention,
    }))
    .extra('feedback', () => ({ overall_score: null, likes: 0, dislikes: 0 }))
    .extra('warnings', () => [])
    .extra('batch_call', () => null)
    .extra('rag_usage', () => ragUsage(call))
    .extra('initiator_id', () => null)
    .extra('conversation_initiation_source', () => (traits.direction === undefined ? 'js_sdk' : 'twilio'))
    .extra('timezone', () => 'Europe/London');
  if (charged) fields.extra('charging', () => charging(call));
  else fields.fact('charging', undefined);
  if (traits.zeroRetention) fields.must('features_usage', features(true));
  else fields.extra('features_usage', () => features(false));
  // The direction is known from the phone call alone.
  if (traits.direction === undefined || traits.zeroRetention) fields.fact('phone_call', undefined);
  else fields.must('phone_call', phoneCall(call, traits.direction));
  return fields.done();
}

function charging(call: ElevenLabsCall): Json {
  const uses = call.turns.flatMap((turn) => (turn.model === undefined ? [] : [turn.model]));
  const dollars = uses.reduce((sum, use) => sum + price(use.usage), 0);
  return {
    dev_discount: false,
    is_burst: false,
    tier: 'creator',
    llm_usage: { irreversible_generation: usage(uses), initiated_generation: usage(uses) },
    llm_price: Number(dollars.toFixed(9)),
    llm_charge: Math.ceil(dollars * 5000),
    call_charge: Math.round((call.end - call.start) / 150_000),
    free_minutes_consumed: 0,
    free_llm_dollars_consumed: 0,
  };
}

function phoneCall(call: ElevenLabsCall, direction: 'inbound' | 'outbound'): Json {
  const common = {
    direction,
    phone_number_id: 'phnum_4711',
    agent_number: '+442079460001',
    external_number: call.person.phone,
  };
  const sid = mix(call.id).toString(16).padStart(32, '0');
  return mix(call.id, 7) % 2 === 0
    ? { ...common, type: 'twilio', stream_sid: `MZ${sid}`, call_sid: `CA${sid}` }
    : { ...common, type: 'sip_trunking', call_sid: `SCL_${sid}` };
}

function features(zeroRetention: boolean): Json {
  const unused = { enabled: false, used: false };
  return {
    language_detection: unused,
    transfer_to_agent: unused,
    external_mcp_servers: unused,
    pii_zrm_workspace: false,
    pii_zrm_agent: zeroRetention,
    is_livekit: false,
    voicemail_detection: unused,
  };
}

function ragUsage(call: ElevenLabsCall): Json | null {
  const used = call.turns.flatMap((turn) => (turn.rag === undefined ? [] : [turn.rag]));
  const first = used[0];
  return first === undefined ? null : { usage_count: used.length, embedding_model: first.embeddingModel };
}
