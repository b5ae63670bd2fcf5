import * as v from 'valibot';
import { parse } from 'yaml';
import { parseDuration } from '../../src/time/duration.ts';
import { LATENCY } from './metric.ts';

/** What agents are held to: the content of config/objectives.yaml, checked. */

const seconds = v.pipe(
  v.number(),
  v.check(
    (value) => LATENCY.includes(value),
    ({ input }) => `${input} is not a bucket boundary: ${LATENCY.join(' ')}`,
  ),
);

/** Of what is good or bad; 0 and 1 would mean that nothing, or everything, may be. */
const share = v.pipe(
  v.number(),
  v.check(
    (value) => value > 0 && value < 1,
    ({ input }) => `${input} is not a share between 0 and 1`,
  ),
);

/** As PromQL and callspan's settings both write it: a whole number and a unit. */
const duration = v.pipe(
  v.string(),
  v.check(
    (text) => /^[1-9]\d*(s|m|h|d)$/.test(text) && parseDuration(text) !== undefined,
    ({ input }) => `${input} is not a duration like 30s, 10m, 2h or 7d`,
  ),
);

/** A warning that is harder to get than the alarm would never be seen. */
function mild<Entries extends v.ObjectEntries>(entries: Entries) {
  return v.pipe(
    v.strictObject(entries),
    v.check((value) => {
      const { warning, critical } = value as { warning?: number | string; critical?: number | string };
      return amount(warning) <= amount(critical);
    }, 'warning is more than critical'),
  );
}

function amount(limit: number | string | undefined): number {
  return typeof limit === 'string' ? (parseDuration(limit) ?? 0) : (limit ?? 0);
}

const atLeast = v.pipe(v.number(), v.integer(), v.minValue(1));

const guard = { over: duration, turns: atLeast, conversations: atLeast };

const schema = v.strictObject({
  links: v.strictObject({ runbooks: v.string(), grafana: v.pipe(v.string(), v.url()) }),
  objectives: v.strictObject({
    response: v.strictObject({ share, within: seconds }),
    answer: v.strictObject({ share }),
  }),
  burn: v.array(
    v.strictObject({
      ...guard,
      factor: v.pipe(v.number(), v.minValue(1)),
      recent: duration,
      severity: v.picklist(['critical', 'warning']),
    }),
  ),
  median: mild({ ...guard, warning: seconds, critical: seconds }),
  tail: mild({ ...guard, warning: seconds, critical: seconds }),
  unanswered: mild({ ...guard, warning: share, critical: share }),
  join: mild({
    over: duration,
    conversations: atLeast,
    seconds,
    warning: share,
    critical: share,
  }),
  tools: mild({
    over: duration,
    calls: atLeast,
    conversations: atLeast,
    warning: share,
    critical: share,
  }),
  failed: mild({
    over: duration,
    conversations: atLeast,
    failed: atLeast,
    warning: share,
    critical: share,
  }),
  evaluations: v.strictObject({ over: duration, before: duration, conversations: atLeast, warning: share }),
  version: v.strictObject({ ...guard, before: duration, warning: share }),
  quiet: v.array(v.strictObject({ over: duration, usual: atLeast })),
  stalled: mild({ warning: duration, critical: duration }),
  gone: v.strictObject({ critical: duration }),
  retention: mild({ warning: share, critical: share }),
  queue: mild({ warning: share, critical: share }),
  webhooks: v.strictObject({ over: duration, refused: atLeast, waiting: duration }),
});

export type Objectives = v.InferOutput<typeof schema>;

/**
 * Reads objectives from YAML.
 * @throws Error that names every setting that is wrong, and why.
 */
export function parseObjectives(yaml: string): Objectives {
  const result = v.safeParse(schema, parse(yaml));
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `  ${v.getDotPath(issue) ?? 'the file'}: ${issue.message}`);
  throw new Error(`The objectives cannot be used:\n${problems.join('\n')}`);
}
