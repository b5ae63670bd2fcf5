import { describe, expect, it } from 'vitest';
import { toOtlp } from '../../../src/trace/span-batch.ts';
import {
  AGENT,
  conversation,
  nano,
  ROOT,
  root,
  START,
  span,
  trace,
  translate,
  turn,
  USER,
} from './elevenlabs-payload.ts';

/** Each span's name under its parent's. */
function tree(spans: readonly unknown[], parts: Parameters<typeof conversation>[0] = {}): string[] {
  const made = trace(conversation({ spans, ...parts }));
  return made.spans.map((one) => `${made.parentOf(one)?.name ?? '-'} > ${one.name}`).sort();
}

describe('the order of siblings', () => {
  const texts = (spans: readonly unknown[]) => {
    const made = trace(conversation({ spans: [root(), ...spans] }), { content: 'full' });
    const ids = translate(conversation({ spans: [root(), ...spans] })).spanIds;
    return made.spans
      .filter((one) => one.parent !== undefined)
      .sort((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id))
      .map((one) => one.attributes.x);
  };

  it('is that of elevenlabs.turn.index if all of them have one, though times say otherwise', () => {
    expect(
      texts([
        turn(2, USER, [1, 2], { x: 'c' }),
        turn(0, USER, [9, 10], { x: 'a' }),
        turn(1, USER, [5, 6], { x: 'b' }),
      ]),
    ).toEqual(['a', 'b', 'c']);
  });

  it('is that of start where one of them has no index', () => {
    const [first, last] = [
      turn(1, USER, [1, 2], { x: 'first' }),
      span('s', 'root', USER, [9, 10], { x: 'last' }),
    ];
    expect(texts([last, first])).toEqual(['first', 'last']);
  });

  it('is that of attributes, name and end where starts are equal', () => {
    const one = span('a', 'root', 'z', [1, 2], { x: 'a' });
    const two = span('b', 'root', 'y', [1, 9], { x: 'b' });
    const three = span('c', 'root', 'z', [1, 2], { x: 'b' });
    const four = span('d', 'root', 'z', [1, 3], { x: 'b' });
    const made = (spans: readonly unknown[]) =>
      trace(conversation({ spans: [root(), ...spans] }))
        .spans.slice(1)
        .map(({ name, seconds }) => [name, seconds]);
    expect(made([four, three, two, one])).toEqual([
      ['z', 1],
      ['y', 8],
      ['z', 1],
      ['z', 2],
    ]);
  });

  it('is that of children where the spans themselves are equal', () => {
    const twin = (id: string, child: string) => [
      span(id, 'root', 'twin', [1, 2]),
      span(`${id}c`, id, child, [1, 2]),
    ];
    const names = (spans: readonly unknown[]) => trace(conversation({ spans: [root(), ...spans] })).names();
    expect(names([...twin('a', 'second'), ...twin('b', 'first')])).toEqual([
      ROOT,
      'twin',
      'first',
      'twin',
      'second',
    ]);
    expect(names([...twin('b', 'first'), ...twin('a', 'second')])).toEqual([
      ROOT,
      'twin',
      'first',
      'twin',
      'second',
    ]);
  });
});

