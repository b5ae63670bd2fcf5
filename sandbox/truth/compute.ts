import type { Call, ElevenLabsCall, RetellCall, TavusCall, Turn, VapiCall } from '../call.ts';
import { evaluations } from '../elevenlabs/analysis.ts';
import { secondsOfMicros } from '../time.ts';
import { answerTo, asks, hasShutdown, publishedTurns, tally, told } from './answers.ts';
import { exchangeNumbers, llmCost, tokensOf, toolsOf, truthAgent } from './measures.ts';
import { retellWaits } from './retell-waits.ts';
import type { Truth } from './truth.ts';
import { vapiUnplaced } from './vapi-waits.ts';
import { waitsOf } from './waits.ts';

/** What the log's entries of these types tell stands elsewhere in the truth. */
const TOLD_ELSEWHERE: ReadonlySet<string> = new Set([
  'system.replica_joined',
  'system.pal_joined',
  'system.shutdown',
  'application.transcription_ready',
]);

/** The truth about a call, as far as its vendor publishes it. */
export function truth(call: Call): Truth {
  const turns = publishedTurns(call);
  const exchanges = exchangeNumbers(turns);
  const answers = turns.filter(asks).map((turn) => answerTo(call, turns, turn));
  const agent = truthAgent(call, 0);
  const common = {
    provider: call.provider,
    id: call.id,
    scenario: call.scenario,
    fate: call.fate,
    agent,
    exchanges: exchanges.at(-1) ?? 0,
    ...(call.provider === 'retell' ? retellWaits(call, turns, exchanges) : waitsOf(call, turns, exchanges)),
    ...(call.provider === 'vapi' ? vapiUnplaced(call) : {}),
    userTurns: tally(answers),
    uncountedUserTurns: answers.filter((answer) => answer.class === undefined).length,
    silentUserTurns: turns.filter((turn) => turn.silent).length,
    backchannels: turns.filter((turn) => turn.backchannel).length,
    silences: answers.flatMap((answer) => (answer.silence === undefined ? [] : [answer.silence])),
    interruptions: turns.filter((turn) => turn.interrupted).length,
    evaluations: evaluationsOf(call),
    tools: toolsOf(call, turns, exchanges),
    tokens: tokensIn(call, turns),
    ...llmCost(billedTurns(call, turns)),
  };
  // The rows of Vapi's list are the records themselves, and with one its row has gone.
  const unlisted = call.provider === 'vapi' && call.fate === 'gone' ? { unlisted: true as const } : {};
  if (call.fate !== 'exported') return { ...common, ...unlisted, textOnly: false, events: [] };
  return {
    ...common,
    outcome: outcomeOf(call, turns),
    ...(call.reason === undefined ? {} : { endReason: call.reason.known }),
    ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
    ...factsOf(call),
  };
}

function evaluationsOf(call: Call): Record<string, string> {
  if (call.provider === 'elevenlabs') return evaluations(call);
  if (call.provider === 'tavus') return {};
  if (call.provider === 'vapi') {
    const { verdict } = call.traits;
    return verdict === undefined || call.fate !== 'exported' ? {} : { success_evaluation: verdict.known };
  }
  const { analyzedAfter, status, successful } = call.traits;
  if (analyzedAfter === undefined || status === 'not_connected') return {};
  return { call_successful: successful ? 'success' : 'failure' };
}

function factsOf(call: Call) {
  switch (call.provider) {
    case 'elevenlabs':
      return elevenLabsFacts(call);
    case 'tavus':
      return tavusFacts(call);
    case 'retell':
      return retellFacts(call);
    case 'vapi':
      return vapiFacts(call);
  }
}

/** Vapi bills the call as a whole, also where nothing is kept of what was said. */
function billedTurns(call: Call, turns: readonly Turn[]): readonly Turn[] {
  if (call.provider !== 'vapi' || call.fate !== 'exported') return turns;
  return call.traits.costs === 'none' ? [] : call.turns;
}

/** Where Vapi itemises nothing it counts tokens of no model by name. */
function tokensIn(call: Call, turns: readonly Turn[]): Truth['tokens'] {
  const tokens = tokensOf(billedTurns(call, turns));
  const isNamed = call.provider !== 'vapi' || call.traits.costs !== 'breakdown';
  if (isNamed) return tokens;
  return Object.fromEntries(Object.values(tokens).map((used) => ['unknown', used]));
}

