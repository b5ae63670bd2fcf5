/** What Vapi tells of waits: a list of latencies that says of none of them which answer it was. */
import { toolEnd, type VapiCall } from '../call.ts';
import { nanosOf, secondsOfNanos } from '../time.ts';
import { measuredExchanges, partsOf, silentRows } from '../vapi/performance.ts';
import { answeredExchanges, type Exchange, publishedTurns } from './answers.ts';
import type { PhaseName, Truth } from './truth.ts';

type Phases = [PhaseName, number][];

/** Whether there are as many latencies as answers, so that each can be one's. */
function isKeyed(call: VapiCall): boolean {
  return latenciesOf(call).length === answeredExchanges(publishedTurns(call)).length;
}

function latenciesOf(call: VapiCall): Exchange[] {
  if (call.fate !== 'exported' || call.traits.latencies === 'none' || call.traits.textOnly) return [];
  const all = measuredExchanges(call);
  return call.traits.latencies === 'all' ? all : all.slice(0, -1);
}

/** What a wait was spent on, in nanoseconds. When a tool was called and answered stands in rows of their own. */
export function vapiPhases(call: VapiCall, exchange: Exchange): Phases {
  const { asked, reply } = exchange;
  const waited = silentRows(call.turns, asked, reply).flatMap((row): Phases => {
    const ends = row.tools.map(toolEnd).filter((end) => end <= reply.start);
    return ends.length === 0 ? [] : [['tool_wait', nanosOf(Math.max(...ends) - row.start)]];
  });
  const [voice, ...before] = isKeyed(call) ? measured(call, exchange).toReversed() : [];
  if (voice?.[0] !== 'tts_ttfb') return [...before.toReversed(), ...(voice ? [voice] : []), ...waited];
  return [...before.toReversed(), ...waited, voice];
}

/** A part that is nothing was not measured. */
function measured(call: VapiCall, exchange: Exchange): Phases {
  const { turnDetection, asr, llm, tts } = partsOf(call, exchange);
  const all: Phases = [
    ['turn_detection', turnDetection],
    ['asr', asr],
    ['llm_ttfb', llm],
    ['tts_ttfb', tts],
  ];
  return all.filter(([, length]) => length > 0);
}

/** What was measured, where nobody can say of what. */
export function vapiUnplaced(call: VapiCall): Pick<Truth, 'unplaced'> {
  if (isKeyed(call)) return {};
  const latencies = latenciesOf(call);
  if (latencies.length === 0) return {};
  return {
    unplaced: {
      waits: latencies.map(({ gap }) => secondsOfNanos(nanosOf(gap))),
      phases: latencies.flatMap((one) =>
        measured(call, one).map(([name, length]) => ({ name, seconds: secondsOfNanos(length) })),
      ),
    },
  };
}
