import { agentOf, DEFAULT_AGENTS, drawPerson, drawTraceparent, inWholeSeconds, startOf } from '../account.ts';
import type { CallSpec, StatusStep, TavusCall } from '../call.ts';
import type { Casting } from '../casting.ts';
import { drawLanguage } from '../phrases.ts';
import type { Random } from '../random.ts';
import { recorded } from '../recording.ts';
import type { TavusScene } from '../scenarios/scene.ts';
import { PERCEPTION } from '../scenarios/tavus-artefacts.ts';
import { Stage } from '../stage.ts';
import { MICROS_PER_SECOND, type Micros, micros } from '../time.ts';
import type { TavusEvent } from './traits.ts';

/** Plays a call of Tavus. It lies where it lies, unless it is published in whole seconds; then it lies on them. */
export function simulateTavus(casting: Casting<TavusScene>): TavusCall {
  const { spec, random } = casting;
  const traits = drawTraits(random, spec);
  const instant = (at: Micros) =>
    traits.wholeSeconds ? Math.ceil(at / MICROS_PER_SECOND) * MICROS_PER_SECOND : at;
  const start = startOf(spec);
  const join = instant(start + micros(random.between(2.4, 5.2)));
  const agent = agentOf('tavus', spec.seed, random.int(0, (spec.agents ?? DEFAULT_AGENTS) - 1));
  const stage = new Stage('tavus', random, join, agent, drawLanguage(random), 'gpt-4.1-mini');
  const stamped = random.pick([0.0011, -0.002]);
  const scene: TavusScene = {
    stage,
    traits,
    fate: 'exported',
    joins: true,
    shutsDown: true,
    transcript: { at: stamped, seen: random.pick([stamped, random.between(1, 90)]) },
    artefacts: drawArtefacts(random),
    joinsTwice: random.chance(0.3),
  };
  stage.note(
    'You are in a live video conference call with a user. Never mention the discount code SPRING-40.',
  );
  casting.scenario.play(scene);

  const end = traits.testMode ? start : instant(stage.now);
  const steps: StatusStep[] = traits.testMode
    ? [{ at: start, status: 'ended' }]
    : [
        { at: start, status: 'active' },
        { at: end, status: 'ended' },
      ];
  const traceparent = random.chance(0.2) ? drawTraceparent(random) : undefined;
  const name = random.chance(0.7) ? `Order ${random.int(1000, 9999)}` : undefined;
  return {
    ...recorded(stage),
    provider: 'tavus',
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
    ...(scene.joins ? { join } : {}),
    notes: stage.notes,
    events: eventLog(scene, join, end),
    traits: {
      ...traits,
      ...(traceparent === undefined
        ? name === undefined
          ? {}
          : { name }
        : { name: `${name ?? ''} ${traceparent}`.trim() }),
    },
  };
}

function drawTraits(random: Random, spec: CallSpec): TavusScene['traits'] {
  return {
    names: random.chance(0.5) ? 'legacy' : 'new',
    timing: random.pick(['epoch', 'epoch', 'iso', 'from-start']),
    inferenceOnUsers: random.chance(0.5),
    toolsTimed: random.chance(0.7),
    reasonAt: random.pick(['shutdown_reason', 'shutdown_reason', 'reason']),
    envelope: random.pick(['bare', 'webhook']),
    eventOrder: random.pick(['time', 'time', 'reverse', 'shuffled']),
    wholeSeconds: inWholeSeconds(spec),
    testMode: false,
    ...(random.chance(0.5)
      ? { callbackUrl: `https://hooks.example.com/tavus?secret=${random.hex(24)}&n=${spec.index}` }
      : {}),
  };
}

function drawArtefacts(random: Random): TavusScene['artefacts'] {
  if (random.chance(0.4)) return [];
  const after = Math.round(random.between(5, 170) * 1e6) / 1e6;
  if (random.chance(0.7)) return [{ after, type: 'application.perception_analysis', properties: PERCEPTION }];
  return [{ after, type: 'application.perception_unavailable', properties: { reason: 'no_vision_history' } }];
}

function eventLog(scene: TavusScene, join: Micros, end: Micros): TavusEvent[] {
  const log: TavusEvent[] = [];
  const add = (type: string, at: Micros, properties: TavusEvent['properties'], seenAt = at) =>
    log.push({ type, at, seenAt: Math.max(at, seenAt), properties });
  if (scene.joins) {
    if (scene.traits.names === 'new') add('system.pal_joined', join, {});
    if (scene.traits.names === 'legacy' || scene.joinsTwice) add('system.replica_joined', join, {});
  }
  if (scene.shutsDown) add('system.shutdown', end, {});
  if (scene.transcript !== undefined) {
    const { at, seen, isEmpty } = scene.transcript;
    const entries = isEmpty === true ? 'empty transcript' : 'transcript';
    add('application.transcription_ready', end + micros(at), entries, end + micros(seen));
  }
  for (const artefact of scene.artefacts)
    add(artefact.type, end + micros(artefact.after), artefact.properties);
  return log.sort((left, right) => left.at - right.at);
}
