import {
  type Nanos,
  type Phase,
  type PhaseName,
  type Retrieval,
  type Wait,
  withNested,
} from '../../conversation.ts';
import { earlier, later, measured, measuredMillis } from '../../time/nanos.ts';
import { ATTRIBUTE, type VendorAttribute, vendorAttribute } from './attributes.ts';
import type { Entry, JoinedTurn } from './join.ts';
import { rowMetric } from './payload.ts';
import { attributeNumber, attributeText } from './span.ts';
import type { Waited } from './timeline.ts';
import { makeTool } from './tools.ts';

/** The wait that an agent turn ended, and what it was spent on, from the metrics that ElevenLabs measured. */

/** Caller silent → first agent audio: the felt latency. */
const FELT = metricOf('convai_ttf_audio_since_silence');
const TURN_DETECTION = metricOf('convai_turn_silence_before_initiation');
const ASR = metricOf('convai_asr_trailing_service_latency');
const LLM = metricOf('convai_llm_service_ttfb');
/** The model's answer that asks for tools: measured to its end, where it is. */
const LLM_TOOL_REQUEST = metricOf('convai_llm_tool_request_generation_latency');
/** The voice starts with the first whole sentence, not with the first token. */
const LLM_SENTENCE = metricOf('convai_llm_service_ttf_sentence');
const TTS = metricOf('convai_tts_service_ttfb');

/**
 * @param reply the turn that ended the wait.
 * @param conversationStart no wait begins before the conversation does.
 * @returns undefined where the payload does not tell how long it was.
 */
export function waitOf(
  reply: JoinedTurn,
  { since, silent }: Waited,
  conversationStart: Nanos,
): Wait | undefined {
  const length = metric(reply, FELT);
  if (length === undefined) return undefined;
  const wanted = reply.node.start - length;
  const start = wanted < conversationStart ? conversationStart : wanted;
  const end = start + length;
  const retrieval = retrievalOf(reply);
  const spent: Spent[] = [
    ['turn_detection', metric(reply, TURN_DETECTION) ?? metric(since, TURN_DETECTION)],
    ['asr', metric(since, ASR)],
    ...silent.flatMap((entry) => spentSilently(entry, reply)),
    ['rag', retrieval?.length],
    ['llm_ttfb', metric(reply, LLM)],
    ['llm_sentence', restOfSentence(reply)],
    ['tts_ttfb', metric(reply, TTS)],
  ];
  return { start, end, length, phases: layEndToEnd(spent, start, end, retrieval) };
}

type Spent = readonly [PhaseName, Nanos | undefined];

/** What went by between the user's words and the reply without a word: a model that called tools, and they. */
function spentSilently(entry: Entry, reply: JoinedTurn): Spent[] {
  return [
    ['llm_ttfb', metric(entry, LLM_TOOL_REQUEST) ?? metric(entry, LLM)],
    ['tool_wait', toolWait(entry, reply)],
  ];
}

/** The longest of what an entry called; nobody waited for a result that came after the reply. */
function toolWait({ tools }: Entry, reply: JoinedTurn): Nanos | undefined {
  const last = reply.row?.index ?? Number.POSITIVE_INFINITY;
  const lengths = tools
    .filter(({ answeredAt }) => answeredAt === undefined || answeredAt <= last)
    .flatMap((tool) => withNested([makeTool(tool, reply.node)]).flatMap(({ length }) => length ?? []));
  return lengths.length === 0 ? undefined : lengths.reduce(later);
}

/** From the model's first token to its first whole sentence; from the beginning, where the first token is not known. */
function restOfSentence(reply: JoinedTurn): Nanos | undefined {
  const sentence = metric(reply, LLM_SENTENCE);
  return sentence === undefined ? undefined : measured(sentence - (metric(reply, LLM) ?? 0n));
}

/** The vendor's phases may overlap in truth, so what passes the wait's end is clipped; the true length stays. */
function layEndToEnd(
  spent: readonly Spent[],
  start: Nanos,
  end: Nanos,
  retrieval: Retrieval | undefined,
): Phase[] {
  let at = start;
  return spent.flatMap(([name, length]): Phase[] => {
    if (length === undefined) return [];
    const from = at;
    at = earlier(at + length, end);
    return [{ name, start: from, end: at, length, ...(name === 'rag' && retrieval ? { retrieval } : {}) }];
  });
}

/** What the agent looked up before this turn: from the transcript, else from the span. */
export function retrievalOf({ row, node }: JoinedTurn): Retrieval | undefined {
  const model = row?.rag?.model ?? attributeText(node.vendor, ATTRIBUTE.RAG_EMBEDDING_MODEL);
  const query = row?.rag?.query ?? attributeText(node.vendor, ATTRIBUTE.RAG_RETRIEVAL_QUERY);
  const length = row?.rag?.length ?? measuredMillis(attributeNumber(node.vendor, ATTRIBUTE.RAG_LATENCY_MS));
  if (row?.rag === undefined && model === undefined && query === undefined && length === undefined)
    return undefined;
  return {
    documentIds: row?.rag?.documentIds ?? [],
    ...(model === undefined ? {} : { model }),
    ...(query === undefined ? {} : { query }),
    ...(length === undefined ? {} : { length }),
  };
}

/** A metric of the vendor, as either half has it. */
interface Metric {
  readonly name: string;
  readonly attribute: VendorAttribute;
}

function metricOf(name: string): Metric {
  return { name, attribute: vendorAttribute(`elevenlabs.metric.${name}_ms`) };
}

/** From the transcript row in seconds, else from the span, which has some of them in milliseconds. */
function metric({ row, node }: Entry, { name, attribute }: Metric): Nanos | undefined {
  return (row && rowMetric(row, name)) ?? measuredMillis(attributeNumber(node?.vendor, attribute));
}
