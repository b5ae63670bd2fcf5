import type { ElevenLabsCall, Turn } from '../call.ts';
import { Fields, type Json } from '../fields.ts';
import { mix } from '../random.ts';
import { NANOS_PER_SECOND, type Nanos, nanos } from '../time.ts';
import type { TurnMetrics } from '../turn-metrics.ts';

/** What nobody measures where nothing is heard. */
const AUDIBLE: readonly (keyof TurnMetrics)[] = ['asr', 'turnDetection', 'tts', 'felt'];

/** What of a turn's measurements the vendor publishes. */
export function publishedMetrics(call: ElevenLabsCall, turn: Turn): TurnMetrics {
  const { traits } = call;
  const isToolRow = turn.speaker === 'agent' && turn.text === '' && turn.tools.length > 0;
  // Words that no model had to find: a greeting, or those of an agent that takes over.
  const isFirstWords = turn.agent > 0 && turn.metrics.llm === undefined;
  const isFeltTold = isToolRow ? traits.feltOnToolRows : !isFirstWords || traits.feltOnFirstWords;
  const kept = ([name]: [string, unknown]) => {
    const metric = name as keyof TurnMetrics;
    if (metric === 'felt' && !isFeltTold) return false;
    return !traits.unpublished.includes(metric) && !(traits.textOnly && AUDIBLE.includes(metric));
  };
  return Object.fromEntries(Object.entries(turn.metrics).filter(kept));
}

/** The `conversation_turn_metrics` of a row. */
export function metricsJson(call: ElevenLabsCall, turn: Turn): Json | undefined {
  const { asr, turnDetection, llm, generation, sentence, tts, felt } = publishedMetrics(call, turn);
  const asked = call.turns.slice(0, call.turns.indexOf(turn)).findLast((one) => one.speaker === 'user');
  const isReply = turn.speaker === 'agent' && turn.text !== '' && felt !== undefined;
  const measured: Record<string, Nanos | undefined> = {
    convai_asr_trailing_service_latency: asr,
    convai_turn_asr_latency: isReply && asked ? publishedMetrics(call, asked).asr : undefined,
    convai_turn_silence_before_initiation: turnDetection,
    convai_llm_service_ttfb: llm,
    convai_llm_tool_request_generation_latency: generation,
    convai_llm_service_ttf_sentence: sentence,
    convai_llm_service_tt_last_sentence: sentence === undefined ? undefined : sentence + nanos(0.15),
    convai_tts_service_ttfb: tts,
    convai_ttf_audio_since_silence: felt,
  };
  const there = Object.entries(measured).filter((entry): entry is [string, number] => entry[1] !== undefined);
  if (there.length === 0) return undefined;
  const salt = `${call.id}${turn.start}`;
  const records = there.map(([name, length]) => [name, { elapsed_time: seconds(length, salt + name) }]);
  return new Fields(call.shape, salt)
    .must('metrics', Object.fromEntries(records))
    .extra('convai_asr_provider', () => (asr === undefined ? null : 'scribe_realtime'))
    .extra('convai_tts_model', () => (tts === undefined ? null : 'eleven_flash_v2_5'))
    .extra('voice_id', () => 'voice-7')
    .done();
}

/** Seconds with the digits that a difference of two float clocks has beyond the nanosecond. */
export function seconds(length: Nanos, salt: string): number {
  if (length === 0) return 0;
  return (length + (mix(salt) / 0x1_0000_0000 - 0.5) * 0.8) / NANOS_PER_SECOND;
}
