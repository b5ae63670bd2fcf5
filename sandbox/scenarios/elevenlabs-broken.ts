/** Conversations that somebody or something broke off: how the vendor words it, and what it calls an error. */
import { SHORT_SILENCE_SECONDS } from '../recording.ts';
import { transition } from '../workflow.ts';
import { ELEVENLABS_REASONS, type ElevenLabsScene, type Scenario } from './scene.ts';
import { converse } from './script.ts';

type ElevenLabsScenario = Scenario<ElevenLabsScene>;

export const ELEVENLABS_BROKEN_SCENARIOS: readonly ElevenLabsScenario[] = [
  {
    name: 'failed-start',
    summary: 'Failed before anything was said',
    weight: 2,
    play: ({ stage, traits }) => {
      traits.status = 'failed';
      traits.otlp = stage.random.pick(['null', 'absent', 'empty', 'rich']);
      traits.error = { code: 1011, reason: 'Unexpected server error.' };
      stage.pause(0, 4);
      stage.end(ELEVENLABS_REASONS.serverFailed);
    },
  },
  {
    name: 'failed-mid-call',
    summary: 'The model fails in the middle of the conversation',
    weight: 3,
    play: ({ stage, traits }) => {
      traits.status = 'failed';
      traits.error = { code: 1008, reason: 'custom_llm generation failed' };
      converse(stage, 1, 4);
      stage.end(ELEVENLABS_REASONS.modelFailed);
    },
  },
  {
    name: 'failed-in-workflow',
    summary: 'The server fails after a transition of the workflow, and the caller hears nothing any more',
    weight: 1,
    play: ({ stage, traits }) => {
      traits.status = 'failed';
      traits.error = { code: 1011, reason: 'Unexpected server error.' };
      converse(stage, 1, 3);
      stage.user(undefined, SHORT_SILENCE_SECONDS);
      stage.callTool(transition(0));
      stage.silence(stage.random.between(13, 20));
      stage.end(ELEVENLABS_REASONS.serverFailed);
    },
  },
  {
    name: 'missing-variables',
    summary: 'Never started: the application did not pass what the first message needs',
    weight: 1,
    play: ({ stage, traits }) => {
      const { raw } = ELEVENLABS_REASONS.missingVariables;
      traits.status = 'failed';
      traits.otlp = stage.random.pick(['null', 'empty', 'rich']);
      traits.error = { code: 1008, reason: raw };
      stage.end(ELEVENLABS_REASONS.missingVariables);
    },
  },
  {
    name: 'quota',
    summary: 'The account ran dry in the middle of a call, which the vendor calls done',
    weight: 1,
    play: ({ stage, traits }) => {
      traits.error = { code: 1002, reason: ELEVENLABS_REASONS.quota.raw };
      converse(stage, 1, 3);
      stage.end(ELEVENLABS_REASONS.quota);
    },
  },
  {
    name: 'guardrail',
    summary: 'A policy stops the conversation',
    weight: 1,
    play: ({ stage, traits }) => {
      traits.status = 'failed';
      converse(stage, 1, 3);
      stage.end(ELEVENLABS_REASONS.guardrail);
    },
  },
  {
    name: 'connection-lost',
    summary: 'The connection breaks while the agent speaks',
    weight: 3,
    play: ({ stage }) => {
      const { connectionLost, connectionBroken } = ELEVENLABS_REASONS;
      converse(stage, 1, 4);
      stage.end(stage.random.pick([connectionLost, connectionBroken]));
    },
  },
];
