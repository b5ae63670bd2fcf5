import { describe, expect, it } from 'vitest';
import { ANSWERED, bot, call, calls, ID, result, talk, trace, translate, user } from './vapi-payload.ts';

const turnsOf = (payload: unknown) => translate(payload).conversation.turns;
const from = (nanos: bigint) => Number(nanos - BigInt(ANSWERED) * 1_000_000n) / 1e9;

describe('a row', () => {
  it('lies where its moment says, with all its digits', () => {
    const one = { role: 'user', message: 'Hi.', time: ANSWERED + 28_421.429, endTime: ANSWERED + 29_000 };
    expect(turnsOf(talk([one]))[0]).toMatchObject({ start: BigInt(ANSWERED) * 1_000_000n + 28_421_429_000n });
  });

  it('ends where its end is told, never after its duration: that is speech, without the pauses', () => {
    const one = user('Hi, er, hello.', 8, 17, { duration: 2280 });
    const [turn] = turnsOf(talk([one]));
    expect([from(turn?.start ?? 0n), from(turn?.end ?? 0n), turn?.speech]).toEqual([8, 17, 2_280_000_000n]);
    expect(trace(talk([one])).root.attributes['callspan.talk.user_seconds']).toBe(2.28);
  });

  it.each([
    ['milliseconds', 3440, 3_440_000_000n],
    ['seconds, as old rows have it', 3.44, 3_440_000_000n],
    ['few milliseconds, more than the row lasts in seconds', 150, 150_000_000n],
    ['nonsense', -1, undefined],
    ['more than the row', 9_000, undefined],
  ])('has a duration in %s', (_, duration, speech) => {
    expect(turnsOf(talk([bot('Hello.', 1, 5, { duration })]))[0]?.speech).toBe(speech);
  });

  it('without a moment lies at its distance from the start, by the agent’s clock', () => {
    const late = { role: 'user', message: 'Yes.', secondsFromStart: 7 };
    const early = user('Hi.', 3, 4, { secondsFromStart: 2.923 });
    const turns = turnsOf(talk([early, bot('Hello.', 5, 6), late, bot('Good.', 9, 10)]));
    expect(turns.map(({ start, timing }) => [from(start), timing])[2]).toEqual([7, 'derived']);
  });

  it('without either lies behind the one before it', () => {
    const turns = turnsOf(
      talk([bot('Hello.', 1, 2), { role: 'user', message: 'Yes.' }, bot('Good.', 9, 10)]),
    );
    expect(turns.map(({ start, timing }) => [from(start), timing])[1]).toEqual([2.001, 'estimated']);
  });

  it('without an end ends where the next begins', () => {
    const turns = turnsOf(talk([bot('Hello.', 1), user('Yes.', 4, 5)]));
    expect([from(turns[0]?.end ?? 0n), turns[0]?.timing]).toEqual([4, 'derived']);
  });

  it.each(['bot', 'assistant'])('of a %s is the agent’s', (role) => {
    expect(turnsOf(talk([bot('Hello.', 1, 2, { role })]))[0]?.speaker).toBe('agent');
  });

  it('of an unknown role is none, and is told as drift', () => {
    const made = translate(talk([bot('Hello.', 1, 2, { role: 'narrator' })]));
    expect([made.conversation.turns, made.drift]).toEqual([[], ['role narrator']]);
  });

  it('is read once, though the vendor writes the list twice, and from where it is', () => {
    const messages = [bot('Hello.', 1, 2), user('Hi.', 3, 4)];
    expect(turnsOf(talk(messages))).toHaveLength(2);
    expect(turnsOf(talk([], { messages, artifact: {} }))).toHaveLength(2);
    expect(turnsOf(talk([], { messages, artifact: { messages: [] } }))).toHaveLength(2);
    expect(turnsOf(talk([], { messages: [], artifact: { messages } }))).toHaveLength(2);
  });
});

describe('a tool', () => {
  const rows = (answer: string) => [calls(4, call('c1')), result('c1', 4.5, answer), bot('Done.', 5, 6)];
  const toolOf = (answer: string) => turnsOf(talk(rows(answer)))[0]?.tools[0];

  it('lasts from its call to its result', () => {
    expect(toolOf('{}')).toMatchObject({
      name: 'lookup',
      callId: 'c1',
      length: 500_000_000n,
      timing: 'measured',
    });
  });

  it.each([
    '{"error":"none of that"}',
    '{"success":false}',
    '{"ok":false}',
    '{"status":"error"}',
    'Error: no',
    'No result returned for toolCallId: c1',
  ])('that answers %s has failed', (answer) => {
    expect(toolOf(answer)?.error).toBe('tool_error');
  });

  it.each([
    '{"error":null}',
    '{"error":""}',
    '{"success":true}',
    '{"errors":0}',
    'Errors were found: none',
    '[]',
    'ok',
    '',
  ])('that answers %j has not, as far as anybody can tell', (answer) => {
    expect(toolOf(answer)).not.toHaveProperty('error');
  });

  it('that failed is counted; that none failed is no claim', () => {
    const told = (answer: string) => trace(talk(rows(answer))).root.attributes['callspan.tool_errors'];
    expect([told('Error: no'), told('fine')]).toEqual([1, undefined]);
  });

  it('without a result has no length', () => {
    const [turn] = turnsOf(talk([calls(4, call('c1')), bot('Done.', 5, 6)]));
    expect(turn?.tools[0]).toMatchObject({ timing: 'estimated' });
    expect(turn?.tools[0]).not.toHaveProperty('length');
  });
});

describe('a squad', () => {
  const activations = [
    { assistantId: 'a1', assistantName: 'Desk', assistantVersion: 'v2' },
    { assistantId: 'a2', assistantName: 'Billing', assistantVersion: null },
  ];
  const rows = [
    bot('Hello.', 1, 2, { assistantId: 'a1' }),
    user('Bill?', 3, 4),
    bot('Yes.', 5, 6, { assistantId: 'a2' }),
  ];
  const payload = talk(rows, { assistantId: null, squadId: 's1' }, { assistantActivations: activations });

  it('is held by its first assistant, and each row by its own', () => {
    const { conversation } = translate(payload);
    expect(conversation.agent).toEqual({ id: 'a1', name: 'Desk', version: 'v2' });
    expect(conversation.turns.map(({ agent }) => agent.id)).toEqual(['a1', 'a1', 'a2']);
    expect(conversation.turns[2]?.agent).toEqual({ id: 'a2', name: 'Billing' });
  });
});

describe('an id', () => {
  it('makes the trace’s, so that anybody can compute it', () => {
    expect(translate(talk([])).conversation.traceId).toMatch(/^[0-9a-f]{32}$/);
    expect(translate(talk([])).conversation.id).toBe(ID);
  });
});
