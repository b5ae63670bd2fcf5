import { describe, expect, it } from 'vitest';
import { vendor } from '../../../src/vendors/retell/vendor.ts';
import { settings } from '../../trace/settings.ts';
import {
  agent,
  call,
  ID,
  kind,
  result,
  STARTED,
  said,
  talk,
  trace,
  translate,
  user,
} from './retell-payload.ts';

const NANOS = 1_000_000n;
const ROWS = [agent('Hello.', 0.5, 2), user('It is me.', 3, 4), agent('Yes?', 5, 6)];

function root(more: Record<string, unknown>, rows: readonly unknown[] = ROWS) {
  const { attributes, status } = trace(talk(rows, {}, more)).root;
  return { outcome: attributes['callspan.outcome'], reason: attributes['callspan.end_reason'], status };
}

describe('how a call ended', () => {
  it.each([
    ['user_hangup', 'completed', 0],
    ['agent_hangup', 'completed', 0],
    ['max_duration_reached', 'time_limit', 0],
    ['dial_no_answer', 'completed', 0],
    ['error_llm_websocket_open', 'failed', 2],
    ['telephony_provider_unavailable', 'failed', 2],
    ['sip_routing_error', 'failed', 2],
    ['no_valid_payment', 'failed', 2],
    ['concurrency_limit_reached', 'failed', 2],
    ['registered_call_timeout', 'failed', 2],
  ])('%s', (reason, outcome, status) => {
    expect(root({ disconnection_reason: reason })).toEqual({ outcome, reason, status });
  });

  it('a reason that nobody has heard of is other, and its words stay in; of a known family it is an error', () => {
    expect(root({ disconnection_reason: 'out of luck' })).toEqual({
      ...{ outcome: 'unknown', reason: 'other', status: 0 },
    });
    expect(root({ disconnection_reason: 'error_new' })).toMatchObject({ outcome: 'failed', reason: 'other' });
    const plain = JSON.stringify(
      trace(talk(ROWS, {}, { disconnection_reason: 'out of luck' })).root.attributes,
    );
    expect(plain).not.toContain('out of luck');
  });

  it('the vendor’s own word that it was an error is enough', () => {
    expect(root({ call_status: 'error', disconnection_reason: null })).toMatchObject({
      outcome: 'failed',
      status: 2,
    });
  });

  it('an empty transcript says that nobody spoke, none says nothing', () => {
    expect(root({}, [])).toMatchObject({ outcome: 'no_user' });
    expect(root({ transcript_with_tool_calls: undefined })).toMatchObject({ outcome: 'completed' });
  });
});

describe('a call that never connected', () => {
  const payload = {
    call_id: ID,
    call_status: 'not_connected',
    duration_ms: 0,
    disconnection_reason: 'dial_busy',
  };
  const analysis = { call_analysis: { call_summary: '', call_successful: false, custom_analysis_data: {} } };

  it('stands where it was first heard of, has no length, and says that this is a guess', () => {
    const seen = BigInt(STARTED) * NANOS;
    const { conversation } = translate({ ...payload, ...analysis }, {}, seen);
    expect(conversation).toMatchObject({ start: seen, end: seen, timing: 'estimated', outcome: 'no_user' });
    expect(conversation.duration).toBeUndefined();
    expect(conversation.evaluations).toEqual([]);
  });

  it('stands where its webhook was sent, if nothing else is known', () => {
    const body = { event: 'call_analyzed', event_timestamp: STARTED, call: { ...payload, ...analysis } };
    expect(translate(body).conversation.start).toBe(BigInt(STARTED) * NANOS);
  });

  it('is the same however often it is fetched', () => {
    const twice = [1, 2].map(() => JSON.stringify(trace({ ...payload, ...analysis }).spans, toText));
    expect(twice[0]).toBe(twice[1]);
  });
});

function toText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}

