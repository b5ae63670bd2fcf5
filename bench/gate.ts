import { readFileSync } from 'node:fs';
import type { Ratios } from './result.ts';

/** A ratio below this is a regression, on whatever machine. */
const LEAST_RATIO = 0.6;
/** What is aimed at. */
const AIMS = { elevenlabsToForwarder: 0.8, tavusToSdk: 1 } as const;
/** Ratios of the latest full run on a quiet machine. */
const RECORDED = new URL('recorded.json', import.meta.url);

/**
 * What has become too slow: a ratio below 0.6 or, where the recorded run missed its aim (docs/performance.md says why),
 * below six tenths of what was recorded.
 * @returns a sentence each.
 */
export function tooWeak(ratios: Ratios): string[] {
  const recorded = JSON.parse(readFileSync(RECORDED, 'utf8')) as Record<keyof typeof AIMS, number>;
  return (Object.keys(AIMS) as (keyof typeof AIMS)[]).flatMap((name) => {
    const least = recorded[name] >= AIMS[name] ? LEAST_RATIO : LEAST_RATIO * recorded[name];
    return ratios[name] >= least
      ? []
      : [`${name} is ${ratios[name]}, and should be at least ${least.toFixed(3)}`];
  });
}
