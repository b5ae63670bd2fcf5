/** Scenarios of ElevenLabs: first what is said and done, then how conversations end. */
import { UNUSUAL_LANGUAGES } from '../phrases.ts';
import { TRANSFER_TO_NUMBER, transferTool } from '../tools.ts';
import { ELEVENLABS_END_SCENARIOS } from './elevenlabs-ends.ts';
import { leaveElevenLabs } from './leave.ts';
import { ELEVENLABS_REASONS, type ElevenLabsScene, type Scenario } from './scene.ts';
import { converse, exchange, goOn, twoHours } from './script.ts';

type ElevenLabsScenario = Scenario<ElevenLabsScene>;

function tools(count: number, more: { fails?: boolean; deferred?: boolean; filler?: boolean }) {
  return ({ stage }: ElevenLabsScene): void => {
    converse(stage, 1, 3);
    const plans = stage.drawTools(count).map((tool) => ({ tool, ...more }));
    exchange(stage, { tools: plans, filler: more.filler ?? stage.random.chance(0.5) });
    exchange(stage);
    leaveElevenLabs(stage);
  };
}

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
      exchange(stage, { tools: [{ tool: stage.drawTool() }], filler: true });
      exchange(stage);
      stage.bargeIn();
      stage.answer({ tools: [{ tool: stage.drawTool() }] });
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
      exchange(stage, { tools: [{ tool: stage.drawTool() }] });
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
  { name: 'tool-ok', summary: 'One tool that works', weight: 8, play: tools(1, {}) },
  { name: 'tool-error', summary: 'One tool that fails', weight: 4, play: tools(1, { fails: true }) },
  {
    name: 'tool-async',
    summary: 'A tool whose result comes rows after its call',
    weight: 2,
    play: tools(1, { deferred: true, filler: true }),
  },
  { name: 'tools-together', summary: 'Several tools called in one row', weight: 3, play: tools(3, {}) },
  {
    name: 'rag',
    summary: 'Answers from a knowledge base',
    weight: 6,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      for (let times = stage.random.int(1, 3); times > 0; times--) exchange(stage, { rag: true });
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'transfer',
    summary: 'Handed over to another agent, which goes on and may hand over to a person',
    weight: 4,
    play: ({ stage, colleague }) => {
      converse(stage, 1, 3);
      stage.user();
      const from = stage.agents[0]?.id ?? '';
      stage.answer({ tools: [{ tool: transferTool(from, colleague.id) }], filler: true });
      stage.handOver(colleague);
      for (let times = stage.random.int(1, 3); times > 0; times--) exchange(stage);
      if (stage.random.chance(0.5)) return leaveElevenLabs(stage);
      stage.callTool({ tool: TRANSFER_TO_NUMBER });
      stage.end(ELEVENLABS_REASONS.transferred);
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

export const ELEVENLABS_SCENARIOS: readonly ElevenLabsScenario[] = [...SPOKEN, ...ELEVENLABS_END_SCENARIOS];
