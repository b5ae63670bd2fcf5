import { describe, expect, it } from 'vitest';
import { FAMILIES } from './families/all.ts';
import type { Family } from './families/family.ts';
import { ROADS } from './road.ts';

/** What twice the input may cost: a little more than twice, for sorting and for larger heaps. */
const MOST = 2.6;
/** Below what a clock of this kind tells, in milliseconds of CPU. */
const UNTOLD = 10;
/** The best of so many counts: what other processes take away is no growth. */
const TRIES = 10;

describe('twice the payload takes at most about twice the work', () => {
  it.each(FAMILIES.map((family) => [`${family.provider}: ${family.name}`, family] as const))(
    '%s',
    { timeout: 3_600_000 },
    (_, family) => {
      for (const name of roadsOf(family)) {
        const { once, twice } = measure(family, name);
        expect(twice, `${name}: ${once} ms of CPU, and ${twice} ms for twice the input`).toBeLessThanOrEqual(
          MOST * once + UNTOLD,
        );
      }
    },
  );
});

function roadsOf({ name }: Family): readonly string[] {
  if (/nested|branches|siblings|deep|events$/.test(name))
    return ['spans with content', 'what it is shown as'];
  if (/text|reason|name|Python|JSON|link|key/.test(name)) return ['spans with content', 'a capture'];
  return ['spans with content'];
}

function measure({ provider, make, size }: Family, name: string): { once: number; twice: number } {
  const road = ROADS[name];
  if (!road) throw new Error(`There is no road "${name}"`);
  const [small, large] = [make(size), make(2 * size)];
  road(provider, small);
  let once = Number.POSITIVE_INFINITY;
  let twice = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < TRIES && !(twice <= MOST * once + UNTOLD); tries++) {
    // The smaller one first, so that what the engine has learned since does not flatter it.
    once = Math.min(
      once,
      cpu(() => road(provider, small)),
    );
    twice = Math.min(
      twice,
      cpu(() => road(provider, large)),
    );
  }
  return { once, twice };
}

/** Milliseconds of CPU, of all threads. */
function cpu(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
