/** The customer whose conversations are simulated: the agents and the ids, all made from the seed. */
import type { Agent, CallSpec, Person, Provider } from './call.ts';
import { mix, Random } from './random.ts';
import { MICROS_PER_SECOND, type Micros } from './time.ts';

export const DEFAULT_AGENTS = 5;

const AGENT_NAMES = ['Service desk', 'Billing', "O'Brien & Söhne", 'Réception', 'Survey (DE)'] as const;

/** One of the account's agents. The same seed and number always give the same one. */
export function agentOf(provider: Provider, seed: number, number: number): Agent {
  const random = new Random(seed, 'agent', provider, number);
  if (provider === 'tavus') {
    const face = `r${random.hex(11)}`;
    // Without a PAL the face is all that tells agents apart.
    return number % 5 === 4 ? { id: face, face } : { id: `p${random.hex(11)}`, face };
  }
  if (provider === 'vapi') return vapiAssistant(random, number);
  if (provider === 'retell') {
    const name = AGENT_NAMES[number % AGENT_NAMES.length] ?? 'Agent';
    return {
      id: `agent_${random.hex(26)}`,
      version: String(random.int(1, 40)),
      ...(random.chance(0.85) ? { name } : {}),
    };
  }
  const version = random.chance(0.6) ? `agtvrsn_${random.int(1000, 9999)}${random.token(24)}` : undefined;
  const branch = random.chance(0.7) ? `agtbrch_${random.int(1000, 9999)}${random.token(24)}` : undefined;
  return {
    id: `agent_${random.int(1000, 9999)}${random.token(24)}`,
    ...(random.chance(0.85) ? { name: AGENT_NAMES[number % AGENT_NAMES.length] ?? 'Agent' } : {}),
    ...(version === undefined ? {} : { version }),
    ...(branch === undefined ? {} : { branch }),
  };
}

function vapiAssistant(random: Random, number: number): Agent {
  const name = random.chance(0.85) ? { name: AGENT_NAMES[number % AGENT_NAMES.length] ?? 'Agent' } : {};
  return { id: uuid(random), ...name, ...(random.chance(0.5) ? { version: `v${random.int(1, 30)}` } : {}) };
}

function uuid(random: Random): string {
  const hex = random.hex(32);
  return [
    ...[hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`],
    ...[`a${hex.slice(17, 20)}`, hex.slice(20)],
  ].join('-');
}

/** The vendor's id of a call; cheap enough to be made for a hundred thousand calls at once. */
export function callId(provider: Provider, seed: number, index: number): string {
  const random = new Random(seed, 'id', provider, index);
  switch (provider) {
    case 'elevenlabs':
      return `conv_${random.int(1000, 9999)}${random.token(24)}`;
    case 'tavus':
      return `c${random.hex(15)}`;
    case 'retell':
      return `call_${random.hex(27)}`;
    case 'vapi':
      return uuid(random);
  }
}

/**
 * When a call starts, as its vendor publishes it: on a whole second at ElevenLabs, and at Tavus where it
 * publishes whole seconds only; at Retell and Vapi on a whole millisecond.
 */
export function startOf(spec: CallSpec): Micros {
  const second = Math.floor(spec.startAt / 1000) * MICROS_PER_SECOND;
  if (spec.provider === 'retell' || spec.provider === 'vapi') return Math.floor(spec.startAt) * 1000;
  if (spec.provider === 'elevenlabs' || inWholeSeconds(spec)) return second;
  return Math.floor(spec.startAt) * 1000 + (mix(`${spec.seed}/${spec.index}`, 1) % 1000);
}

/** Whether a conversation of Tavus is stamped in whole seconds. */
export function inWholeSeconds(spec: CallSpec): boolean {
  return mix(`${spec.seed}/${spec.index}`, 2) % 10 < 3;
}

/** ElevenLabs' trace id of a call. */
export function traceIdOf(seed: number, index: number): string {
  return new Random(seed, 'trace', index).hex(32);
}

export function drawPerson(random: Random): Person {
  return {
    id: `user-${random.token(10)}`,
    name: random.pick(['Ada Lovelace', 'Grace Hopper', 'Zoë Müller', '山田花子']),
    phone: `+4420${random.letters(8, '0123456789')}`,
  };
}

/** A W3C trace context as the customer's own application would pass it along. */
export function drawTraceparent(random: Random): string {
  return `00-${random.hex(32)}-${random.hex(16)}-0${random.int(0, 1)}`;
}
