import { readFileSync } from 'node:fs';
import type { Ratios } from './result.ts';

/** A ratio below so much of the recorded one is a regression, on whatever machine. */
const LEAST_SHARE = 0.8;
/** Ratios of the latest run that docs/performance.md tells of. */
const RECORDED = new URL('recorded.json', import.meta.url);

/**
 * What has become too slow.
 * @returns a sentence each.
 */
export function tooWeak(ratios: Ratios): string[] {
  const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as Record<string, number>;
  return Object.entries(recorded).flatMap(([name, before]) => {
    const [now, least] = [ratios[name] ?? Number.NaN, LEAST_SHARE * before];
    return now >= least ? [] : [`${name} is ${now}, and should be at least ${least.toFixed(3)}`];
  });
}
