import { agentOf, DEFAULT_AGENTS, drawPerson, drawTraceparent, startOf } from '../account.ts';
import type { RetellCall, StatusStep } from '../call.ts';
import type { Casting } from '../casting.ts';
import { drawLanguage } from '../phrases.ts';
import type { Random } from '../random.ts';
import { recorded } from '../recording.ts';
import type { RetellScene } from '../scenarios/scene.ts';
import { Stage } from '../stage.ts';
import { type Micros, micros } from '../time.ts';

/** Plays a call of Retell. It begins and ends on whole milliseconds. */
export function simulateRetell(casting: Casting<RetellScene>): RetellCall {
  const { spec, random } = casting;
  const start = startOf(spec);
  const agent = agentOf('retell', spec.seed, random.int(0, (spec.agents ?? DEFAULT_AGENTS) - 1));
  const stage = new Stage('retell', random, start, agent, drawLanguage(random), 'gpt-4.1');
  const scene: RetellScene = { stage, traits: drawTraits(random, start), fate: 'exported' };
  casting.scenario.play(scene);
  const { traits } = scene;
  const end = Math.ceil(stage.now / 1000) * 1000;
  const steps: StatusStep[] = [
    { at: start, status: traits.connected ? 'ongoing' : 'registered' },
    { at: end, status: traits.status },
  ];
  const traceparent = random.chance(0.2) ? drawTraceparent(random) : undefined;
  return {
    ...recorded(stage),
    provider: 'retell',
    id: casting.id,
    seed: spec.seed,
    index: spec.index,
    scenario: casting.scenario.name,
    shape: casting.shape,
    person: drawPerson(random),
    start,
    end,
    steps,
    terminalAt: end,
    ...(stage.reason === undefined ? {} : { reason: stage.reason }),
    ...(traceparent === undefined ? {} : { traceparent }),
    fate: scene.fate,
    traits,
  };
}

/** At once, after a while, or never. */
function drawAnalysis(random: Random): { analyzedAfter?: number } {
  if (random.chance(0.1)) return {};
  return { analyzedAfter: random.chance(0.2) ? 0 : Math.round(random.between(2, 90) * 1000) / 1000 };
}

function drawTraits(random: Random, start: Micros): RetellScene['traits'] {
  const isPhone = random.chance(0.7);
  return {
    type: isPhone ? 'phone_call' : 'web_call',
    status: 'ended',
    ...(isPhone ? { direction: random.pick(['inbound', 'outbound'] as const) } : {}),
    storage: 'everything',
    connected: true,
    latency: random.pick(['full', 'full', 'full', 'full', 'lossy', 'none'] as const),
    wordsTimed: true,
    toolsTimed: random.chance(0.8),
    numbersAsText: random.chance(0.15),
    unspoken: random.chance(0.3),
    transitions: random.chance(0.4) ? [start + micros(0.1)] : [],
    ...drawAnalysis(random),
    successful: random.chance(0.8),
    cents: Math.round(random.between(1, 60) * 1000) / 1000,
  };
}
