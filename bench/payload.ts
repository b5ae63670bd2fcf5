import {
  type Call,
  type ElevenLabsCall,
  type Provider,
  payloadOf,
  simulateCall,
  type TavusCall,
} from '../sandbox/index.ts';

/** About how many turns a conversation has: an everyday call, a long one, and one of two hours. */
const TURNS = { short: 10, medium: 60, long: 800 } as const;
export type Size = keyof typeof TURNS;
export const SIZES = Object.keys(TURNS) as Size[];

/** What a vendor answers, for any number of conversations. */
export interface Payload {
  readonly plain: string;
  /** The one that it has in it. */
  readonly traceId: string | undefined;
}

/** Different payloads of each size: enough that none is the only one, few enough to be made in seconds. */
const VARIETY: Record<Size, number> = { short: 48, medium: 12, long: 3 };
const SEED = 1;
/** Of a short conversation, so many turns more or fewer. */
const ABOUT = 2;
const SECOND = 1_000_000;

/** @param startAt when the conversations began, unix milliseconds. */
export function makePayloads(provider: Provider, size: Size, startAt: number): Payload[] {
  const calls = size === 'short' ? everydayCalls(provider, startAt) : longCalls(provider, size, startAt);
  return calls.map((call) => ({ plain: JSON.stringify(bodyOf(call)), traceId: traceIdOf(call) }));
}

function traceIdOf(call: Call): string | undefined {
  return call.provider === 'elevenlabs' ? call.traceId : undefined;
}

/** The payload of the n-th conversation: a vendor gives no two of them one trace. */
export function payloadAs({ plain, traceId }: Payload, number: number): string {
  if (traceId === undefined) return plain;
  return plain.replaceAll(traceId, `${traceId.slice(0, 16)}${number.toString(16).padStart(16, '0')}`);
}

/** Of every kind that the sandbox knows, as often as it draws them. */
function everydayCalls(provider: Provider, startAt: number): Call[] {
  const calls: Call[] = [];
  for (let index = 0; calls.length < VARIETY.short; index++) {
    const call = simulateCall({ provider, seed: SEED, index, startAt });
    if (call.fate === 'exported' && Math.abs(call.turns.length - TURNS.short) <= ABOUT) calls.push(call);
  }
  return calls;
}

function longCalls(provider: Provider, size: 'medium' | 'long', startAt: number): Call[] {
  return Array.from({ length: VARIETY[size] }, (_, index) => {
    const call = simulateCall({ provider, seed: SEED, index, startAt, scenario: 'two-hours' });
    return hungUpAfter(call, TURNS[size]);
  });
}

/** A call as if it had ended after so many turns. */
function hungUpAfter(call: Call, count: number): Call {
  const turns = call.turns.slice(0, count);
  const end = Math.ceil((turns.at(-1)?.end ?? call.start) / SECOND) * SECOND;
  const earlier = call.end - end;
  const moved = (at: number) => (at > end ? at - earlier : at);
  const steps = call.steps.map((step) => ({ ...step, at: moved(step.at) }));
  const cut = { turns, end, steps, terminalAt: moved(call.terminalAt) };
  if (call.provider === 'elevenlabs') return { ...call, ...cut } satisfies ElevenLabsCall;
  if (call.provider !== 'tavus') return { ...call, ...cut };
  const events = call.events.map((event) => ({ ...event, at: moved(event.at), seenAt: moved(event.seenAt) }));
  const notes = call.notes.filter((note) => note.at <= end);
  return { ...call, ...cut, events, notes } satisfies TavusCall;
}

/** When everything has come that will come. */
function bodyOf(call: Call): unknown {
  const at = call.terminalAt + 86_400 * SECOND;
  return payloadOf(call, at);
}
