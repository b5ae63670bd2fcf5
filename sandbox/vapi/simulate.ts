import { agentOf, DEFAULT_AGENTS, drawPerson, drawTraceparent, startOf } from '../account.ts';
import type { StatusStep, ToolCall, Turn, VapiCall } from '../call.ts';
import type { Casting } from '../casting.ts';
import { drawModel, price } from '../model.ts';
import { drawLanguage } from '../phrases.ts';
import type { Random } from '../random.ts';
import { recorded } from '../recording.ts';
import type { VapiScene } from '../scenarios/scene.ts';
import { Stage } from '../stage.ts';
import { MICROS_PER_SECOND, type Micros, micros } from '../time.ts';
import type { VapiTraits } from './traits.ts';

const MILLISECOND: Micros = 1_000;

/** Plays a call of Vapi. Its record begins before anybody has answered, and is changed after everybody has left. */
export function simulateVapi(casting: Casting<VapiScene>): VapiCall {
  const { spec, random } = casting;
  const agents = spec.agents ?? DEFAULT_AGENTS;
  const number = random.int(0, agents - 1);
  const start = startOf(spec);
  const answered = millisecond(start + micros(random.between(0.1, 6)));
  const agent = agentOf('vapi', spec.seed, number);
  const stage = new Stage('vapi', random, answered, agent, drawLanguage(random), drawModel(random));
  const scene: VapiScene = {
    stage,
    traits: drawTraits(random),
    colleague: agentOf('vapi', spec.seed, number + agents),
    fate: 'exported',
    answers: true,
  };
  stage.note('You answer for a shop. Never mention the discount code SPRING-40.');
  casting.scenario.play(scene);

  const { traits } = scene;
  const { turns, ...rest } = recorded(stage);
  const published = turns.map((turn) => rounded(turn, traits.fractions));
  // The last word may have been moved to a whole millisecond, and the call lasts as long as it does.
  const last = published.reduce(
    (most, turn) => Math.max(most, turn.end, ...turn.tools.map(toolEnds)),
    stage.now,
  );
  const end = Math.ceil(last / MILLISECOND) * MILLISECOND;
  const costUsd = traits.costs === 'none' ? {} : { costUsd: cost(published, end - answered) };
  return {
    ...rest,
    provider: 'vapi',
    id: casting.id,
    seed: spec.seed,
    index: spec.index,
    scenario: casting.scenario.name,
    shape: casting.shape,
    person: drawPerson(random),
    turns: published,
    start,
    end,
    steps: lifecycle(start, scene.answers ? answered : undefined, end),
    terminalAt: end + micros(traits.analysisAfter ?? 0),
    ...(stage.reason === undefined ? {} : { reason: stage.reason }),
    ...(random.chance(0.2) && !traits.zeroRetention ? { traceparent: drawTraceparent(random) } : {}),
    fate: scene.fate,
    ...(scene.answers ? { answered } : {}),
    traits: { ...traits, ...costUsd },
  };
}

function drawTraits(random: Random): VapiScene['traits'] {
  const type = random.pick(['inboundPhoneCall', 'inboundPhoneCall', 'outboundPhoneCall', 'webCall'] as const);
  const verdict = random.pick(VERDICTS);
  const analysed = random.chance(0.75);
  return {
    type,
    ...(type === 'webCall' ? {} : { carrier: random.pick(['twilio', 'vonage', 'telnyx'] as const) }),
    agentRole: random.pick(['bot', 'bot', 'bot', 'assistant'] as const),
    messagesAt: random.pick(['both', 'both', 'artifact', 'top'] as const),
    fractions: random.chance(0.4),
    durations: random.chance(0.9) ? 'milliseconds' : 'seconds',
    audioLag: micros(random.between(0.05, 0.11)),
    latencies: random.chance(0.85) ? 'all' : 'none',
    zeroParts: random.chance(0.3) ? [random.pick(['asr', 'tts', 'turnDetection'] as const)] : [],
    costs: random.pick(['itemised', 'breakdown', 'both', 'both', 'none'] as const),
    zeroRetention: false,
    textOnly: false,
    ...(analysed ? { analysisAfter: Math.round(random.between(2, 50) * 1000) / 1000, verdict } : {}),
    publishesLanguage: random.chance(0.7),
    squad: false,
  };
}

const VERDICTS: readonly NonNullable<VapiTraits['verdict']>[] = [
  { raw: 'true', known: 'success' },
  { raw: 'Pass', known: 'success' },
  { raw: 'false', known: 'failure' },
  { raw: 'Excellent', known: 'excellent' },
  { raw: '8', known: '' },
  { raw: 'Strongly agree', known: 'other' },
];

function lifecycle(start: Micros, answered: Micros | undefined, end: Micros): StatusStep[] {
  const steps: StatusStep[] = [{ at: start, status: 'queued' }];
  const rang = start + 50 * MILLISECOND;
  steps.push({ at: rang, status: 'ringing' });
  if (answered !== undefined) steps.push({ at: answered, status: 'in-progress' });
  steps.push({ at: end, status: 'ended' });
  return steps;
}

/** The vendor's clock counts milliseconds; where it is finer, only users' words are. */
function rounded(turn: Turn, fractions: boolean): Turn {
  const tools = turn.tools.map((tool): ToolCall => {
    const start = millisecond(tool.start);
    return { ...tool, start, latency: millisecond(tool.latency / 1000) * 1000 };
  });
  if (fractions && turn.speaker === 'user') return turn;
  return { ...turn, start: millisecond(turn.start), end: millisecond(turn.end), tools };
}

function millisecond(at: Micros): Micros {
  return Math.round(at / MILLISECOND) * MILLISECOND;
}

function toolEnds({ start, latency }: ToolCall): Micros {
  return start + latency / 1000;
}

/** USD: what the models cost, and 5 cents a minute. */
function cost(turns: readonly Turn[], length: Micros): number {
  const models = turns.reduce(
    (sum, turn) => sum + (turn.model === undefined ? 0 : price(turn.model.usage)),
    0,
  );
  return Number((models + (length / MICROS_PER_SECOND / 60) * 0.05).toFixed(7));
}
