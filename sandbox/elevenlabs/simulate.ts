import { agentOf, DEFAULT_AGENTS, drawPerson, drawTraceparent, startOf, traceIdOf } from '../account.ts';
import type { ElevenLabsCall, StatusStep, Turn } from '../call.ts';
import type { Casting } from '../casting.ts';
import { drawModel, price } from '../model.ts';
import { drawLanguage } from '../phrases.ts';
import type { Random } from '../random.ts';
import { recorded } from '../recording.ts';
import type { ElevenLabsScene } from '../scenarios/scene.ts';
import { Stage } from '../stage.ts';
import { MICROS_PER_SECOND, type Micros, micros } from '../time.ts';
import type { ElevenLabsTraits, SpanStyle } from './traits.ts';

/**
 * Plays a call of ElevenLabs. It begins and ends on a whole second, because the vendor publishes nothing
 * finer of the conversation itself; what happens inside lies where it lies.
 */
export function simulateElevenLabs(casting: Casting<ElevenLabsScene>): ElevenLabsCall {
  const { spec, random } = casting;
  const agents = spec.agents ?? DEFAULT_AGENTS;
  const number = random.int(0, agents - 1);
  const start = startOf(spec);
  const agent = agentOf('elevenlabs', spec.seed, number);
  const stage = new Stage('elevenlabs', random, start, agent, drawLanguage(random), drawModel(random));
  const scene: ElevenLabsScene = {
    stage,
    traits: drawTraits(random),
    colleague: agentOf('elevenlabs', spec.seed, number + agents),
    fate: 'exported',
  };
  casting.scenario.play(scene);

  const end = Math.ceil(stage.now / MICROS_PER_SECOND) * MICROS_PER_SECOND;
  const steps = lifecycle(start, end, scene.traits.status, random);
  const priced = random.chance(0.85) && scene.traits.status === 'done';
  return {
    ...recorded(stage),
    provider: 'elevenlabs',
    id: casting.id,
    seed: spec.seed,
    index: spec.index,
    scenario: casting.scenario.name,
    shape: casting.shape,
    person: drawPerson(random),
    start,
    end,
    steps,
    terminalAt: steps.at(-1)?.at ?? end,
    ...(stage.reason === undefined ? {} : { reason: stage.reason }),
    ...(random.chance(0.2) ? { traceparent: drawTraceparent(random) } : {}),
    fate: scene.fate,
    traceId: traceIdOf(spec.seed, spec.index),
    traits: { ...scene.traits, ...(priced ? { costUsd: cost(stage.turns, end - start) } : {}) },
  };
}

/** Measurements that some conversations lack, each with those that are made of it. */
const UNPUBLISHED: readonly ElevenLabsTraits['unpublished'][] = [
  ['asr'],
  ['turnDetection'],
  ['sentence'],
  ['generation'],
  ['llm', 'generation', 'sentence'],
  ['tts'],
];

function drawTraits(random: Random): ElevenLabsScene['traits'] {
  const direction = random.pick(['inbound', 'outbound', undefined] as const);
  return {
    otlp: random.chance(0.85) ? 'rich' : 'skeleton',
    usageIn: random.pick(['both', 'both', 'json', 'otlp']),
    status: 'done',
    textOnly: false,
    zeroRetention: false,
    ...(direction === undefined ? {} : { direction }),
    publishesLanguage: random.chance(0.85),
    ...(random.chance(0.8) ? { environment: random.pick(['production', 'staging']) } : {}),
    ...(random.chance(0.3) ? { queueWaitSeconds: random.int(0, 20) } : {}),
    interruption: random.pick<ElevenLabsTraits['interruption']>(['flag', 'dots', 'both']),
    results: random.chance(0.8) ? 'own' : random.pick(['same', 'next'] as const),
    unpublished: random.chance(0.03) ? random.pick(UNPUBLISHED) : [],
    feltOnToolRows: random.chance(0.7),
    feltOnFirstWords: random.chance(0.5),
    steps: random.pick(['value', 'string', 'both'] as const),
    spans: drawSpanStyle(random),
  };
}

function drawSpanStyle(random: Random): SpanStyle {
  const order = random.chance(0.75) ? 'tree' : 'shuffled';
  return {
    kind: random.pick([undefined, 1, 1, 0, 3]),
    rootParent: random.pick(['null', 'absent'] as const),
    integers: random.pick(['string', 'number'] as const),
    agentOn: random.pick(['resource', 'root', 'both'] as const),
    // Without either, nobody could tell which span is which row.
    turnIndex: order === 'shuffled' || random.chance(0.85),
    toolKeys: random.pick([
      { input: 'params', output: 'result' },
      { input: 'parameters', output: 'response' },
      { input: 'arguments', output: 'output' },
    ]),
    order,
  };
}

/** The vendor analyses for some seconds after the end, and only then says `done`. */
function lifecycle(start: Micros, end: Micros, last: 'done' | 'failed', random: Random): StatusStep[] {
  const steps: StatusStep[] = [{ at: start, status: 'initiated' }];
  const answered = start + micros(random.between(0.2, 1.5));
  if (answered < end) steps.push({ at: answered, status: 'in-progress' });
  steps.push({ at: end, status: 'processing' });
  steps.push({ at: end + micros(random.between(2, 45)), status: last });
  return steps;
}

/** USD: what the models cost, and 8 cents a minute. */
function cost(turns: readonly Turn[], length: Micros): number {
  const models = turns.reduce(
    (sum, turn) => sum + (turn.model === undefined ? 0 : price(turn.model.usage)),
    0,
  );
  return Number((models + (length / MICROS_PER_SECOND / 60) * 0.08).toFixed(7));
}
