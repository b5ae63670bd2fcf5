/** Who waited for whom, for how long, and on what: from the timeline, with what the platform measured of it. */
import type { Call, ElevenLabsCall, ToolCall, Turn } from '../call.ts';
import { publishedMetrics } from '../elevenlabs/metrics.ts';
import { type Nanos, nanosOf, secondsOfNanos } from '../time.ts';
import { answeredExchanges, type Exchange, isMeasured } from './answers.ts';
import { truthAgent } from './measures.ts';
import type { PhaseName, TruthWait } from './truth.ts';
import { vapiPhases } from './vapi-waits.ts';

/** Waits that the payload tells, in order of time, and how many it does not tell. */
export function waitsOf(
  call: Call,
  turns: readonly Turn[],
  numbers: readonly number[],
): { waits: TruthWait[]; unmeasuredWaits: number } {
  // Nobody waits for an answer that begins before the question has ended.
  const felt = answeredExchanges(turns).filter((one) => one.gap >= 0);
  const told = felt.filter((one) => isMeasured(call, one));
  const waits = told.map((one) => {
    const exchange = numbers[turns.indexOf(call.provider === 'elevenlabs' ? one.reply : one.asked)] ?? 0;
    const length = nanosOf(one.gap);
    const phases = phasesIn(call, turns, one);
    const explained = phases.reduce((sum, [, phase]) => sum + phase, 0);
    return {
      seconds: secondsOfNanos(length),
      exchange,
      phases: phases.map(([name, phase]) => ({ name, seconds: secondsOfNanos(phase) })),
      unexplained: secondsOfNanos(Math.max(0, length - explained)),
      agent: truthAgent(call, one.reply.agent),
    };
  });
  return { waits, unmeasuredWaits: felt.length - told.length };
}

type Phases = [PhaseName, Nanos][];

function phasesIn(call: Call, turns: readonly Turn[], exchange: Exchange): Phases {
  if (call.provider === 'elevenlabs') return phasesOf(call, turns, exchange);
  return call.provider === 'vapi' ? vapiPhases(call, exchange) : [];
}

/** In the order of the trace model; which is that of time, where the platform does one thing after the other. */
function phasesOf(call: ElevenLabsCall, turns: readonly Turn[], { asked, reply }: Exchange): Phases {
  const silent = turns
    .slice(turns.indexOf(asked) + 1, turns.indexOf(reply))
    .filter((turn) => turn.speaker === 'agent' && turn.unheard === undefined);
  const { turnDetection, llm, sentence, tts } = publishedMetrics(call, reply);
  const composed = sentence === undefined || llm === undefined ? undefined : sentence - llm;
  const phases: [PhaseName, Nanos | undefined][] = [
    ['turn_detection', turnDetection],
    ['asr', publishedMetrics(call, asked).asr],
    ...silent.flatMap((turn): [PhaseName, Nanos | undefined][] => {
      const request = publishedMetrics(call, turn);
      return [
        ['llm_ttfb', request.generation ?? request.llm],
        ['tool_wait', longest(turn.tools)],
      ];
    }),
    ['rag', reply.rag?.latency],
    ['llm_ttfb', llm],
    ['llm_sentence', composed],
    ['tts_ttfb', tts],
  ];
  return phases.filter((phase): phase is [PhaseName, Nanos] => phase[1] !== undefined);
}

/** How long the longest of some calls took, as far as the vendor says; what a workflow called in turn included. */
function longest(tools: readonly ToolCall[]): Nanos | undefined {
  const measured = tools.flatMap((tool) => [
    ...(tool.measured ? [tool.latency] : []),
    ...tool.steps.flatMap((step) => longest(step.tools) ?? []),
  ]);
  return measured.length === 0 ? undefined : Math.max(...measured);
}
