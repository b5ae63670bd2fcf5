import { describe, expect, it } from 'vitest';
import {
  AGENT,
  conversation,
  otlp,
  root,
  row,
  talk,
  trace,
  translate,
  turn,
  USER,
} from './elevenlabs-payload.ts';

type Json = Record<string, unknown>;

const SPOKEN = [row('agent', 'Hello.', 0), row('user', 'Hi.', 4)];

describe('callspan.outcome of ElevenLabs, the first that fits', () => {
  const outcome = (rows: readonly Json[], status: unknown, reason?: string) =>
    trace(talk(rows, { more: { status }, metadata: { termination_reason: reason } })).root.attributes[
      'callspan.outcome'
    ];

  it('failed: the status', () => {
    expect(outcome([row('agent', 'Hello?', 0)], 'failed', 'max duration reached')).toBe('failed');
  });

  it('no_user: there is a transcript and the user never spoke; dots are silence', () => {
    expect(outcome([row('agent', 'Hello?', 0)], 'done', 'max duration reached')).toBe('no_user');
    expect(outcome([row('agent', 'Hello?', 0), row('user', '...', 9)], 'done')).toBe('no_user');
    expect(outcome([row('agent', 'Hello?', 0), row('user', null, 9)], 'done')).toBe('no_user');
  });

  it('time_limit, completed, unknown', () => {
    expect(outcome(SPOKEN, 'done', 'Conversation exceeded maximum duration of 600 seconds')).toBe(
      'time_limit',
    );
    expect(outcome(SPOKEN, 'done', 'Client disconnected: 1000')).toBe('completed');
    expect(outcome(SPOKEN, 'done')).toBe('completed');
    expect(outcome(SPOKEN, 'archived')).toBe('unknown');
  });

  it('no_user: a transcript that is empty tells as much', () => {
    expect(trace(conversation({ spans: [root()], rows: [] })).root.attributes['callspan.outcome']).toBe(
      'no_user',
    );
  });

  it('no_user: signs are no words, and a backchannel is no turn', () => {
    expect(outcome([row('agent', 'Hello?', 0), row('user', '?!', 9)], 'done')).toBe('no_user');
    expect(
      outcome([row('agent', 'Hello?', 0), row('user', 'Mhm.', 9, { ignored_as_backchannel: true })], 'done'),
    ).toBe('no_user');
  });

  it.each([
    ['there never was one', { transcript: null }],
    ['it was deleted', { metadata: { deletion_settings: { deleted_transcript_at_time_unix_secs: 1 } } }],
  ])('is not no_user where there is no transcript to tell: %s', (_, more) => {
    expect(trace({ ...conversation({ spans: [root()] }), ...more }).root.attributes['callspan.outcome']).toBe(
      'completed',
    );
  });

  it('is read from the root’s attribute where only the spans came, as in a webhook', () => {
    const body = {
      conversation_id: 'c',
      agent_id: 'a',
      otlp_traces: otlp([root(60, { 'elevenlabs.status': 'done' })]),
    };
    expect(trace(body).root.attributes['callspan.outcome']).toBe('completed');
  });

  it.each([
    ['an account that ran dry', { code: 1002, reason: 'This request exceeds your quota limit.' }, 'quota'],
    ['a server that failed', { code: 1011, reason: null }, 'error'],
    ['a code as text', { code: '1011' }, 'error'],
    ['a failure without a code', { reason: 'Unexpected server error.' }, 'error'],
    ['words that nobody knows, without a code', { reason: 'Boo.' }, 'error'],
    ['words alone', 'quota_exceeded', 'quota'],
    [
      'variables that are missing',
      { code: 1008, reason: "Missing required dynamic variables in tools: {'x'}" },
      'missing_variables',
    ],
    ['a failure behind an ordinary code', { code: 1000, reason: 'guardrail triggered' }, 'guardrail'],
  ])('failed: metadata.error tells of %s, though the status is done', (_, error, reason) => {
    const made = trace(
      talk(SPOKEN, { metadata: { error, termination_reason: 'Client disconnected: 1000' } }),
    ).root;
    expect([made.attributes['callspan.outcome'], made.attributes['callspan.end_reason']]).toEqual([
      'failed',
      reason,
    ]);
  });

  it.each([
    ['an ordinary close', { code: 1000, reason: 'Boo.' }, 'client_disconnect'],
    ['a page that went away', { code: 1001 }, 'client_disconnect'],
    ['a connection that went away', { code: 1006, reason: 'Client disconnected: 1006' }, 'connection_lost'],
    ['one without a code of its own', { code: 1005 }, 'connection_lost'],
    ['a limit', { code: 1002, reason: 'Max duration limit reached' }, 'time_limit'],
    ['nothing', {}, undefined],
    ['nothing at all', { code: null, reason: '' }, undefined],
  ])('is not failed where metadata.error tells of no more than a hang-up: %s', (_, error, reason) => {
    const made = trace(talk(SPOKEN, { metadata: { error } })).root;
    expect([made.attributes['callspan.outcome'], made.attributes['callspan.end_reason']]).toEqual([
      reason === 'time_limit' ? 'time_limit' : 'completed',
      reason,
    ]);
  });

  it('failed: one that ended in an error before anything was said gets its root, also without spans', () => {
    const made = trace(
      conversation({ rows: [], metadata: { error: { code: 1011, reason: 'internal error' } } }),
    );
    expect([made.names(), made.root.status, made.root.attributes['callspan.outcome']]).toEqual([
      ['elevenlabs.conversation'],
      2,
      'failed',
    ]);
    const quota = { error: { code: 1002, reason: 'This request exceeds your quota limit.' } };
    expect(translate(conversation({ rows: [], metadata: quota })).drift).toEqual([]);
  });

  it('is not no_user where the texts were blanked, or never were there', () => {
    expect(outcome([row('agent', null, 0), row('user', null, 4)], 'done')).toBe('completed');
    expect(
      trace(conversation({ spans: [root(), turn(0, AGENT, [0, 4]), turn(1, USER, [4, 8])] })).root.attributes[
        'callspan.outcome'
      ],
    ).toBe('completed');
  });

  it('knows a user who spoke from the transcript, though there is no span of the turn', () => {
    expect(
      trace(conversation({ spans: [root(), turn(0, AGENT, [0, 4])], rows: SPOKEN })).root.attributes[
        'callspan.outcome'
      ],
    ).toBe('completed');
  });
});