describe('when a call is exported', () => {
  const read = (changes: Record<string, unknown>, now: number, seenAt?: number) =>
    vendor.read(talk(ROWS, {}, changes), {
      ...{ settings: settings({}), settle: 300_000, now },
      ...(seenAt === undefined ? {} : { seenAt }),
    });
  const END = STARTED + 60_000;

  it.each(['registered', 'ongoing', 'new'])('not while it is %s', (call_status) => {
    expect(read({ call_status, end_timestamp: undefined }, END).kind).toBe('pending');
  });

  it('as soon as its analysis is there', () => {
    expect(read({}, END).kind).toBe('ready');
  });

  it('without one when that has been waited for, and not before', () => {
    expect(read({ call_analysis: null }, END + 299_999)).toMatchObject({
      kind: 'pending',
      notBefore: END + 302_000,
    });
    expect(read({ call_analysis: null }, END + 300_000).kind).toBe('ready');
  });

  it('one without an end counts from when it was heard of', () => {
    const untimed = { call_status: 'not_connected', call_analysis: null, end_timestamp: undefined };
    expect(read(untimed, END + 299_999, END).kind).toBe('pending');
    expect(read(untimed, END + 300_000, END).kind).toBe('ready');
    expect(read(untimed, END).kind).toBe('ready');
  });
});

describe('who spoke when', () => {
  const seconds = (made: ReturnType<typeof trace>, name: string) =>
    made.all(name).map(({ start, end }) => [start, end].map((at) => Number(at - made.root.start) / 1e9));

  it('is from the first word to the last, whole or as text', () => {
    const texts = { role: 'agent', content: 'Yes.', words: [{ start: '5', end: '5.25' }, { end: '6' }] };
    const made = trace(talk([agent('Hi.', 0, 0.5), user('Me.', 3, 4), texts]));
    expect(seconds(made, '.agent_response')).toEqual([
      [0, 0.5],
      [5, 6],
    ]);
  });

  it('the user who begins before the agent has ended interrupts it; whom the list has before it does not', () => {
    const made = trace(talk([agent('Hello, we are open', 0, 5), user('Stop.', 4, 6), agent('Yes?', 5.9, 7)]));
    const flags = (one: typeof made) =>
      one.all('.agent_response').map(({ attributes }) => attributes['turn.was_interrupted']);
    expect(flags(made)).toEqual([true, false]);
    expect(flags(trace(talk([user('Well, yes.', 4.2, 6), agent('Yes?', 4, 7)])))).toEqual([false]);
  });

  it('a graph that goes back because it was interrupted says so too', () => {
    const step = { role: 'node_transition', transition_type: 'interrupt_go_back' };
    const made = trace(talk([agent('Hello.', 0, 2), step, user('What?', 3, 4)]));
    expect(made.root.attributes['callspan.interruptions']).toBe(1);
  });

  it('nobody answers a user for so long, unless the agent hung up on them or handed them over', () => {
    const rows = [agent('Hello.', 0, 2), user('Is anybody there?', 3, 4)];
    const silence = (reason: string) =>
      trace(talk(rows, {}, { disconnection_reason: reason })).root.attributes['callspan.silence.max_seconds'];
    expect(silence('user_hangup')).toBe(56);
    expect(silence('agent_hangup')).toBeUndefined();
    expect(silence('call_transfer')).toBeUndefined();
  });

  it('whom the call was handed to is no turn, and answers', () => {
    const rows = [
      user('A person, please.', 3, 4),
      said('transfer_target', 'Grace.', 20, 21),
      user('Hi.', 22, 23),
    ];
    const made = trace(talk(rows, {}, { disconnection_reason: 'call_transfer' }));
    expect(made.all('.agent_response')).toEqual([]);
    expect(made.all('.user_transcript')).toHaveLength(2);
    expect(made.root.attributes['callspan.unanswered']).toBe(0);
  });
});

