import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/json/canonical.ts';
import { mendJson } from '../../src/json/reading.ts';
import { childKey, derivedTraceId, spanId, validSpanId, validTraceId } from '../../src/trace/ids.ts';
import { flatten, grow, KIND, place, type SpanNode } from '../../src/trace/tree.ts';

function node(name: string, [start, end]: readonly [number, number], ...children: SpanNode[]): SpanNode {
  return { name, kind: KIND.INTERNAL, start: BigInt(start), end: BigInt(end), describe: () => {}, children };
}

describe('ids', () => {
  it('are those that anybody can compute: sha256 of a documented text', () => {
    // printf 'tavus:c123456' | sha256sum; printf '<that>/conversation' | sha256sum
    expect(derivedTraceId('tavus', 'c123456')).toBe('6d20efcae7c718dcaa6bdfa39bd53090');
    expect(spanId('6d20efcae7c718dcaa6bdfa39bd53090', 'conversation')).toBe('b4061bd315ac65bb');
  });

  it('differ for paths that differ, whatever is in the names', () => {
    const names = fc.string({ unit: fc.constantFrom('a', '/', '#', '%', '2', 'F', '0') });
    fc.assert(
      fc.property(fc.array(names, { minLength: 1 }), fc.array(names, { minLength: 1 }), (one, other) => {
        const key = (path: readonly string[]) =>
          path.reduce((parent, name) => childKey(parent, name, 0), 'conversation');
        expect(key(one) === key(other)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }),
    );
  });

  it('are valid as hex digits that are not all zero, lower-cased', () => {
    expect(validTraceId('0AF7651916CD43DD8448EB211C80319C')).toBe('0af7651916cd43dd8448eb211c80319c');
    expect(validSpanId('B7AD6B7169203331')).toBe('b7ad6b7169203331');
    for (const id of ['0'.repeat(32), '0'.repeat(16), '', 'x'.repeat(32), null, 5, `${'a'.repeat(32)}\n`]) {
      expect([validTraceId(id), validSpanId(id)]).toEqual([undefined, undefined]);
    }
  });
});

describe('a tree', () => {
  it('is placed parents first, more siblings than a call has arguments too', () => {
    const wide = node('root', [0, 1]);
    for (let leaf = 0; leaf < 150_000; leaf++) wide.children.push(node('leaf', [0, 1]));
    const placed = place(wide, 'a'.repeat(32));
    expect(new Set(placed.map(({ id }) => id)).size).toBe(150_001);
    expect(placed[0]).toEqual({ node: wide, id: spanId('a'.repeat(32), 'conversation') });
  });

  it('has the ids of its paths, also of those that are too long to be written out for each', () => {
    const leaf = () => node('a/leaf', [0, 1]);
    let deep = node('link', [0, 1], leaf(), leaf());
    for (let level = 0; level < 200; level++) deep = node('link', [0, 1], leaf(), deep);
    const traceId = 'a'.repeat(32);
    const ids = new Map(place(deep, traceId).map((placed) => [placed.node, placed.id]));
    const check = (at: SpanNode, key: string): void => {
      expect(ids.get(at)).toBe(spanId(traceId, key));
      const seen = new Map<string, number>();
      for (const child of at.children) {
        const ordinal = seen.get(child.name) ?? 0;
        seen.set(child.name, ordinal + 1);
        check(child, childKey(key, child.name, ordinal));
      }
    };
    check(deep, 'conversation');
    expect(ids.size).toBe(403);
  });

  it('is flattened deeper than the stack', () => {
    let deep = node('leaf', [0, 1]);
    for (let level = 0; level < 50_000; level++) deep = node('link', [0, 1], deep);
    expect(flatten(deep)).toHaveLength(50_001);
  });

  it('grows so that every parent holds its children', () => {
    const tree = node('root', [10, 20], node('a', [5, 30], node('b', [2, 40])));
    grow(tree);
    expect(flatten(tree).map(({ start, end }) => [start, end])).toEqual([
      [2n, 40n],
      [2n, 40n],
      [2n, 40n],
    ]);
  });

  it('has bars of a nanosecond at least; at the end of its parent it is the parent’s last', () => {
    const tree = node('root', [10, 10], node('a', [10, 10]), node('wait', [0, 10], node('phase', [10, 10])));
    grow(tree);
    expect(flatten(tree).map(({ name, start, end }) => [name, start, end])).toEqual([
      ['root', 0n, 11n],
      ['a', 10n, 11n],
      ['wait', 0n, 10n],
      ['phase', 9n, 10n],
    ]);
  });
});

describe('canonical JSON', () => {
  it('does not depend on the order of keys, and says what JSON says', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(value))).toBe(text);
      }),
    );
  });

  it('sorts by code units, not by the machine’s locale', () => {
    expect(canonicalJson({ b: 1, a: 2, B: 3, ä: 4, __proto__: 5 })).toBe('{"B":3,"a":2,"b":1,"ä":4}');
  });
});

describe('a payload', () => {
  it('is left as it is where there is nothing to mend', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const payload: unknown = JSON.parse(JSON.stringify(value));
        const mended = mendJson(payload);
        if (!/\\ud[89a-f]/i.test(JSON.stringify(value))) expect(mended).toBe(payload);
      }),
    );
  });

  it('has half characters replaced, in texts and in keys', () => {
    expect(mendJson(['a\ud800b', { 'k\udc00': '\ud83d\ude00' }, 1])).toEqual([
      'a\ufffdb',
      { 'k\ufffd': '\ud83d\ude00' },
      1,
    ]);
  });

  it('keeps one of two broken keys that become one, whatever their order', () => {
    expect(mendJson({ '\ud800': 1, '\ud801': 2 })).toEqual(mendJson({ '\ud801': 2, '\ud800': 1 }));
  });

  it('is cut off where it nests without end', () => {
    const deep: unknown = JSON.parse(`${'['.repeat(5000)}${']'.repeat(5000)}`);
    expect(JSON.stringify(mendJson(deep)).length).toBeLessThan(1000);
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, reversed(member)]),
  );
}