describe('callspan.end_reason of ElevenLabs', () => {
  const reason = (metadata: Json, values: Json = {}) =>
    trace(talk(SPOKEN, { metadata, root: values })).root.attributes['callspan.end_reason'];

  it.each([
    ['Client disconnected: 1000', 'client_disconnect'],
    ['Call ended by remote party', 'client_disconnect'],
    ['The caller hung up', 'client_disconnect'],
    ['end_call tool was called.', 'agent_ended'],
    ['Agent hung up', 'agent_ended'],
    ['Conversation exceeded maximum duration of 600 seconds', 'time_limit'],
    ['max_duration_exceeded', 'time_limit'],
    ['Ending conversation after 20 seconds of silence.', 'silence_timeout'],
    ['Closed for inactivity', 'silence_timeout'],
    ['voicemail_detection tool was called.', 'voicemail'],
    ['Answering machine', 'voicemail'],
    ['transfer_to_number tool was called.', 'transferred'],
    ['custom_llm generation failed', 'error'],
    ['Generating the LLM response took too long', 'error'],
    ['Unexpected server error.', 'error'],
    ['Client disconnected: 1001', 'client_disconnect'],
    ['Client disconnected: 1005', 'connection_lost'],
    ['Client disconnected: 1006', 'connection_lost'],
    ['CLIENT DISCONNECTED: 1011 (server error)', 'connection_lost'],
    ['Client disconnected with code 4001', 'connection_lost'],
    ['Client disconnected after 1200 seconds', 'client_disconnect'],
    ['WebSocket closed: 1006', 'connection_lost'],
    ['Connection lost', 'connection_lost'],
    ['The remote party hung up.', 'client_disconnect'],
    ['Ending conversation after 40 seconds of silence.', 'silence_timeout'],
    ['Max inactive time reached', 'silence_timeout'],
    ['Conversation inactivity timeout', 'silence_timeout'],
    ['Max duration limit reached', 'time_limit'],
    ['Conversation exceeded maximum duration', 'time_limit'],
    ['This request exceeds your quota limit.', 'quota'],
    ['quota_exceeded', 'quota'],
    ['You are out of credits', 'quota'],
    ['Conversation ended by guardrail: prompt_injection', 'guardrail'],
    ['Conversation ended by guardrail: transfer policy', 'guardrail'],
    ["Missing required dynamic variables in first message: {'lead_name'}", 'missing_variables'],
    ["Missing required dynamic variables in tools: {'transfer_error'}", 'missing_variables'],
    ['Because.', 'other'],
  ])('%s is %s', (words, name) => {
    expect(reason({ termination_reason: words })).toBe(name);
  });

  it('is read from the root’s attribute where the JSON half has none', () => {
    expect(reason({}, { 'elevenlabs.termination_reason': 'Client disconnected: 1000' })).toBe(
      'client_disconnect',
    );
  });

  it('is error where only the metadata’s error says so, and absent where nothing does', () => {
    expect(reason({ error: { code: 1011 } })).toBe('error');
    expect(reason({ termination_reason: '' })).toBeUndefined();
  });

  it('goes out in the vendor’s words only where they are wholly known, else with content', () => {
    const words = (text: string, content: 'none' | 'full') =>
      trace(talk(SPOKEN, { root: { 'elevenlabs.termination_reason': text } }), { content }).root.attributes[
        'elevenlabs.termination_reason'
      ];
    expect(words('Client disconnected: 1000', 'none')).toBe('Client disconnected: 1000');
    expect(words('Ending conversation after 40 seconds of silence.', 'none')).toMatch(/^Ending/);
    expect(words("Missing required dynamic variables in tools: {'ada'}", 'none')).toBeUndefined();
    expect(words('Client disconnected: Ada Lovelace', 'none')).toBeUndefined();
    expect(words('Client disconnected: Ada Lovelace', 'full')).toBe('Client disconnected: Ada Lovelace');
  });
});

