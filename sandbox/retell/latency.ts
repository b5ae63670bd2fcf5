/** What the vendor measures: lists of milliseconds, none of which says in which turn it was. */
import type { RetellCall, Turn } from '../call.ts';
import type { Json } from '../fields.ts';
import { mix } from '../random.ts';
import type { Micros, Nanos } from '../time.ts';

export interface Lists {
  readonly e2e: readonly Nanos[];
  readonly asr: readonly Nanos[];
  readonly llm: readonly Nanos[];
  readonly tts: readonly Nanos[];
  readonly knowledge_base: readonly Nanos[];
}

/** In order of time. */
export function latencyLists(call: RetellCall): Lists {
  const none = { e2e: [], asr: [], llm: [], tts: [], knowledge_base: [] };
  if (call.traits.latency === 'none') return none;
  const { turns } = call;
  const own = (of: (turn: Turn) => Nanos | undefined) => turns.flatMap((turn) => of(turn) ?? []);
  const isSpoken = (turn: Turn) => turn.speaker === 'agent' && turn.text !== '';
  return {
    e2e: tracked(call, feltGaps(turns)),
    asr: own((turn) => (turn.speaker === 'user' ? turn.metrics.asr : undefined)),
    llm: own((turn) => requestOf(turn)),
    tts: own((turn) => (isSpoken(turn) ? turn.metrics.tts : undefined)),
    knowledge_base: own((turn) => turn.rag?.latency),
  };
}

/** From the question to the model to what can be spoken, or to the whole request of a tool. */
export function requestOf(turn: Turn): Nanos | undefined {
  if (turn.speaker !== 'agent') return undefined;
  return turn.text === '' ? (turn.metrics.generation ?? turn.metrics.llm) : turn.metrics.llm;
}

/** Every time that the user falls silent and the agent begins to speak. */
function feltGaps(turns: readonly Turn[]): Nanos[] {
  const gaps: Nanos[] = [];
  let silentSince: Micros | undefined;
  for (const turn of turns) {
    if (turn.speaker === 'user') silentSince = turn.end;
    else if (turn.text !== '' && silentSince !== undefined) {
      // Whoever is talked over has not fallen silent.
      if (turn.start >= silentSince) gaps.push((turn.start - silentSince) * 1000);
      silentSince = undefined;
    }
  }
  return gaps;
}

/** As the vendor keeps them: one may get lost, or one be there of which the transcript knows nothing. */
function tracked({ id, traits }: RetellCall, gaps: readonly Nanos[]): Nanos[] {
  const place = mix(id) % Math.max(1, gaps.length);
  if (traits.latency === 'lossy') return gaps.filter((_, index) => index !== place);
  if (traits.latency === 'extra') return [...gaps.slice(0, place), 431_250_000, ...gaps.slice(place)];
  return [...gaps];
}

/** The lists with what the vendor makes of each; those that are empty are left out. */
export function latencyJson(call: RetellCall): Json | undefined {
  const kinds = Object.entries(latencyLists(call)).filter(([, values]) => values.length > 0);
  if (kinds.length === 0) return undefined;
  const json = Object.fromEntries(
    kinds.map(([name, lengths]) => [name, statistics(lengths.map((length: Nanos) => length / 1e6))]),
  );
  // To a model of the customer's own.
  if (mix(call.id, 5) % 4 === 0) json.llm_websocket_network_rtt = statistics([41.5, 39]);
  return json;
}

function statistics(values: readonly number[]): Json {
  const ordered = values.toSorted((one, other) => one - other);
  const share = (part: number) => ordered[Math.min(ordered.length - 1, Math.floor(ordered.length * part))];
  return {
    p50: share(0.5),
    p90: share(0.9),
    p95: share(0.95),
    p99: share(0.99),
    min: ordered[0],
    max: ordered.at(-1),
    num: values.length,
    values,
  };
}
