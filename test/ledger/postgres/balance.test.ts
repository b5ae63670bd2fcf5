import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { balance } from '../../../src/ledger/postgres/balance.ts';

const NONE = new Set<number>();

/** Replicas that could carry what they list, and what each carries; a turn is one look of one of them. */
class Cluster {
  readonly #could: ReadonlySet<number>[];
  readonly carried: number[][];

  constructor(could: readonly (readonly number[])[]) {
    this.#could = could.map((sources) => new Set(sources));
    this.carried = could.map(() => []);
  }

  /** @returns how many sources moved. */
  turn(at: number, isAbandoned: boolean): number {
    const own = this.carried[at] ?? [];
    const held = new Set(this.carried.flat());
    const free = [...(this.#could[at] ?? [])].filter((source) => !held.has(source));
    const peers = this.#could.flatMap((sources, place) =>
      place === at ? [] : [{ sources, held: this.carried[place]?.length ?? 0 }],
    );
    const { give, take } = balance({
      ...{ carried: own.toReversed(), ending: 0, free, peers },
      abandoned: isAbandoned ? new Set(free) : NONE,
    });
    this.carried[at] = [...own.filter((source) => !give.includes(source)), ...take];
    return give.length + take.length;
  }

  /** Until nobody moves anything; @returns whether that came. */
  settle(): boolean {
    for (let round = 0; round < 60; round++) {
      let moved = 0;
      for (const at of this.carried.keys()) moved += this.turn(at, false);
      if (moved === 0) return true;
    }
    return false;
  }

  join(sources: readonly number[]): void {
    this.#could.push(new Set(sources));
    this.carried.push([]);
  }
}

const sourcesOf = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('the sources', () => {
  test('are spread so that nobody carries more than one more than another, however many there are of both', () => {
    const sizes = fc.tuple(fc.integer({ min: 1, max: 7 }), fc.integer({ min: 0, max: 40 }));
    fc.assert(
      fc.property(sizes, ([replicas, sources]) => {
        const cluster = new Cluster(Array.from({ length: replicas }, () => sourcesOf(sources)));
        expect(cluster.settle()).toBe(true);
        const loads = cluster.carried.map(({ length }) => length);
        expect(loads.reduce((sum, load) => sum + load, 0)).toBe(sources);
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('move to a replica that joins no more than evens it out, and then stay', () => {
    const cluster = new Cluster([sourcesOf(20)]);
    cluster.settle();
    cluster.join(sourcesOf(20));
    const before = new Set(cluster.carried[0]);
    expect(cluster.settle()).toBe(true);
    expect(cluster.carried.map(({ length }) => length)).toEqual([10, 10]);
    expect(cluster.carried[0]?.every((source) => before.has(source))).toBe(true);
  });

  test('are all carried by somebody who could, also where replicas are configured otherwise', () => {
    const lists = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 12 }), { maxLength: 13 }), {
      minLength: 1,
      maxLength: 5,
    });
    fc.assert(
      fc.property(lists, (could) => {
        const cluster = new Cluster(could);
        cluster.settle();
        // What nobody has wanted for a while is taken by the first who looks.
        for (const at of could.keys()) cluster.turn(at, true);
        const carried = cluster.carried.flat().sort((one, other) => one - other);
        expect(carried).toEqual([...new Set(could.flat())].sort((one, other) => one - other));
        for (const [at, own] of cluster.carried.entries())
          expect(own.every((source) => could[at]?.includes(source))).toBe(true);
      }),
    );
  });

  test('that are ending here already are not given away twice', () => {
    const peers = [{ sources: new Set(sourcesOf(10)), held: 0 }];
    const { give } = balance({
      ...{ carried: [5, 4, 3, 2, 1], ending: 5, free: [], abandoned: NONE, peers },
    });
    expect(give).toEqual([]);
  });
});
