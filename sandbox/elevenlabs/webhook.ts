/** The bodies that ElevenLabs posts to a webhook, and those of other products that share one. */
import type { ElevenLabsCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { Random } from '../random.ts';
import { type Micros, wholeSecond } from '../time.ts';
import { conversationJson } from './conversation.ts';
import { otlpTraces, type SpanIds } from './otlp.ts';

/** What a webhook was set up to be told of transcripts in. */
export type TranscriptFormat = 'json' | 'opentelemetry';

/** How long after the conversation's last state the event is stamped. */
const STAMP = 1;
/** The recording is ready later than the transcript. */
const RECORDED = 22;

/**
 * The transcript of a conversation that is over and analysed. Of an agent that keeps nothing, it is the only copy.
 * The OpenTelemetry form has three fields, and none of them is the transcript.
 */
export function transcriptEvent(
  call: ElevenLabsCall,
  { format, spanIds }: { readonly format: TranscriptFormat; readonly spanIds?: SpanIds },
): Json {
  const at = call.terminalAt;
  const data =
    format === 'json'
      ? conversationJson(call, { at, format, pushed: true })
      : {
          conversation_id: call.id,
          agent_id: call.agents[0]?.id,
          otlp_traces: otlpTraces(pushed(call), undefined, spanIds),
        };
  return envelope(
    format === 'json' ? 'post_call_transcription' : 'post_call_transcription_otel',
    at,
    STAMP,
    data,
  );
}

/** The recording: base64 of so many bytes. */
export function audioEvent(call: ElevenLabsCall, bytes: number): Json {
  return envelope('post_call_audio', call.terminalAt, RECORDED, {
    agent_id: call.agents[0]?.id,
    conversation_id: call.id,
    full_audio: Buffer.alloc(bytes, 'ID3\u0004').toString('base64'),
  });
}

/** A call that was never connected, by SIP or by Twilio. It is in no list. */
export function initiationFailure(id: string, agent: string, at: Micros, seed: number): Json {
  const random = new Random(seed, id, 'failure');
  const [from, to] = [
    `+4420${random.int(10_000_000, 99_999_999)}`,
    `+1415${random.int(1_000_000, 9_999_999)}`,
  ];
  const reason = random.pick(['busy', 'no-answer', 'unknown']);
  const metadata = random.chance(0.5)
    ? {
        type: 'sip',
        body: {
          from_number: from,
          to_number: to,
          sip_status_code: 486,
          error_reason: 'INVITE failed: sip status: 486: Busy here (SIP 486)',
          call_sid: `SCL_${random.hex(32)}`,
          sip_status: 'Busy here',
          twirp_code: 'unavailable',
        },
      }
    : {
        type: 'twilio',
        body: {
          CallSid: `CA${random.hex(32)}`,
          CallStatus: reason === 'busy' ? 'busy' : 'no-answer',
          SipResponseCode: '486',
          Direction: 'outbound-api',
          Duration: '0',
          From: from,
          FromCity: 'LONDON',
          To: to,
          ToCity: 'SAN FRANCISCO',
          ToZip: '94105',
        },
      };
  return envelope('call_initiation_failure', at, 0, {
    agent_id: agent,
    conversation_id: id,
    failure_reason: reason,
    metadata,
  });
}

/** What else may reach the same URL: other products of the workspace, and kinds that nobody has described. */
export function strangers(at: Micros): Json[] {
  return [
    envelope('voice_removal_notice', at, 0, { voice_id: 'voice_1', name: 'A voice' }),
    envelope('speech_to_text_transcription', at, 0, {
      request_id: 'r1',
      transcription: { text: 'other words' },
    }),
    envelope('answering_machine_detection', at, 0, {}),
    { type: 'flows', event_timestamp: String(wholeSecond(at)), data: null },
    {},
  ];
}

function envelope(type: string, at: Micros, after: number, data: Json): Json {
  return { type, event_timestamp: wholeSecond(at) + after, data };
}

/** A conversation as it was before its agent's rules emptied it. */
function pushed(call: ElevenLabsCall): ElevenLabsCall {
  return { ...call, traits: { ...call.traits, zeroRetention: false } };
}