describe('the status', () => {
  const status = (code: unknown, metadata: Json = {}) => {
    const made = trace(conversation({ spans: [root(60, {}, { status: code })], metadata })).root;
    return [made.status, made.attributes['error.type']];
  };

  it('of the vendor is kept; error.type is the reason when it is ERROR', () => {
    expect(status({ code: 1 }, { termination_reason: 'Client disconnected' })).toEqual([1, undefined]);
    expect(status({ code: 2 }, { termination_reason: 'end_call tool was called.' })).toEqual([
      2,
      'agent_ended',
    ]);
    expect(status({ code: 2 })).toEqual([2, 'other']);
    expect(status({ code: 'STATUS_CODE_ERROR' })).toEqual([2, 'other']);
    expect(status(null)).toEqual([0, undefined]);
    expect(status({ code: 7 })).toEqual([0, undefined]);
    expect(status({ code: 'constructor' })).toEqual([0, undefined]);
  });

  it('message goes only with content', () => {
    const payload = conversation({ spans: [root(60, {}, { status: { code: 2, message: 'Ada hung up' } })] });
    expect(trace(payload).root.raw.status).toEqual({ code: 2 });
    expect(trace(payload, { content: 'full' }).root.raw.status).toEqual({ code: 2, message: 'Ada hung up' });
  });

  it('of a failed conversation whose root callspan had to make is ERROR', () => {
    const made = trace(
      conversation({
        spans: [turn(0, AGENT, [0, 1])],
        more: { status: 'failed' },
        metadata: { termination_reason: 'Unexpected server error.' },
      }),
    );
    expect([
      made.root.status,
      made.root.attributes['error.type'],
      made.root.attributes['callspan.outcome'],
    ]).toEqual([2, 'error', 'failed']);
  });
});

describe('drift', () => {
  it('names what callspan has never heard of: spans, attributes, missing parts', () => {
    const spans = [
      root(60, { 'elevenlabs.brand_new': 1, 'elevenlabs.dynamic_variable.ada': 'x', 'my.own': 1 }),
      turn(0, 'elevenlabs.odd', [0, 1]),
    ];
    expect(
      translate(
        conversation({ spans, metadata: { start_time_unix_secs: null, termination_reason: 'Because.' } }),
      ).drift,
    ).toEqual([
      'attribute elevenlabs.brand_new',
      'span elevenlabs.odd',
      'missing metadata.start_time_unix_secs',
      'missing transcript',
      'unknown termination_reason',
    ]);
  });

  it('tells of ids that are of no form that callspan reads', () => {
    const odd = talk(SPOKEN, { root: {} });
    const [rootSpan, ...others] = [root(), turn(0, AGENT, [0, 4]), turn(1, USER, [4, 8])];
    const drift = (traceId: unknown) =>
      translate({ ...odd, otlp_traces: otlp([{ ...rootSpan, traceId }, ...others]) }).drift;
    expect(drift('trace-1')).toEqual(['span ids of an unknown form']);
    for (const known of [null, '', 5, '0AF76519-16CD-43DD-8448-EB211C80319C', 'ygBCyN5mKXbAW+Quk9b3bg==']) {
      expect(drift(known)).toEqual([]);
    }
  });

  it('tells of an OTLP half in which no span was found, but not of one that is empty', () => {
    const drift = (otlpTraces: unknown) => translate({ ...talk(SPOKEN), otlp_traces: otlpTraces }).drift;
    for (const unread of [
      { spans: [] },
      { resourceSpans: [{ scopeSpans: [] }] },
      { resourceSpans: {} },
      'AAAA',
    ]) {
      expect(drift(unread)).toEqual(['otlp_traces without a span']);
    }
    for (const empty of [null, undefined, {}, { resourceSpans: [] }]) expect(drift(empty)).toEqual([]);
  });
});