function vapiFacts(call: VapiCall) {
  const { traits, answered } = call;
  const direction = { inboundPhoneCall: 'inbound', outboundPhoneCall: 'outbound', webCall: '', chat: '' }[
    traits.type
  ];
  const tellsLanguage = traits.publishesLanguage && call.turns.some((turn) => turn.speaker === 'user');
  return {
    ...(answered === undefined ? {} : { durationSeconds: secondsOfMicros(call.end - answered) }),
    textOnly: traits.textOnly,
    events: [],
    ...(traits.costUsd === undefined ? {} : { costUsd: traits.costUsd }),
    ...(tellsLanguage ? { language: call.language } : {}),
    ...(direction === '' ? {} : { direction }),
  };
}

function retellFacts(call: RetellCall) {
  const { traits } = call;
  const isKept = traits.storage !== 'basic_attributes_only';
  return {
    ...(traits.connected
      ? { durationSeconds: secondsOfMicros(call.end - call.start) }
      : { undated: true as const }),
    ...(traits.direction === undefined ? {} : { direction: traits.direction }),
    costUsd: Math.round(traits.cents * 1e7) / 1e9,
    textOnly: traits.type === 'chat',
    events: (isKept ? traits.transitions : []).map((at) => ({
      type: 'node_transition',
      at: told(call, at),
    })),
  };
}

function elevenLabsFacts(call: ElevenLabsCall) {
  const { traits } = call;
  return {
    durationSeconds: secondsOfMicros(call.end - call.start),
    textOnly: traits.textOnly,
    events: [],
    ...(traits.costUsd === undefined ? {} : { costUsd: traits.costUsd }),
    ...(traits.publishesLanguage ? { language: call.language } : {}),
    ...(traits.direction === undefined ? {} : { direction: traits.direction }),
    ...(traits.queueWaitSeconds === undefined ? {} : { queueWaitSeconds: traits.queueWaitSeconds }),
  };
}

function tavusFacts(call: TavusCall) {
  const events = call.events.filter((event) => !TOLD_ELSEWHERE.has(event.type));
  return {
    ...(hasShutdown(call) ? { durationSeconds: secondsOfMicros(call.end - call.start) } : {}),
    ...(call.join === undefined ? {} : { joinSeconds: secondsOfMicros(call.join - call.start) }),
    textOnly: false,
    events: events.map(({ type, at }) => ({ type, at })),
  };
}

/** The first that fits, as the trace model orders them. */
function outcomeOf(call: Call, turns: readonly Turn[]): NonNullable<Truth['outcome']> {
  const known = call.reason?.known;
  if (hasFailed(call)) return 'failed';
  const spoke = turns.some((turn) => turn.speaker === 'user' && !turn.silent);
  const nobodyJoined =
    (call.provider === 'tavus' && call.join === undefined) ||
    (call.provider === 'vapi' && call.answered === undefined);
  if (!spoke && (hasTranscript(call) || nobodyJoined)) return 'no_user';
  if (TIME_LIMITS.includes(known ?? '')) return 'time_limit';
  if (call.provider === 'elevenlabs') return 'completed';
  return known === undefined || known === 'other' ? 'unknown' : 'completed';
}

const TIME_LIMITS = ['time_limit', 'max_call_duration', 'max_duration_reached', 'exceeded-max-duration'];

function hasFailed(call: Call): boolean {
  const known = call.reason?.known ?? '';
  switch (call.provider) {
    case 'elevenlabs':
      return call.traits.status === 'failed' || call.traits.error !== undefined;
    case 'tavus':
      return known === 'internal_error' || /^(bot_could_not_join|exception_encountered)/.test(known);
    case 'retell':
      return call.traits.status === 'error' || known === 'telephony_provider_unavailable';
    case 'vapi':
      return known.includes('error');
  }
}

/** An empty one says that nobody spoke; none says nothing. */
function hasTranscript(call: Call): boolean {
  if (call.provider === 'elevenlabs') return true;
  if (call.provider === 'retell') return call.traits.storage !== 'basic_attributes_only';
  if (call.provider === 'vapi') return !call.traits.zeroRetention;
  return call.events.some((event) => event.type === 'application.transcription_ready');
}
