import type { Nanos, Phase, PhaseName, Retrieval, Wait } from '../../conversation.ts';
import { earlier, measuredMillis } from '../../time/nanos.ts';
import type { JoinedTurn } from './join.ts';
import { rowMetric } from './payload.ts';
import { attributeNumber, attributeText } from './span.ts';

/** The wait that an agent turn ended, and what it was spent on, from the metrics that ElevenLabs measured. */

/** Caller silent → first agent audio: the felt latency. */
const FELT = 'convai_ttf_audio_since_silence';
const TURN_DETECTION = 'convai_turn_silence_before_initiation';
const ASR = 'convai_asr_trailing_service_latency';
const LLM = 'convai_llm_service_ttfb';
const TTS = 'convai_tts_service_ttfb';

/**
 * @param heard the user's latest turn before this one, for what was measured on it.
 * @param conversationStart no wait begins before the conversation does.
 */
export function waitOf(
  reply: JoinedTurn,
  heard: JoinedTurn | undefined,
  conversationStart: Nanos,
): Wait | undefined {
  const length = metric(reply, FELT);
  if (length === undefined) return undefined;
  const wanted = reply.node.start - length;
  const start = wanted < conversationStart ? conversationStart : wanted;
  const end = start + length;
  const retrieval = retrievalOf(reply);
  const measured: [PhaseName, Nanos | undefined][] = [
    ['turn_detection', metric(reply, TURN_DETECTION) ?? metric(heard, TURN_DETECTION)],
    ['asr', metric(heard, ASR)],
    ['rag', retrieval?.length],
    ['llm_ttfb', metric(reply, LLM)],
    ['tts_ttfb', metric(reply, TTS)],
  ];
  return { start, end, length, phases: layEndToEnd(measured, start, end, retrieval) };
}

/** The vendor's phases may overlap in truth, so what passes the wait's end is clipped; the true length stays. */
function layEndToEnd(
  measured: readonly [PhaseName, Nanos | undefined][],
  start: Nanos,
  end: Nanos,
  retrieval: Retrieval | undefined,
): Phase[] {
  let at = start;
  return measured.flatMap(([name, length]): Phase[] => {
    if (length === undefined) return [];
    const from = at;
    at = earlier(at + length, end);
    return [{ name, start: from, end: at, length, ...(name === 'rag' && retrieval ? { retrieval } : {}) }];
  });
}

/** What the agent looked up before this turn: from the transcript, else from the span. */
export function retrievalOf({ row, node }: JoinedTurn): Retrieval | undefined {
  const model = row?.rag?.model ?? attributeText(node.vendor, 'elevenlabs.rag.embedding_model');
  const query = row?.rag?.query ?? attributeText(node.vendor, 'elevenlabs.rag.retrieval_query');
  const length =
    row?.rag?.length ?? measuredMillis(attributeNumber(node.vendor, 'elevenlabs.rag.latency_ms'));
  if (row?.rag === undefined && model === undefined && query === undefined && length === undefined)
    return undefined;
  return {
    documentIds: row?.rag?.documentIds ?? [],
    ...(model === undefined ? {} : { model }),
    ...(query === undefined ? {} : { query }),
    ...(length === undefined ? {} : { length }),
  };
}

/** From the transcript row in seconds, else from the span, which has some of them in milliseconds. */
function metric(turn: JoinedTurn | undefined, name: string): Nanos | undefined {
  if (turn === undefined) return undefined;
  return (
    (turn.row && rowMetric(turn.row, name)) ??
    measuredMillis(attributeNumber(turn.node.vendor, `elevenlabs.metric.${name}_ms`))
  );
}
