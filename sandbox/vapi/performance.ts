/** `performanceMetrics`: how long each answer took, keyed to none of them, in milliseconds. */
import type { Turn, VapiCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { answeredExchanges, type Exchange } from '../truth/answers.ts';

/** Nobody measures an answer that begins before the question has ended. */
export function measuredExchanges(call: VapiCall): Exchange[] {
  return answeredExchanges(call.turns).filter(({ gap }) => gap >= 0);
}

export function performanceJson(call: VapiCall): Json | undefined {
  const { traits } = call;
  if (traits.latencies === 'none' || traits.textOnly) return undefined;
  const all = measuredExchanges(call).map((exchange) => latency(call, exchange));
  const entries = traits.latencies === 'one-missing' ? all.slice(0, -1) : all;
  if (entries.length === 0) return {};
  const average = (name: string) =>
    entries.reduce((sum, entry) => sum + Number(entry[name] ?? 0), 0) / entries.length;
  return {
    turnLatencies: entries,
    modelLatencyAverage: average('modelLatency'),
    voiceLatencyAverage: average('voiceLatency'),
    transcriberLatencyAverage: average('transcriberLatency'),
    endpointingLatencyAverage: average('endpointingLatency'),
    turnLatencyAverage: average('turnLatency'),
    fromTransportLatencyAverage: 20.5,
    toTransportLatencyAverage: 31,
    // Whom it names was the one that interrupted.
    numUserInterrupted: 0,
    numAssistantInterrupted: call.turns.filter((turn) => turn.interrupted).length,
  };
}

/** What the vendor tells of an answer, in nanoseconds: the first question to a model, and what is heard first. */
export function partsOf(
  call: VapiCall,
  { asked, reply }: Exchange,
): Record<'turnDetection' | 'asr' | 'llm' | 'tts', number> {
  const { zeroParts } = call.traits;
  const first = silentRows(call.turns, asked, reply)[0] ?? reply;
  const part = (name: 'turnDetection' | 'asr' | 'tts', value: number | undefined) =>
    zeroParts.includes(name) ? 0 : (value ?? 0);
  // A text that was ready beforehand is what is heard first where a tool is announced.
  const isCanned = reply.tools.length > 0;
  return {
    turnDetection: part('turnDetection', reply.metrics.turnDetection),
    asr: part('asr', asked.metrics.asr),
    llm: first.metrics.llm ?? 0,
    tts: isCanned ? 0 : part('tts', reply.metrics.tts),
  };
}

/** Rows between question and answer that only call tools. */
export function silentRows(turns: readonly Turn[], asked: Turn, reply: Turn): Turn[] {
  return turns
    .slice(turns.indexOf(asked) + 1, turns.indexOf(reply))
    .filter((turn) => turn.speaker === 'agent' && turn.text === '' && turn.tools.length > 0);
}

function latency(call: VapiCall, exchange: Exchange): Json {
  const { turnDetection, asr, llm, tts } = partsOf(call, exchange);
  return {
    modelLatency: llm / 1e6,
    voiceLatency: tts / 1e6,
    transcriberLatency: asr / 1e6,
    endpointingLatency: turnDetection / 1e6,
    turnLatency: exchange.gap / 1000,
  };
}
