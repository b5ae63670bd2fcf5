/** Scenarios of Vapi: what is said and done in them, and how they end. */
import { UNUSUAL_LANGUAGES } from '../phrases.ts';
import type { Stage } from '../stage.ts';
import type { Tool } from '../tools.ts';
import { type Scenario, VAPI_REASONS, type VapiScene } from './scene.ts';
import { converse, deadAir, exchange, goOn, leaveWithTheLastWord, sayGoodbye, twoHours } from './script.ts';
import { VAPI_END_SCENARIOS } from './vapi-ends.ts';

type VapiScenario = Scenario<VapiScene>;

/** Hangs up or is hung up. */
function leaveVapi(stage: Stage): void {
  if (stage.random.chance(0.6)) sayGoodbye(stage);
  else leaveWithTheLastWord(stage);
  stage.pause(0.3, 1);
  const { customerLeft, saidPhrase } = VAPI_REASONS;
  stage.end(stage.random.pick([customerLeft, customerLeft, saidPhrase]));
}

/** Hands over to another assistant of the squad. */
const HANDOFF: Tool = {
  name: 'handoff',
  type: 'system',
  parts: true,
  seconds: 0.02,
  arguments: () => ({ destination: 'billing' }),
  result: () => ({ status: 'success' }),
};

function tools(count: number): VapiScenario['play'] {
  return ({ stage }) => {
    converse(stage, 1, 3);
    const plans = stage.drawTools(count).map((tool) => ({ tool }));
    exchange(stage, stage.random.chance(0.5) ? { announced: plans } : { silently: [plans] });
    exchange(stage);
    leaveVapi(stage);
  };
}

const PLAYED: readonly VapiScenario[] = [
  {
    name: 'ordinary',
    summary: 'A call in which nothing special happens',
    weight: 30,
    play: ({ stage }) => {
      converse(stage);
      leaveVapi(stage);
    },
  },
  { name: 'tool-ok', summary: 'One tool that works', weight: 8, play: tools(1) },
  { name: 'tools-together', summary: 'Several tools called in one row', weight: 3, play: tools(3) },
  {
    name: 'tool-error',
    summary: 'A tool that fails, as far as its answer says so',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      exchange(stage, { silently: [[{ tool: stage.drawTool(), fails: true }]] });
      exchange(stage);
      leaveVapi(stage);
    },
  },
  {
    name: 'two-lookups',
    summary: 'Two rounds of tools before a word of the answer, each asked for by a model',
    weight: 3,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      const lookup = () => [{ tool: stage.drawTool() }];
      exchange(stage, { silently: [lookup(), lookup()] });
      leaveVapi(stage);
    },
  },
  {
    name: 'interrupted',
    summary: 'The caller talks into several answers',
    weight: 6,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      for (let times = stage.random.int(1, 3); times > 0; times--) {
        stage.bargeIn();
        stage.answer();
      }
      leaveVapi(stage);
    },
  },
  {
    name: 'overlapped',
    summary: 'The assistant begins before the caller has finished: of that answer no latency is told',
    weight: 3,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      exchange(stage, { overlapSeconds: stage.random.between(0.05, 0.35) });
      exchange(stage);
      leaveVapi(stage);
    },
  },
  {
    name: 'latencies-missing',
    summary: 'Fewer latencies than answers, and nobody says of which',
    weight: 0,
    play: ({ stage, traits }) => {
      traits.latencies = 'one-missing';
      converse(stage, 3, 5);
      leaveVapi(stage);
    },
  },
  {
    name: 'no-latencies',
    summary: 'No latencies at all: the rows tell how long anybody waited',
    weight: 3,
    play: ({ stage, traits }) => {
      traits.latencies = 'none';
      converse(stage);
      leaveVapi(stage);
    },
  },
  {
    name: 'goes-on',
    summary: 'The caller says two things before the assistant answers',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      goOn(stage);
      stage.answer();
      leaveVapi(stage);
    },
  },
  {
    name: 'idle',
    summary: 'The caller falls silent, and is asked whether anybody is there',
    weight: 3,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      stage.idle();
      exchange(stage);
      leaveVapi(stage);
    },
  },
  {
    name: 'stalled',
    summary: 'An answer that something holds up which nobody measures',
    weight: 2,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      exchange(stage, { stallSeconds: stage.random.between(2, 4) });
      leaveVapi(stage);
    },
  },
  {
    name: 'unanswered',
    summary: 'Dead air: the assistant does not answer, until the caller speaks again or gives up',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      deadAir(stage);
      if (stage.random.chance(0.5)) {
        exchange(stage);
        if (stage.random.chance(0.5)) return leaveVapi(stage);
        deadAir(stage);
      }
      stage.end(VAPI_REASONS.customerLeft);
    },
  },
  {
    name: 'squad',
    summary: 'One assistant hands over to another, and each row says whose it is',
    weight: 3,
    play: ({ stage, traits, colleague }) => {
      traits.squad = true;
      converse(stage, 1, 2);
      stage.user();
      stage.answer({ announced: [{ tool: HANDOFF }] });
      stage.handOver(colleague);
      for (let times = stage.random.int(1, 3); times > 0; times--) exchange(stage);
      leaveVapi(stage);
    },
  },
  {
    name: 'chat',
    summary: 'Typed instead of spoken: nothing is heard, so there is no wait',
    weight: 2,
    play: ({ stage, traits }) => {
      traits.textOnly = true;
      traits.type = 'chat';
      delete traits.carrier;
      traits.costs = 'both';
      stage.textOnly = true;
      converse(stage);
      leaveVapi(stage);
    },
  },
  {
    name: 'languages',
    summary: 'Right to left, without spaces, or with joined emoji',
    weight: 3,
    play: ({ stage }) => {
      stage.language = stage.random.pick(UNUSUAL_LANGUAGES);
      converse(stage);
      leaveVapi(stage);
    },
  },
  {
    name: 'two-hours',
    summary: 'Two hours and 800 turns',
    weight: 0,
    play: ({ stage }) => {
      twoHours(stage);
      stage.end(VAPI_REASONS.customerLeft);
    },
  },
];

export const VAPI_SCENARIOS: readonly VapiScenario[] = [...PLAYED, ...VAPI_END_SCENARIOS];
