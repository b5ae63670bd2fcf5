/** Conversations that end, or are kept, in an unusual way. */
import { SHORT_SILENCE_SECONDS } from '../recording.ts';
import { MICROS_PER_SECOND } from '../time.ts';
import { END_CALL, VOICEMAIL_DETECTION } from '../tools.ts';
import { ELEVENLABS_BROKEN_SCENARIOS } from './elevenlabs-broken.ts';
import { leaveElevenLabs } from './leave.ts';
import {
  ELEVENLABS_REASONS,
  type ElevenLabsScene,
  type Scenario,
  silenceTimeout,
  timeLimit,
} from './scene.ts';
import { converse, deadAir, exchange, sayGoodbye } from './script.ts';

type ElevenLabsScenario = Scenario<ElevenLabsScene>;

export const ELEVENLABS_END_SCENARIOS: readonly ElevenLabsScenario[] = [
  {
    name: 'no-user',
    summary: 'Nobody ever says a word to the agent',
    weight: 4,
    play: ({ stage }) => {
      stage.greet();
      if (stage.random.chance(0.5)) stage.idle();
      stage.pause(13, 30);
      stage.end(stage.random.pick([silenceTimeout(20), ELEVENLABS_REASONS.clientAway]));
    },
  },
  {
    name: 'unanswered',
    summary: 'Dead air: the agent does not answer, until the caller speaks again or gives up',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      deadAir(stage);
      if (stage.random.chance(0.5)) {
        exchange(stage);
        if (stage.random.chance(0.5)) return leaveElevenLabs(stage);
        deadAir(stage);
      }
      stage.end(ELEVENLABS_REASONS.hungUp);
    },
  },
  {
    name: 'time-limit',
    summary: 'Cut off at the longest duration that the agent allows',
    weight: 2,
    play: ({ stage }) => {
      converse(stage, 3, 8);
      stage.end(timeLimit(Math.ceil((stage.now - stage.start) / MICROS_PER_SECOND)));
    },
  },
  {
    name: 'agent-hang-up',
    summary: 'The agent says goodbye and hangs up, which the vendor marks as an error',
    weight: 12,
    play: ({ stage }) => {
      converse(stage);
      if (stage.random.chance(0.5)) {
        sayGoodbye(stage);
        stage.callTool({ tool: END_CALL });
      } else {
        // The answer to a goodbye may be the end of the call, and may take its time.
        stage.user(stage.random.pick(stage.phrases.userGoodbye), SHORT_SILENCE_SECONDS);
        stage.callTool({ tool: END_CALL }, stage.random.pick([0, 9]));
      }
      stage.end(ELEVENLABS_REASONS.agentEnded);
    },
  },
  {
    name: 'voicemail',
    summary: 'An outbound call that a machine answers',
    weight: 3,
    play: ({ stage, traits }) => {
      traits.direction = 'outbound';
      stage.user('Please leave a message after the tone.');
      if (stage.random.chance(0.6)) {
        stage.answer({ text: 'Hello, this is the service desk. We will try again tomorrow.' });
      }
      stage.callTool({ tool: VOICEMAIL_DETECTION });
      stage.end(ELEVENLABS_REASONS.voicemail);
    },
  },
  {
    name: 'silence-timeout',
    summary: 'The caller falls silent, the agent asks, and the vendor ends the call',
    weight: 3,
    play: ({ stage }) => {
      converse(stage, 1, 4);
      stage.idle();
      if (stage.random.chance(0.5)) stage.idle();
      stage.pause(13, 20);
      stage.end(silenceTimeout(stage.random.pick([20, 40])));
    },
  },
  {
    name: 'no-otlp',
    summary: 'A transcript, but no trace',
    weight: 4,
    play: ({ stage, traits }) => {
      traits.otlp = stage.random.pick(['null', 'absent', 'empty']);
      converse(stage);
      exchange(stage, { silently: [[{ tool: stage.drawTool(), fails: stage.random.chance(0.3) }]] });
      leaveElevenLabs(stage);
    },
  },
  {
    name: 'zero-retention',
    summary: 'Nothing may be kept: the transcript is blank and there is no trace',
    weight: 1,
    play: (scene) => {
      scene.traits.zeroRetention = true;
      scene.traits.otlp = 'null';
      scene.fate = 'empty';
      converse(scene.stage);
      leaveElevenLabs(scene.stage);
    },
  },
  {
    name: 'deleted',
    summary: 'Listed, but deleted by the customer before it can be fetched',
    weight: 0,
    play: (scene) => {
      scene.fate = 'gone';
      converse(scene.stage);
      leaveElevenLabs(scene.stage);
    },
  },
  ...ELEVENLABS_BROKEN_SCENARIOS,
];
