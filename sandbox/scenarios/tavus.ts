import { UNUSUAL_LANGUAGES } from '../phrases.ts';
import { MEMORY_TOOL } from '../tools.ts';
import { leaveTavus } from './leave.ts';
import { type Scenario, type TavusScene, tavusReason } from './scene.ts';
import { converse, deadAir, exchange, goOn, twoHours } from './script.ts';
import { TAVUS_ARTEFACT_SCENARIOS } from './tavus-artefacts.ts';
import { TAVUS_SHAPE_SCENARIOS } from './tavus-shapes.ts';

type TavusScenario = Scenario<TavusScene>;

function tools(count: number, more: { deferred?: boolean; filler?: boolean }): TavusScenario['play'] {
  return (scene) => {
    converse(scene.stage, 1, 3);
    const plans = scene.stage.drawTools(count).map((tool) => ({ tool, deferred: more.deferred === true }));
    const isAnnounced = more.filler ?? scene.stage.random.chance(0.5);
    exchange(scene.stage, isAnnounced ? { announced: plans } : { silently: [plans] });
    exchange(scene.stage);
    leaveTavus(scene);
  };
}

const PLAYED: readonly TavusScenario[] = [
  {
    name: 'ordinary',
    summary: 'A video conversation in which nothing special happens',
    weight: 30,
    play: (scene) => {
      converse(scene.stage);
      leaveTavus(scene);
    },
  },
  {
    name: 'barge-in',
    summary: 'The user talks into several answers',
    weight: 5,
    play: (scene) => {
      converse(scene.stage, 1, 2);
      for (let times = scene.stage.random.int(1, 3); times > 0; times--) {
        scene.stage.bargeIn();
        scene.stage.answer();
      }
      leaveTavus(scene);
    },
  },
  {
    name: 'overlapped',
    summary: 'The replica begins before the user has finished: no wait can be measured',
    weight: 4,
    play: (scene) => {
      converse(scene.stage, 1, 3);
      exchange(scene.stage, { overlapSeconds: scene.stage.random.between(0.05, 0.35) });
      exchange(scene.stage);
      leaveTavus(scene);
    },
  },
  {
    name: 'goes-on',
    summary: 'The user says two things before the replica answers',
    weight: 4,
    play: (scene) => {
      converse(scene.stage, 1, 2);
      goOn(scene.stage);
      scene.stage.answer();
      leaveTavus(scene);
    },
  },
  { name: 'tool-ok', summary: 'One tool; whether it worked is not published', weight: 8, play: tools(1, {}) },
  {
    name: 'tool-async',
    summary: 'A tool that answers twice, and whose call is echoed',
    weight: 4,
    play: tools(1, { deferred: true, filler: true }),
  },
  { name: 'tools-together', summary: 'Several tools called at once', weight: 3, play: tools(3, {}) },
  {
    name: 'memory',
    summary: 'Answers from what was said in earlier conversations',
    weight: 2,
    play: (scene) => {
      converse(scene.stage, 1, 2);
      exchange(scene.stage, { silently: [[{ tool: MEMORY_TOOL }]] });
      leaveTavus(scene);
    },
  },
  {
    name: 'rag',
    summary: 'Answers from documents, which the transcript carries as system entries',
    weight: 4,
    play: (scene) => {
      scene.stage.note('You have access to the following documents: prices.pdf, delivery.pdf');
      converse(scene.stage, 1, 2);
      scene.stage.user();
      scene.stage.note('Information from documents: [delivery.pdf] The delivery is free above 40 pounds.');
      scene.stage.answer();
      leaveTavus(scene);
    },
  },
  {
    name: 'typed',
    summary: 'The user types; the echo of the message is stamped after the reply has begun',
    weight: 3,
    play: (scene) => {
      converse(scene.stage, 1, 2);
      scene.traits.timing = scene.stage.random.pick(['epoch', 'iso']);
      scene.stage.type();
      exchange(scene.stage);
      leaveTavus(scene);
    },
  },
  {
    name: 'lingers',
    summary: 'The user leaves the room open and says nothing more; the replica asks, and time runs out',
    weight: 2,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      stage.idle();
      stage.pause(60, 200);
      stage.end(tavusReason('max_call_duration', true));
    },
  },
  {
    name: 'nobody-spoke',
    summary: 'The transcript comes, and there is not one entry in it',
    weight: 2,
    play: ({ stage, transcript, artefacts }) => {
      if (transcript !== undefined) transcript.isEmpty = true;
      artefacts.length = 0;
      stage.pause(60, 300);
      stage.end(tavusReason('participant_absent_timeout', true));
    },
  },
  {
    name: 'no-user',
    summary: 'The replica waits, and nobody comes',
    weight: 4,
    play: ({ stage }) => {
      stage.greet();
      stage.pause(60, 300);
      stage.end(tavusReason('participant_absent_timeout', true));
    },
  },
  {
    name: 'unanswered',
    summary: 'Dead air: the replica does not answer, until the user speaks again or gives up',
    weight: 4,
    play: (scene) => {
      const { stage } = scene;
      converse(stage, 1, 3);
      deadAir(stage);
      if (stage.random.chance(0.5)) {
        exchange(stage);
        if (stage.random.chance(0.5)) return leaveTavus(scene);
        deadAir(stage);
      }
      stage.end(tavusReason('end_conversation_endpoint_hit', false));
    },
  },
  {
    name: 'left-unanswered',
    summary:
      'The user speaks last and leaves; the silence after that is the timeout, and nobody can say more',
    weight: 2,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      stage.user();
      stage.pause(13, 60);
      stage.end(tavusReason('participant_left_timeout', true));
    },
  },
  {
    name: 'time-limit',
    summary: 'Cut off at the longest duration that was asked for',
    weight: 3,
    play: ({ stage }) => {
      converse(stage, 3, 8);
      stage.end(tavusReason('max_call_duration', true));
    },
  },
  {
    name: 'languages',
    summary: 'Right to left, without spaces, or with joined emoji',
    weight: 3,
    play: (scene) => {
      scene.stage.language = scene.stage.random.pick(UNUSUAL_LANGUAGES);
      converse(scene.stage);
      leaveTavus(scene);
    },
  },
  {
    name: 'two-hours',
    summary: 'Two hours and 800 turns',
    weight: 0,
    play: (scene) => {
      twoHours(scene.stage);
      scene.stage.end(tavusReason('end_conversation_endpoint_hit', false));
    },
  },
  {
    name: 'echo',
    summary: 'The application speaks for itself: Tavus hears nothing and writes down next to nothing',
    weight: 2,
    play: ({ stage, traits }) => {
      traits.timing = 'none';
      for (let times = stage.random.int(1, 3); times > 0; times--) {
        stage.say(stage.random.pick(stage.phrases.agent));
        stage.emptyRow();
      }
      stage.end(tavusReason('end_conversation_endpoint_hit', false));
    },
  },
];

export const TAVUS_SCENARIOS: readonly TavusScenario[] = [
  ...PLAYED,
  ...TAVUS_SHAPE_SCENARIOS,
  ...TAVUS_ARTEFACT_SCENARIOS,
];