describe('the root', () => {
  it('is the first parentless span named elevenlabs.conversation; a further one hangs under it', () => {
    const early = span('early', undefined, ROOT, [-5, 60], { x: 'early' });
    expect(trace(conversation({ spans: [root(), early] }), { content: 'full' }).root.attributes.x).toBe(
      'early',
    );
    expect(tree([root(), early])).toEqual([`- > ${ROOT}`, `${ROOT} > ${ROOT}`]);
  });

  it('is parentless if one of that name is, though another is earlier', () => {
    const adopted = span('early', 'gone', ROOT, [-5, 60], { x: 'adopted' });
    expect(
      trace(conversation({ spans: [root(60, { x: 'own' }), adopted] }), { content: 'full' }).root.attributes
        .x,
    ).toBe('own');
  });

  it('is told by its children where two roots are equal, not by the order of the payload', () => {
    const spans = [
      root(),
      span('twin', undefined, ROOT, [0, 60]),
      turn(0, AGENT, [1, 2]),
      span('x', 'twin', USER, [1, 2]),
    ];
    const bytes = (list: readonly unknown[]) =>
      JSON.stringify(toOtlp(translate(conversation({ spans: list })).batch));
    expect(bytes([...spans].reverse())).toBe(bytes(spans));
  });

  it('is else the first of that name, wherever that hangs', () => {
    expect(tree([span('root', 'gone', ROOT, [0, 60]), turn(0, AGENT, [1, 2])])).toEqual([
      `- > ${ROOT}`,
      `${ROOT} > ${AGENT}`,
    ]);
    expect(tree([span('a', undefined, 'outer', [0, 60]), span('root', 'a', ROOT, [0, 60])])).toEqual([
      `- > ${ROOT}`,
      `${ROOT} > outer`,
    ]);
  });

  it('is made around the spans and the metadata where there is none', () => {
    const made = trace(conversation({ spans: [turn(0, AGENT, [1, 2]), turn(1, USER, [2, 3])] }));
    expect(made.root).toMatchObject({ name: ROOT, seconds: 60, kind: 3, scope: 'callspan@2' });
    expect(made.root.start).toBe(BigInt(nano(0)));
    expect(made.root.attributes['callspan.timing']).toBe('measured');
    expect(made.childrenOf(made.root)).toHaveLength(2);
  });

  it('is made around the spans alone where the metadata is missing too', () => {
    const made = trace(
      conversation({
        spans: [turn(0, AGENT, [1, 2]), turn(1, USER, [2, 3])],
        metadata: { start_time_unix_secs: null },
      }),
    );
    expect([made.root.start, made.root.end]).toEqual([BigInt(nano(1)), BigInt(nano(3))]);
    expect(made.root.attributes['callspan.timing']).toBe('derived');
  });

  it('is not made around one damaged stamp', () => {
    const spans = [turn(0, AGENT, [1, 2]), turn(1, USER, [2, 3]), turn(2, AGENT, [-1e9, -1e9 + 1])];
    const made = trace(conversation({ spans, metadata: { start_time_unix_secs: null } }));
    expect(made.root.seconds).toBe(2);
  });
});

