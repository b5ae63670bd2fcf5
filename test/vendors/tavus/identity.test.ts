import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { toOtlp } from '../../../src/trace/span-batch.ts';
import {
  agent,
  call,
  calls,
  conversation,
  event,
  ID,
  joined,
  shutdown,
  talk,
  trace,
  translate,
  user,
} from './tavus-payload.ts';

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

const TRACE_ID = sha256(`tavus:${ID}`).slice(0, 32);

function spanId(key: string): string {
  return sha256(`${TRACE_ID}/${key}`).slice(0, 16);
}

const CHAT = [
  agent('Hello.', 5, 1, { inference_id: 'i1' }),
  user('Where is it?', 7, 1),
  calls(8.5, call('c1')),
  agent('On its way.', 10, 2),
  user('Thanks.', 13, 1),
  agent('Bye.', 15, 1),
];

describe('the identity of a Tavus conversation', () => {
  it('has the first 16 bytes of sha256("tavus:" + conversation_id) as its trace id, on every span', () => {
    expect(new Set(trace(talk(CHAT)).spans.map((span) => span.traceId))).toEqual(new Set([TRACE_ID]));
  });

  it('makes a span id of the path of the span: names and ordinals among siblings of one name', () => {
    const made = trace(talk(CHAT));
    expect(made.root.id).toBe(spanId('conversation'));
    expect(made.one('replica_join').id).toBe(spanId('conversation/tavus.replica_join#0'));
    expect(made.all('agent_response').map((span) => span.id)).toEqual(
      [0, 1, 2, 3].map((ordinal) => spanId(`conversation/tavus.recv.agent_response#${ordinal}`)),
    );
    expect(made.one('tool.lookup').id).toBe(
      spanId('conversation/tavus.recv.agent_response#1/tavus.tool.lookup#0'),
    );
  });

  it('counts ordinals by place in the transcript, not by time', () => {
    const made = trace(talk([agent('Second in time.', 20, 1), agent('First in time.', 10, 1)], {}), {
      content: 'full',
    });
    const first = made.spans.find((span) => span.id === spanId('conversation/tavus.recv.agent_response#0'));
    expect(first?.attributes['tavus.agent.text']).toBe('Second in time.');
  });

  it.each([
    ['a/b#c%d', 'a%2Fb%23c%25d'],
    ['a#b', 'a%23b'],
    ['a/b', 'a%2Fb'],
    ['a%b', 'a%25b'],
    ['a.b c', 'a.b c'],
  ])('percent-encodes %%, / and # of a name in the key: %s', (name, encoded) => {
    const made = trace(talk([calls(10, call('c1', name))]));
    expect(made.one(`tavus.tool.${name}`).id).toBe(
      spanId(`conversation/tavus.recv.agent_response#0/tavus.tool.${encoded}#0`),
    );
  });

  it('gives an event its time in nanoseconds instead of an ordinal', () => {
    const made = trace(conversation([shutdown(), event('application.recording_ready', 61.000001)]));
    expect(made.one('event.recording_ready').id).toBe(
      spanId('conversation/tavus.event.recording_ready#1780000061000001000'),
    );
  });

  it('tells events of one type and time apart by .1, .2 in the order of their properties', () => {
    const at = (properties: Record<string, unknown>) =>
      event('application.post_call_action_executed', 61, properties);
    const made = trace(conversation([shutdown(), at({ b: 2 }), at({ a: 1 }), at({ c: 3 })]), {
      content: 'full',
    });
    const keyed = (suffix: string) =>
      made.spans.find(
        ({ id }) =>
          id === spanId(`conversation/tavus.event.post_call_action_executed#1780000061000000000${suffix}`),
      )?.attributes;
    expect(keyed('')).toHaveProperty(['tavus.properties.a'], 1);
    expect(keyed('.1')).toHaveProperty(['tavus.properties.b'], 2);
    expect(keyed('.2')).toHaveProperty(['tavus.properties.c'], 3);
  });

  it('takes identical events for one', () => {
    const twice = event('application.recording_ready', 61, { duration: 14, bucket_name: 'b' });
    const reordered = event('application.recording_ready', 61, { bucket_name: 'b', duration: 14 });
    expect(trace(conversation([shutdown(), twice, twice, reordered])).all('recording_ready')).toHaveLength(1);
  });

  it('gives an event without a time an ordinal', () => {
    const untimed = { event_type: 'application.recording_ready', properties: {} };
    expect(trace(conversation([shutdown(), untimed])).one('recording_ready').id).toBe(
      spanId('conversation/tavus.event.recording_ready#0'),
    );
  });

  it('never gives two spans one id, though two types end in the same segment', () => {
    const made = trace(
      conversation([shutdown(), event('application.done', 61, {}), event('system.done', 61, {})]),
    );
    expect(new Set(made.all('event.done').map((span) => span.id)).size).toBe(2);
  });

  it('gives the same bytes whatever the order of keys and of events', () => {
    const events = [
      joined(),
      shutdown(),
      event('application.b', 61, { x: 1, y: 2 }),
      event('application.a', 61),
    ];
    const turned = [...events].reverse().map(turnedRound);
    const bytes = (list: Record<string, unknown>[]) =>
      JSON.stringify(toOtlp(translate(conversation(list), { content: 'full' }).batch));
    expect(bytes(turned)).toBe(bytes(events));
  });

  it('takes replica_joined and pal_joined for one event', () => {
    const both = [joined(), event('system.pal_joined', 4), shutdown()];
    expect(trace(conversation(both)).all('replica_join')).toHaveLength(1);
  });
});

