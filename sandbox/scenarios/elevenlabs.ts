/** Scenarios of ElevenLabs: first what is said and done, then how conversations end. */
import { UNUSUAL_LANGUAGES } from '../phrases.ts';
import { ELEVENLABS_END_SCENARIOS } from './elevenlabs-ends.ts';
import { ELEVENLABS_TOOL_SCENARIOS } from './elevenlabs-tools.ts';
import { leaveElevenLabs } from './leave.ts';
import { ELEVENLABS_REASONS, type ElevenLabsScene, type Scenario } from './scene.ts';
import { converse, cutOff, exchange, goOn, twoHours } from './script.ts';

type ElevenLabsScenario = Scenario<ElevenLabsScene>;

const SPOKEN: readonly ElevenLabsScenario[] = [
  {
    name: 'ordinary',
    summary: 'A voice conversation in which nothing special happens',
    weight: 30,
    play: ({ stage }) => {
      converse(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'rich',
    summary: 'Retrieval, tools, an interruption and everything that the export can carry',
    weight: 6,
    play: ({ stage, traits }) => {
      traits.otlp = 'rich';
      converse(stage, 1, 2);
      exchange(stage, { rag: true });
      exchange(stage, { announced: [{ tool: stage.drawTool() }] });
      exchange(stage);
      stage.bargeIn();
      stage.answer({ silently: [[{ tool: stage.drawTool() }]] });
      stage.emptyRow();
      goOn(stage);
      stage.answer();
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'skeleton',
    summary: 'The export of before the summer of 2026: spans without content, usage or metrics',
    weight: 4,
    play: ({ stage, traits }) => {
      traits.otlp = 'skeleton';
      converse(stage);
      exchange(stage, { silently: [[{ tool: stage.drawTool() }]] });
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'text-only',
    summary: 'A typed chat: nothing is heard, so there is no wait',
    weight: 4,
    play: ({ stage, traits }) => {
      traits.textOnly = true;
      delete traits.direction;
      stage.textOnly = true;
      converse(stage);
      exchange(stage, { rag: true });
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'interrupted',
    summary: 'The caller talks into one answer',
    weight: 6,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      stage.bargeIn();
      stage.answer();
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'barge-in',
    summary: 'The caller keeps interrupting, once a single answer twice in a row',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      for (let times = stage.random.int(2, 4); times > 0; times--) {
        stage.bargeIn();
        stage.answer();
      }
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'idle',
    summary: 'The caller falls silent again and again, and is asked whether anybody is there',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      for (let times = stage.random.int(1, 3); times > 0; times--) stage.idle();
      exchange(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'late-prompt',
    summary: 'Nothing answers the caller until the silence makes the agent ask: twelve seconds of waiting',
    weight: 1,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      stage.user();
      stage.idle();
      exchange(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'garbage',
    summary: 'Noises that are taken for speech',
    weight: 3,
    play: ({ stage }) => {
      stage.greet();
      for (let times = stage.random.int(1, 3); times > 0; times--) stage.noise();
      exchange(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'backchannel',
    summary: 'The caller hums while the agent speaks, and the agent goes on',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      for (let times = stage.random.int(1, 3); times > 0; times--) {
        exchange(stage);
        stage.backchannel();
        if (stage.random.chance(0.5)) stage.goOn();
      }
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'cut-off',
    summary: 'The caller goes on before a word of the answer was heard',
    weight: 3,
    play: ({ stage }) => {
      stage.greet();
      for (let times = stage.random.int(1, 2); times > 0; times--) cutOff(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'called',
    summary: 'An outbound call: whoever is called speaks first, and waits for the agent',
    weight: 3,
    play: ({ stage, traits }) => {
      traits.direction = 'outbound';
      exchange(stage);
      exchange(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'unmeasured',
    summary: 'A recording of before the platform told how long anybody waited',
    weight: 2,
    play: ({ stage, traits }) => {
      traits.unpublished = ['felt', 'turnDetection'];
      converse(stage, 1, 4);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'stalled',
    summary: 'An answer that something holds up which nobody measures',
    weight: 1,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      exchange(stage, { stallSeconds: stage.random.between(2, 4) });
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'languages',
    summary: 'Right to left, without spaces, or with joined emoji',
    weight: 3,
    play: ({ stage }) => {
      stage.language = stage.random.pick(UNUSUAL_LANGUAGES);
      converse(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'two-hours',
    summary: 'Two hours and 800 turns',
    weight: 0,
    play: ({ stage }) => {
      twoHours(stage);
      stage.end(ELEVENLABS_REASONS.clientLeft);
    },
  },
];

export const ELEVENLABS_SCENARIOS: readonly ElevenLabsScenario[] = [
  ...SPOKEN,
  ...ELEVENLABS_TOOL_SCENARIOS,
  ...ELEVENLABS_END_SCENARIOS,
];
