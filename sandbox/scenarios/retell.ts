import { UNUSUAL_LANGUAGES } from '../phrases.ts';
import { micros } from '../time.ts';
import { END_CALL } from '../tools.ts';
import { type RetellScene, retellReason, type Scenario } from './scene.ts';
import { converse, deadAir, exchange, goOn, leaveWithTheLastWord, sayGoodbye, twoHours } from './script.ts';

type RetellScenario = Scenario<RetellScene>;

/** The caller hangs up, or the agent does after a goodbye. */
function leave({ stage }: RetellScene): void {
  if (stage.random.chance(0.6)) sayGoodbye(stage);
  else leaveWithTheLastWord(stage);
  stage.pause(0.3, 1);
  stage.end(retellReason('user_hangup'));
}

function tools(count: number, more: { fails?: boolean; announced?: boolean } = {}): RetellScenario['play'] {
  return (scene) => {
    converse(scene.stage, 1, 3);
    const plans = scene.stage.drawTools(count).map((tool) => ({ tool, fails: more.fails === true }));
    exchange(scene.stage, more.announced === true ? { announced: plans } : { silently: [plans] });
    exchange(scene.stage);
    leave(scene);
  };
}

/** Nobody is ever connected, so there are no times. */
function neverConnects(reason: string, status: 'not_connected' | 'error'): RetellScenario['play'] {
  return ({ stage, traits }) => {
    Object.assign(traits, { connected: false, status, latency: 'none', transitions: [], cents: 0 });
    Object.assign(traits, { type: 'phone_call', direction: 'outbound', successful: false });
    stage.pause(5, 40);
    stage.end(retellReason(reason));
  };
}

