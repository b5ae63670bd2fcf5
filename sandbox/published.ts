/**
 * The examples that the vendors publish themselves, served word for word. They were written to explain, not
 * recorded: some contradict themselves, and all of them are read by everybody who builds on these APIs.
 */
import type { Provider } from './call.ts';
import type { Json } from './fields.ts';
import elevenLabsGet from './published/elevenlabs-get.json' with { type: 'json' };
import elevenLabsLayout from './published/elevenlabs-layout.json' with { type: 'json' };
import elevenLabsWebhook from './published/elevenlabs-webhook.json' with { type: 'json' };
import tavusVerbose from './published/tavus-verbose.json' with { type: 'json' };
import tavusWebhooks from './published/tavus-webhooks.json' with { type: 'json' };
import type { Truth } from './truth/truth.ts';

/** A conversation whose payload is data, not simulated. Its truth was written by hand. */
export interface PublishedCall {
  readonly provider: Provider;
  /** What the example is called here. */
  readonly name: string;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly startAt: number;
  readonly row: Json;
  /** Answers the conversation's URL; for Tavus with `verbose=true`. */
  readonly body: Json;
  readonly truth: Truth;
}

const NOTHING_SAID = {
  waits: [],
  unmeasuredWaits: 0,
  userTurns: { unanswered: 0, overlapped: 0, interrupted: 0, answered: 0 },
  uncountedUserTurns: 0,
  silentUserTurns: 0,
  backchannels: 0,
  silences: [],
  interruptions: 0,
  tools: [],
  evaluations: {},
  tokens: {},
  textOnly: false,
  events: [],
} satisfies Partial<Truth>;

function elevenLabs(
  name: string,
  body: Json,
  id: string,
  startAt: number,
  truth: Partial<Truth>,
): PublishedCall {
  const agent = String(body.agent_id);
  const row = {
    agent_id: agent,
    conversation_id: id,
    start_time_unix_secs: startAt / 1000,
    call_duration_secs: truth.durationSeconds ?? 0,
    message_count: truth.exchanges ?? 0,
    status: 'done',
    call_successful: 'success',
  };
  const common = {
    provider: 'elevenlabs',
    id,
    scenario: name,
    fate: 'exported',
    agent: { id: agent },
    exchanges: 0,
  } as const;
  return {
    provider: 'elevenlabs',
    name,
    id,
    startAt,
    row,
    body,
    truth: { ...NOTHING_SAID, ...common, ...truth },
  };
}

function tavus(
  name: string,
  body: Json,
  startAt: string,
  truth: Partial<Truth> & Pick<Truth, 'agent'>,
): PublishedCall {
  const { events: _, ...row } = body;
  const id = String(body.conversation_id);
  const common = { provider: 'tavus', id, scenario: name, fate: 'exported', exchanges: 0 } as const;
  const told = { ...NOTHING_SAID, ...common, ...truth };
  return { provider: 'tavus', name, id, startAt: Date.parse(startAt), row, body, truth: told };
}

/** Every published example that is a conversation, by the names of their data files. */
export function publishedCalls(): PublishedCall[] {
  return [
    // The documentation's answer to "opentelemetry": done, and nothing in it.
    elevenLabs('elevenlabs-get', elevenLabsGet, elevenLabsGet.conversation_id, 1_700_000_000_000, {
      fate: 'empty',
    }),
    // Its layout of a trace: one span of the agent's without a root, with ids that are descriptions of ids. The
    // example has the conversation of the one before; here it needs one of its own.
    elevenLabs(
      'elevenlabs-layout',
      {
        ...elevenLabsGet,
        conversation_id: 'conv_9001k1zph3fkeh5s8xg9z90swaqb',
        otlp_traces: elevenLabsLayout,
      },
      'conv_9001k1zph3fkeh5s8xg9z90swaqb',
      1_700_000_000_000,
      { outcome: 'no_user', exchanges: 1 },
    ),
    // The conversation inside its webhook: the agent speaks twice, metrics in the shape of before the wrapper.
    elevenLabs(
      'elevenlabs-webhook',
      elevenLabsWebhook.data,
      elevenLabsWebhook.data.conversation_id,
      1_739_537_297_000,
      {
        outcome: 'no_user',
        durationSeconds: 22,
        exchanges: 1,
        evaluations: { call_successful: 'success' },
      },
    ),
    // The stamps of the transcript are 23 days after the conversation; the user's last words are a timeout's.
    tavus('tavus-verbose', tavusVerbose, tavusVerbose.created_at, {
      agent: { id: 'persona_xyz' },
      outcome: 'completed',
      endReason: 'participant_left_timeout',
      durationSeconds: 72,
      joinSeconds: 4,
      exchanges: 2,
      uncountedUserTurns: 1,
    }),
    webhooks(),
  ];
}

/** The events of the webhook documentation as one log. Only id, status and creation are not in the examples. */
function webhooks(): PublishedCall {
  const log = tavusWebhooks;
  const body = {
    conversation_id: 'c123456',
    status: 'ended',
    replica_id: '<replica_id>',
    created_at: '2025-07-11T06:45:44.000000Z',
    events: [
      log['system.replica_joined'],
      log['system.shutdown'],
      log['application.transcription_ready'],
      log['application.perception_analysis'],
    ],
  };
  return tavus('tavus-webhooks', body, body.created_at, {
    agent: { id: '<replica_id>' },
    outcome: 'completed',
    endReason: 'participant_left_timeout',
    durationSeconds: 173.564961,
    joinSeconds: 3.472,
    exchanges: 5,
    unmeasuredWaits: 5,
    userTurns: { unanswered: 0, overlapped: 0, interrupted: 0, answered: 5 },
    events: [{ type: 'application.perception_analysis', at: 1_752_216_697_591_677 }],
  });
}
