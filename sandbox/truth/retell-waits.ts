/**
 * What can be told of Retell's measurements, which are lists without a word of where each of them belongs: they are
 * told turn by turn where there are as many as there is room for, and count as they are where there are not.
 */
import type { RetellCall, Turn } from '../call.ts';
import { type Lists, latencyLists, requestOf } from '../retell/latency.ts';
import { type Nanos, nanosOf, secondsOfNanos } from '../time.ts';
import { answeredExchanges, type Exchange, isMeasured, told } from './answers.ts';
import { toolSeconds, truthAgent } from './measures.ts';
import type { PhaseName, Truth, TruthWait } from './truth.ts';

type Told = Pick<Truth, 'waits' | 'unmeasuredWaits' | 'unplaced'>;
type Phase = { readonly name: PhaseName; readonly seconds: number };

const NAMES = { asr: 'asr', knowledge_base: 'rag', llm: 'llm_ttfb', tts: 'tts_ttfb' } as const;
type Kind = keyof typeof NAMES;
const KINDS = Object.keys(NAMES) as Kind[];

export function retellWaits(call: RetellCall, turns: readonly Turn[], numbers: readonly number[]): Told {
  const lists = latencyLists(call);
  const exchanges = answeredExchanges(turns);
  const isTold = exchanges.length > 0 && lists.e2e.length === exchanges.length;
  const room = isTold ? roomFor(call, turns, exchanges, lists) : new Set<Kind>();
  const felt = exchanges.filter((one) => isTold || one.gap >= 0);
  const measured = felt.filter((one) => isMeasured(call, one));
  const left = KINDS.filter((kind) => !room.has(kind)).flatMap((kind) =>
    lists[kind].map((length): Phase => ({ name: NAMES[kind], seconds: secondsOfNanos(length) })),
  );
  const untold = isTold ? [] : lists.e2e.map(secondsOfNanos);
  return {
    waits: measured.map((one) => {
      const length = isTold
        ? nanosOf(one.gap)
        : nanosOf(told(call, one.reply.start) - told(call, one.asked.end));
      const phases = isTold ? phasesOf(call, turns, one, room) : [];
      const explained = phases.reduce((sum, { seconds }) => sum + Math.round(seconds * 1e9), 0);
      return {
        seconds: secondsOfNanos(length),
        exchange: numbers[turns.indexOf(one.asked)] ?? 0,
        phases,
        unexplained: secondsOfNanos(Math.max(0, length - explained)),
        agent: truthAgent(call, 0),
      } satisfies TruthWait;
    }),
    unmeasuredWaits: felt.length - measured.length,
    ...(untold.length + left.length === 0 ? {} : { unplaced: { waits: untold, phases: left } }),
  };
}

/** The kinds of which there is one for each place that it could have been measured at, and none more. */
function roomFor(
  call: RetellCall,
  turns: readonly Turn[],
  exchanges: readonly Exchange[],
  lists: Lists,
): Set<Kind> {
  const room = new Set<Kind>();
  if (lists.asr.length === exchanges.length) room.add('asr');
  if (lists.knowledge_base.length === exchanges.length) room.add('knowledge_base');
  const spoken = turns.filter((turn) => turn.speaker === 'agent' && turn.text !== '');
  if (lists.tts.length === spoken.length) room.add('tts');
  const silent = exchanges.flatMap((one) => silentBetween(turns, one));
  const replies = exchanges.map(({ reply }) => reply);
  const greeting = spoken[0] === turns[0] ? spoken.slice(0, 1) : [];
  const others = turns.filter(
    (turn) => turn.speaker === 'agent' && ![...silent, ...replies, ...greeting].includes(turn),
  );
  const isPlain = others.length === 0 && replies.every((turn) => turn.tools.length === 0);
  if (isPlain && lists.llm.length === replies.length + silent.length) room.add('llm');
  return call.traits.latency === 'none' ? new Set() : room;
}

function silentBetween(turns: readonly Turn[], { asked, reply }: Exchange): Turn[] {
  return turns
    .slice(turns.indexOf(asked) + 1, turns.indexOf(reply))
    .filter((turn) => turn.speaker === 'agent' && turn.tools.length > 0);
}

function phasesOf(call: RetellCall, turns: readonly Turn[], one: Exchange, room: ReadonlySet<Kind>): Phase[] {
  const of = (kind: Kind, length: Nanos | undefined): Phase[] =>
    room.has(kind) && length !== undefined ? [{ name: NAMES[kind], seconds: secondsOfNanos(length) }] : [];
  const { asked, reply } = one;
  return [
    ...of('asr', asked.metrics.asr),
    ...silentBetween(turns, one).flatMap((turn): Phase[] => {
      const longest = Math.max(...turn.tools.map((tool) => toolSeconds(call, tool)));
      return [
        ...of('llm', requestOf(turn)),
        ...(call.traits.toolsTimed ? [{ name: 'tool_wait' as const, seconds: longest }] : []),
      ];
    }),
    ...of('knowledge_base', reply.rag?.latency),
    ...of('llm', requestOf(reply)),
    ...of('tts', reply.metrics.tts),
  ];
}
