/** Calls of Vapi that end, or are kept, in an unusual way. */
import type { Reason } from '../call.ts';
import { SHORT_SILENCE_SECONDS } from '../recording.ts';
import type { Tool } from '../tools.ts';
import { type Scenario, VAPI_REASONS, type VapiScene } from './scene.ts';
import { converse, sayGoodbye } from './script.ts';

type VapiScenario = Scenario<VapiScene>;

function vendorTool(name: string, parameters: Record<string, unknown>): Tool {
  return {
    name,
    type: 'system',
    parts: true,
    seconds: 0.01,
    arguments: () => parameters,
    result: () => ({ status: 'success' }),
  };
}

const END_CALL = vendorTool('endCall', {});
const TRANSFER_CALL = vendorTool('transferCall', { destination: '+442079460000' });

/** Nobody picked up, or nothing could be started. */
function unconnected(name: string, summary: string, reason: Reason): VapiScenario {
  return {
    name,
    summary,
    weight: 2,
    play: (scene) => {
      scene.answers = false;
      scene.traits.type = 'outboundPhoneCall';
      scene.traits.costs = 'none';
      delete scene.traits.verdict;
      delete scene.traits.analysisAfter;
      scene.stage.pause(1, 20);
      scene.stage.end(reason);
    },
  };
}

/** Goes wrong in the middle. */
function broken(name: string, summary: string, reason: Reason): VapiScenario {
  return {
    name,
    summary,
    weight: 1,
    play: ({ stage }) => {
      converse(stage, 1, 4);
      stage.end(reason);
    },
  };
}

export const VAPI_END_SCENARIOS: readonly VapiScenario[] = [
  {
    name: 'agent-hang-up',
    summary: 'The assistant says goodbye, or not, and hangs up',
    weight: 6,
    play: ({ stage }) => {
      converse(stage);
      if (stage.random.chance(0.5)) sayGoodbye(stage);
      else stage.user(stage.random.pick(stage.phrases.userGoodbye), SHORT_SILENCE_SECONDS);
      stage.callTool({ tool: END_CALL });
      stage.end(VAPI_REASONS.assistantLeft);
    },
  },
  {
    name: 'transfer',
    summary: 'Handed over to a person',
    weight: 4,
    play: ({ stage }) => {
      converse(stage, 1, 3);
      stage.user(undefined, SHORT_SILENCE_SECONDS);
      stage.callTool({ tool: TRANSFER_CALL });
      stage.end(VAPI_REASONS.forwarded);
    },
  },
  {
    name: 'voicemail',
    summary: 'An outbound call that a machine answers',
    weight: 3,
    play: ({ stage, traits }) => {
      traits.type = 'outboundPhoneCall';
      stage.user('Please leave a message after the tone.');
      stage.answer({ text: 'Hello, this is the service desk. We will try again tomorrow.' });
      stage.end(VAPI_REASONS.voicemail);
    },
  },
  {
    name: 'no-user',
    summary: 'Nobody ever says a word to the assistant',
    weight: 4,
    play: ({ stage }) => {
      stage.greet();
      if (stage.random.chance(0.5)) stage.idle();
      stage.pause(13, 30);
      stage.end(VAPI_REASONS.silence);
    },
  },
  {
    name: 'time-limit',
    summary: 'Cut off at the longest duration that the assistant allows',
    weight: 2,
    play: ({ stage }) => {
      converse(stage, 3, 8);
      stage.end(VAPI_REASONS.tooLong);
    },
  },
  unconnected('not-answered', 'An outbound call that nobody takes', VAPI_REASONS.notAnswered),
  unconnected('busy', 'An outbound call to somebody who speaks already', VAPI_REASONS.busy),
  unconnected('not-started', 'A call that the account cannot pay for', VAPI_REASONS.notStarted),
  broken('pipeline-error', 'A model that failed, in the words of old', VAPI_REASONS.pipeline),
  broken('provider-fault', "Another provider's failure", VAPI_REASONS.providerFault),
  broken('vapi-fault', "The vendor's own failure", VAPI_REASONS.vapiFault),
  broken('reason-new', 'A reason that nobody has heard of', VAPI_REASONS.unheardOf),
  {
    name: 'zero-retention',
    summary: 'Nothing that was said is kept; cost and latencies are',
    weight: 0,
    play: ({ stage, traits }) => {
      traits.zeroRetention = true;
      traits.latencies = 'all';
      delete traits.analysisAfter;
      delete traits.verdict;
      traits.publishesLanguage = false;
      converse(stage);
      stage.end(VAPI_REASONS.customerLeft);
    },
  },
  {
    name: 'deleted',
    summary: 'Deleted by the customer as soon as it is over',
    weight: 0,
    play: (scene) => {
      scene.fate = 'gone';
      converse(scene.stage);
      scene.stage.end(VAPI_REASONS.customerLeft);
    },
  },
];
