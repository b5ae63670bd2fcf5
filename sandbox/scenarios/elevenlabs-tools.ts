/** Conversations in which something is looked up, done or handed over. */
import { TRANSFER_TO_NUMBER, transferTool } from '../tools.ts';
import { slowTool, transition } from '../workflow.ts';
import { leaveElevenLabs } from './leave.ts';
import { ELEVENLABS_REASONS, type ElevenLabsScene, type Scenario } from './scene.ts';
import { converse, exchange } from './script.ts';

function tools(count: number, deferred = false) {
  return ({ stage }: ElevenLabsScene): void => {
    converse(stage, 1, 3);
    const plans = stage.drawTools(count).map((tool) => ({ tool, deferred }));
    exchange(stage, deferred || stage.random.chance(0.5) ? { announced: plans } : { silently: [plans] });
    exchange(stage);
    leaveElevenLabs(stage);
  };
}

export const ELEVENLABS_TOOL_SCENARIOS: readonly Scenario<ElevenLabsScene>[] = [
  { name: 'tool-ok', summary: 'One tool that works', weight: 8, play: tools(1) },
  {
    name: 'tool-error',
    summary: 'One tool that fails, and a caller who has to be asked whether anybody is there',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      exchange(stage, { silently: [[{ tool: stage.drawTool(), fails: true }]] });
      stage.idle();
      exchange(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'tool-async',
    summary: 'A tool whose result comes rows after its call',
    weight: 2,
    play: tools(1, true),
  },
  { name: 'tools-together', summary: 'Several tools called in one row', weight: 3, play: tools(3) },
  {
    name: 'workflow',
    summary: 'Three transitions of a workflow and a slow tool before a word of the answer',
    weight: 5,
    play: ({ stage }) => {
      stage.node = 'node_root';
      converse(stage, 1, 2);
      stage.user();
      const last = transition(2, [
        slowTool(stage.random.between(2, 5)),
        { tool: stage.drawTool(), fails: true },
      ]);
      stage.answer({ silently: [[transition(0)], [transition(1)], [last]] });
      stage.backchannel();
      exchange(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'impatient',
    summary: 'The caller goes on while a tool works without a word',
    weight: 2,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      stage.user(undefined, 1.5);
      stage.goOnMeanwhile(slowTool(stage.random.between(1, 4)));
      exchange(stage);
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'refused-tools',
    summary: 'A tool that a policy blocks, and one whose parameters are invalid: neither is called',
    weight: 2,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      const refused = (['blocked', 'invalid'] as const).map((how) => [
        { tool: stage.drawTool(), refused: how },
      ]);
      exchange(stage, { silently: refused });
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'rag',
    summary: 'Answers from a knowledge base, the last of them at the end of a workflow',
    weight: 6,
    play: ({ stage }) => {
      stage.node = 'node_root';
      converse(stage, 1, 1);
      exchange(stage, { rag: true });
      stage.backchannel();
      const working = transition(2, [slowTool(stage.random.between(1.5, 4))]);
      exchange(stage, { silently: [[transition(0)], [working]], rag: true });
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
      const transfer = { tool: transferTool(from, colleague.id) };
      if (stage.random.chance(0.5)) {
        stage.answer({ announced: [transfer] });
        stage.handOver(colleague);
      } else
        stage.answer({
          silently: [[transfer]],
          by: colleague,
          text: stage.random.pick(stage.phrases.greeting),
        });
      for (let times = stage.random.int(1, 3); times > 0; times--) exchange(stage);
      if (stage.random.chance(0.5)) return leaveElevenLabs(stage);
      stage.callTool({ tool: TRANSFER_TO_NUMBER });
      stage.end(ELEVENLABS_REASONS.transferred);
    },
  },
];