describe('a tool', () => {
  const toolOf = (...rows: unknown[]) => trace(talk([user('Hi.', 1, 2), ...rows])).all('.tool.lookup')[0];

  it('lasts from its call to its result, and failed if the vendor says so', () => {
    const tool = toolOf(call('a', 3), result('a', 4.5, { successful: false }));
    expect(tool?.attributes).toMatchObject({ 'callspan.tool.seconds': 1.5, 'error.type': 'tool_error' });
    expect(tool?.status).toBe(2);
  });

  it('without the second of both has no length', () => {
    for (const rows of [[call('a'), result('a', 4)], [call('a', 3), result('a')], [call('a', 3)]]) {
      const tool = toolOf(...rows);
      expect(tool?.attributes['callspan.tool.seconds']).toBeUndefined();
      expect(tool?.attributes['callspan.timing']).toBe('estimated');
    }
  });

  it('whose result does not say whether it worked lets nobody say that none failed', () => {
    const errors = (more: Record<string, unknown>) =>
      trace(talk([call('a', 3), result('a', 4, more)])).root.attributes['callspan.tool_errors'];
    expect(errors({ successful: true })).toBe(0);
    expect(errors({})).toBeUndefined();
  });
});

describe('what a call cost', () => {
  it('is told in cents, and is dollars here', () => {
    const call_cost = { combined_cost: 8.15, product_costs: [{ product: 'gpt_4_1', cost: 3.19 }] };
    const { attributes } = trace(talk(ROWS, {}, { call_cost })).root;
    expect(attributes).toMatchObject({ 'callspan.cost.usd': 0.0815, 'retell.cost.gpt_4_1.usd': 0.0319 });
  });

  it('a product’s name that is a sentence is nobody’s key', () => {
    const call_cost = { combined_cost: 1, product_costs: [{ product: 'what Ada said', cost: 1 }] };
    expect(JSON.stringify(trace(talk(ROWS, {}, { call_cost })).root.attributes)).not.toContain('Ada');
  });

  it('tokens are one number: which of them were read and which written is not told', () => {
    const llm_token_usage = { values: [1510, 1622], num_requests: 2 };
    expect(trace(talk(ROWS, {}, { llm_token_usage })).root.attributes['retell.llm_tokens']).toBe(3132);
  });
});

describe('what never leaves', () => {
  it('a recording, a log, a way into the call and a number, wherever they are repeated', () => {
    const secrets = {
      access_token: 'token-zq7-token',
      public_log_url: 'https://logs.example.com/zq7',
      recording_url: 'https://calls.example.com/zq7.wav',
      scrubbed_recording_multi_channel_url: 'https://calls.example.com/scrubbed-zq7.wav',
      knowledge_base_retrieved_contents_url: 'https://kb.example.com/zq7.json',
      from_number: '+15550100471',
      transfer_destination: '+15550100472',
      retell_llm_dynamic_variables: { prompt: 'Never mention zq7.' },
      collected_dynamic_variables: { card: 'zq7' },
      custom_sip_headers: { 'X-Secret': 'zq7' },
    };
    const all = Object.values(secrets).filter((secret) => typeof secret === 'string');
    const rows = [user(`Look at ${all.join(' or ')}`, 1, 2), agent('Yes.', 3, 4)];
    const metadata = { seen: all };
    for (const content of ['none', 'full'] as const) {
      const made = trace(talk(rows, {}, { ...secrets, metadata }), { content, systemPrompt: true });
      const text = JSON.stringify(made.spans, toText);
      expect([...all, 'zq7'].filter((secret) => text.includes(secret))).toEqual([]);
      expect(text.includes('[redacted]')).toBe(content === 'full');
    }
  });
});

it('the same payload with its fields in another order is the same trace', () => {
  const payload = talk(ROWS, { e2e: kind([900]) });
  const reversed = Object.fromEntries(Object.entries(payload).reverse());
  expect(JSON.stringify(trace(reversed).spans, toText)).toBe(JSON.stringify(trace(payload).spans, toText));
});