function turnedRound<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, member]) => [key, turnedRound(member)])) as Value;
}

describe('the resource and the scope', () => {
  it('are tavus-cvi with the conversation id, in scope callspan of version 2', () => {
    const { root } = trace(talk(CHAT));
    expect(root.resource).toEqual({ 'service.name': 'tavus-cvi', 'tavus.conversation_id': ID });
    expect(root.scope).toBe('callspan@2');
  });

  it("add the user's attributes and never let them overwrite", () => {
    const resource = { 'deployment.environment.name': 'prod', 'service.name': 'mine' };
    expect(trace(talk(CHAT), { resource }).root.resource).toEqual({
      'service.name': 'tavus-cvi',
      'tavus.conversation_id': ID,
      'deployment.environment.name': 'prod',
    });
  });
});

describe("the link to the application's trace", () => {
  const PARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

  it.each([
    ['alone', PARENT],
    ['after a word and a hyphen', `order-4711-${PARENT}`],
    ['in the middle', `lk ${PARENT} (retry)`],
    ['in capitals', PARENT.toUpperCase()],
  ])('is read from conversation_name, %s', (_, name) => {
    const [link] = trace(talk(CHAT, { conversation_name: name })).root.raw.links ?? [];
    expect(link).toMatchObject({ traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' });
    // Sampled, and known to be of another process.
    expect(link?.flags).toBe(0x301);
  });

  it.each([
    ['an all-zero trace id', PARENT.replace('0af7651916cd43dd8448eb211c80319c', '0'.repeat(32))],
    ['an all-zero span id', PARENT.replace('b7ad6b7169203331', '0'.repeat(16))],
    ['the forbidden version', PARENT.replace(/^00/, 'ff')],
    ['more digits than a trace id has', PARENT.replace(/^00-/, '00-a')],
    ['nothing of the kind', 'A call about an order'],
  ])('is not made of %s', (_, name) => {
    expect(trace(talk(CHAT, { conversation_name: name })).root.raw.links).toBeUndefined();
  });

  it('stands on the root alone', () => {
    const linked = trace(talk(CHAT, { conversation_name: PARENT })).spans.filter(
      (span) => span.raw.links?.length,
    );
    expect(linked.map((span) => span.name)).toEqual(['tavus.conversation']);
  });
});