describe('a malformed tree is mended', () => {
  it('a span whose parent is not in the payload hangs under the root', () => {
    expect(tree([root(), span('s', 'gone', AGENT, [1, 2])])).toContain(`${ROOT} > ${AGENT}`);
  });

  it('a further parentless span hangs under the root', () => {
    expect(tree([root(), span('s', undefined, AGENT, [1, 2])])).toContain(`${ROOT} > ${AGENT}`);
  });

  it('every member of a cycle hangs under the root, what hangs on it stays', () => {
    const cycle = [
      span('a', 'c', 'A', [1, 2]),
      span('b', 'a', 'B', [1, 2]),
      span('c', 'b', 'C', [1, 2]),
      span('self', 'self', 'S', [1, 2]),
    ];
    expect(tree([root(), ...cycle, span('d', 'b', 'D', [1, 2])])).toEqual([
      `- > ${ROOT}`,
      'B > D',
      `${ROOT} > A`,
      `${ROOT} > B`,
      `${ROOT} > C`,
      `${ROOT} > S`,
    ]);
  });

  it('also where the root itself is in the cycle', () => {
    expect(
      tree([span('root', 'b', ROOT, [0, 60]), span('a', 'root', 'A', [1, 2]), span('b', 'a', 'B', [1, 2])]),
    ).toEqual([`- > ${ROOT}`, `${ROOT} > A`, `${ROOT} > B`]);
  });

  it('of two spans with one id the first is the parent', () => {
    const spans = [
      root(),
      span('x', 'root', 'late', [5, 6]),
      span('x', 'root', 'early', [1, 2]),
      span('c', 'x', 'child', [5, 6]),
    ];
    expect(tree(spans)).toContain('early > child');
    expect(tree([...spans].reverse())).toContain('early > child');
  });

  it('ids that are none are no ids', () => {
    const spans = [
      root(),
      span('x', 'root', 'one', [1, 2], {}, { spanId: '0'.repeat(16) }),
      span('c', 'root', 'two', [1, 2], {}, { parentSpanId: '0'.repeat(16) }),
    ];
    expect(tree(spans)).toEqual([`- > ${ROOT}`, `${ROOT} > one`, `${ROOT} > two`]);
    expect(tree([root(), span('c', undefined, 'two', [1, 2], {}, { parentSpanId: null })])).toContain(
      `${ROOT} > two`,
    );
  });

  it('ids may be written in capitals', () => {
    expect(
      tree([
        root(),
        span('abc', 'root', 'one', [1, 2], {}, { spanId: 'ABCDEF0123456789' }),
        span('c', undefined, 'two', [1, 2], {}, { parentSpanId: 'abcdef0123456789' }),
      ]),
    ).toContain('one > two');
  });

  it('a span without a name keeps its place', () => {
    expect(tree([root(), span('s', 'root', '', [1, 2])])).toContain(`${ROOT} > elevenlabs.unnamed`);
  });

  it('deeper than the stack', () => {
    const depth = 6_000;
    const chain = (tag: string) =>
      Array.from({ length: depth }, (_, level) =>
        span(`${tag}${level}`, level === 0 ? 'root' : `${tag}${level - 1}`, 'link', [1, 2]),
      );
    const made = translate(conversation({ spans: [root(), ...chain('a'), ...chain('b')] }));
    expect(made.spanIds).toHaveLength(2 * depth + 1);
  });
});

describe('damaged times', () => {
  it('a stamp a day or more off the others is no time: the span starts with its parent', () => {
    const made = trace(
      conversation({ spans: [root(), turn(0, AGENT, [86_460, 86_470]), turn(1, USER, [2, 3])] }),
    );
    expect(made.at(made.one(AGENT))).toEqual([0, 0]);
    expect(made.root.seconds).toBe(60);
  });

  it.each(['', '12.5', '-1', 'NaN', null, {}, 1e300, 0, '99999999999999999999'])('%j is no time', (stamp) => {
    const made = trace(
      conversation({ spans: [root(), { ...turn(0, AGENT, [1, 2]), startTimeUnixNano: stamp }] }),
    );
    expect(made.at(made.one(AGENT))).toEqual([0, 2]);
  });

  it('a time may be a number', () => {
    const made = trace(
      conversation({ spans: [root(), { ...turn(0, AGENT, [1, 2]), startTimeUnixNano: START * 1e9 }] }),
    );
    expect(made.at(made.one(AGENT))).toEqual([0, 2]);
  });

  it('an end before its start is its start', () => {
    const made = trace(conversation({ spans: [root(), turn(0, AGENT, [5, 2])] }));
    expect(made.at(made.one(AGENT))).toEqual([5, 5]);
  });

  it("a root without times has the metadata's", () => {
    const made = trace(
      conversation({
        spans: [root(60, {}, { startTimeUnixNano: null, endTimeUnixNano: null }), turn(0, AGENT, [1, 2])],
      }),
    );
    expect([made.root.start, made.root.seconds]).toEqual([BigInt(nano(0)), 60]);
  });

  it('parents grow to hold their children, the vendor’s too', () => {
    const made = trace(
      conversation({
        spans: [root(10), turn(0, AGENT, [-2, 8]), span('t', 'turn0', 'elevenlabs.tool.x', [9, 15])],
      }),
    );
    expect([made.root.start, made.root.end]).toEqual([BigInt(nano(-2)), BigInt(nano(15))]);
    expect(made.one(AGENT).end).toBe(BigInt(nano(15)));
  });
});