export const RETELL_SCENARIOS: readonly RetellScenario[] = [
  {
    name: 'ordinary',
    summary: 'A call in which nothing special happens',
    weight: 30,
    play: (scene) => {
      converse(scene.stage);
      leave(scene);
    },
  },
  {
    name: 'barge-in',
    summary: 'The caller talks into several answers; nothing but the words’ times tells',
    weight: 5,
    play: (scene) => {
      converse(scene.stage, 1, 2);
      for (let times = scene.stage.random.int(1, 3); times > 0; times--) {
        scene.stage.bargeIn();
        scene.stage.answer();
      }
      leave(scene);
    },
  },
  {
    name: 'overlapped',
    summary: 'The agent begins before the caller has finished: of that wait nothing is measured',
    weight: 4,
    play: (scene) => {
      converse(scene.stage, 1, 3);
      exchange(scene.stage, { overlapSeconds: scene.stage.random.between(0.05, 0.35) });
      exchange(scene.stage);
      leave(scene);
    },
  },
  {
    name: 'goes-on',
    summary: 'The caller says two things before the agent answers: more was heard than answered',
    weight: 4,
    play: (scene) => {
      converse(scene.stage, 1, 2);
      goOn(scene.stage);
      scene.stage.answer();
      leave(scene);
    },
  },
  { name: 'tool-ok', summary: 'One tool, while the caller waits', weight: 8, play: tools(1) },
  { name: 'tool-error', summary: 'A tool that fails', weight: 4, play: tools(1, { fails: true }) },
  { name: 'tools-together', summary: 'Several tools called at once', weight: 3, play: tools(3) },
  {
    name: 'tool-announced',
    summary: 'The agent says that it will look, and looks: the model is asked more often than anybody waits',
    weight: 4,
    play: tools(1, { announced: true }),
  },
  {
    name: 'knowledge',
    summary: 'One answer is looked up in documents',
    weight: 3,
    play: (scene) => {
      scene.stage.greet();
      if (scene.stage.random.chance(0.5)) exchange(scene.stage);
      exchange(scene.stage, { rag: true });
      leaveWithTheLastWord(scene.stage);
      scene.stage.end(retellReason('user_hangup'));
    },
  },
  {
    name: 'measured-more',
    summary: 'One wait was measured of which the transcript knows nothing',
    weight: 3,
    play: (scene) => {
      scene.traits.latency = 'extra';
      converse(scene.stage);
      leave(scene);
    },
  },
  {
    name: 'transfer',
    summary: 'The call is handed to a colleague, who speaks in the transcript',
    weight: 3,
    play: ({ stage, traits }) => {
      converse(stage, 1, 2);
      exchange(stage, { text: 'I am putting you through.' });
      stage.pause(2, 5);
      traits.handedOverAt = stage.now;
      stage.pause(3, 20);
      stage.end(retellReason('call_transfer'));
    },
  },
  {
    name: 'voicemail',
    summary: 'An outbound call that a machine answers',
    weight: 3,
    play: ({ stage, traits }) => {
      Object.assign(traits, { type: 'phone_call', direction: 'outbound' });
      stage.user('Please leave a message after the tone.');
      if (stage.random.chance(0.6)) stage.answer({ text: 'Hello, we will try again tomorrow.' });
      stage.end(retellReason('voicemail_reached'));
    },
  },
  {
    name: 'no-answer',
    summary: 'Never connected: no times, no words, and no filter by time that finds it',
    weight: 4,
    play: neverConnects('dial_no_answer', 'not_connected'),
  },
  {
    name: 'busy-line',
    summary: 'Never connected, and the provider of the line is to blame',
    weight: 2,
    play: neverConnects('telephony_provider_unavailable', 'not_connected'),
  },
  {
    name: 'nobody-joined',
    summary: 'An error before anybody was there, without times',
    weight: 2,
    play: neverConnects('error_user_not_joined', 'error'),
  },
  {
    name: 'lost-model',
    summary: 'The connection to the model breaks in mid-call',
    weight: 3,
    play: ({ stage, traits }) => {
      traits.status = 'error';
      converse(stage, 1, 2);
      stage.user();
      stage.pause(0.5, 2);
      stage.end(retellReason('error_llm_websocket_lost_connection'));
    },
  },
  {
    name: 'no-user',
    summary: 'The agent speaks, and nobody answers',
    weight: 3,
    play: ({ stage }) => {
      stage.greet();
      stage.pause(13, 60);
      stage.end(retellReason('inactivity'));
    },
  },
  {
    name: 'unanswered',
    summary: 'Dead air: the agent does not answer, until the caller speaks again or gives up',
    weight: 4,
    play: (scene) => {
      const { stage } = scene;
      converse(stage, 1, 3);
      deadAir(stage);
      if (stage.random.chance(0.5)) {
        exchange(stage);
        if (stage.random.chance(0.5)) return leave(scene);
        deadAir(stage);
      }
      stage.end(retellReason('user_hangup'));
    },
  },
  {
    name: 'agent-hangs-up',
    summary: 'The answer to a goodbye is the end of the call',
    weight: 6,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      stage.user(stage.random.pick(stage.phrases.userGoodbye), 3);
      if (stage.random.chance(0.5)) stage.callTool({ tool: END_CALL });
      else stage.pause(13, 20);
      stage.end(retellReason('agent_hangup'));
    },
  },
  {
    name: 'time-limit',
    summary: 'Cut off at the longest duration that the agent allows',
    weight: 3,
    play: ({ stage }) => {
      converse(stage, 3, 8);
      stage.end(retellReason('max_duration_reached'));
    },
  },
  {
    name: 'new-reason',
    summary: 'It ended for a reason that nobody has heard of',
    weight: 1,
    play: ({ stage }) => {
      converse(stage, 1, 2);
      stage.end({ raw: 'mercury_in_retrograde', known: 'other' });
    },
  },
  {
    name: 'nothing-kept',
    summary: 'The agent keeps basic attributes only: no words, but what was measured',
    weight: 3,
    play: (scene) => {
      scene.traits.storage = 'basic_attributes_only';
      converse(scene.stage);
      leave(scene);
    },
  },
  {
    name: 'scrubbed',
    summary: 'The agent keeps no private data: the transcript is the scrubbed one',
    weight: 3,
    play: (scene) => {
      scene.traits.storage = 'everything_except_pii';
      converse(scene.stage);
      leave(scene);
    },
  },
  {
    name: 'chat',
    summary: 'Typed: rows without words that have times',
    weight: 2,
    play: (scene) => {
      const { direction: _, ...traits } = scene.traits;
      Object.assign(traits, { type: 'chat', wordsTimed: false, toolsTimed: false, latency: 'none' });
      Object.assign(scene.traits, traits, { unspoken: false, transitions: [], direction: undefined });
      scene.stage.textOnly = true;
      converse(scene.stage, 1, 3);
      scene.stage.end(retellReason('user_hangup'));
    },
  },
  {
    name: 'languages',
    summary: 'Right to left, without spaces, or with joined emoji',
    weight: 3,
    play: (scene) => {
      scene.stage.language = scene.stage.random.pick(UNUSUAL_LANGUAGES);
      converse(scene.stage);
      leave(scene);
    },
  },
  {
    name: 'graph',
    summary: 'The agent walks from one node of its graph to the next',
    weight: 3,
    play: (scene) => {
      const { stage, traits } = scene;
      converse(stage, 1, 2);
      traits.transitions = [stage.start + micros(0.1), stage.now];
      exchange(stage);
      leave(scene);
    },
  },
  {
    name: 'two-hours',
    summary: 'Two hours and 800 turns',
    weight: 0,
    play: ({ stage }) => {
      twoHours(stage);
      stage.end(retellReason('user_hangup'));
    },
  },
  {
    name: 'deleted',
    summary: 'Listed, but deleted by the customer before it can be fetched',
    weight: 0,
    play: (scene) => {
      scene.fate = 'gone';
      converse(scene.stage);
      leave(scene);
    },
  },
];
