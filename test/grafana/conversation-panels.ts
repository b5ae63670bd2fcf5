import {
  bucketQuantile,
  byAgent,
  byVersion,
  cumulative,
  each,
  one,
  type Sample,
  share,
  sum,
  toolsOf,
  turnsOf,
  type World,
  waitsOf,
} from './expected.ts';
import type { Truth } from './truth.ts';

type Expectation = (world: World) => Sample[];

/** Boundaries that the heatmap has a row for. */
const HEATMAP = [
  '0.5',
  '1.0',
  '1',
  '1.5',
  '2.0',
  '2',
  '3.0',
  '3',
  '5.0',
  '5',
  '8.0',
  '8',
  '13.0',
  '13',
  '30.0',
  '30',
  '+Inf',
];
const RESPONSE = 'callspan.response.latency';

const waited = (truths: readonly Truth[]) => waitsOf(truths).map(({ wait }) => wait);
const withWaits = (truths: readonly Truth[]) => truths.filter((truth) => waited([truth]).length > 0);
const withTurns = (truths: readonly Truth[]) => truths.filter(({ exchanges }) => exchanges.length > 0);
const withTools = (truths: readonly Truth[]) => truths.filter((truth) => toolsOf([truth]).length > 0);
const failed = ({ error }: { error?: string }) => error !== undefined;
const slow = (seconds: number) => seconds > 2;

const felt =
  (quantile: number): Expectation =>
  ({ truths }) =>
    one(bucketQuantile(quantile, RESPONSE, waited(truths)));

const lasted =
  (quantile: number): Expectation =>
  ({ truths }) => {
    const lengths = truths.flatMap(({ duration }) => duration ?? []);
    return one(bucketQuantile(quantile, 'callspan.conversation.duration', lengths));
  };

const joined =
  (quantile: number): Expectation =>
  ({ truths }) => {
    const lengths = truths.flatMap(({ join }) => join ?? []);
    return one(bucketQuantile(quantile, 'callspan.join.latency', lengths));
  };

const ended =
  (end: string): Expectation =>
  ({ truths }) =>
    one(share(turnsOf(truths), ({ answer }) => answer === end));

function phasesOf(truths: readonly Truth[]) {
  return waitsOf(truths).flatMap(({ phases = {} }) =>
    Object.entries(phases).map(([phase, seconds]) => ({ phase, seconds })),
  );
}

function tokensOf(truths: readonly Truth[]) {
  return turnsOf(truths).flatMap(({ usage = [] }) =>
    usage.flatMap(({ model, input, output }) => [
      { model, type: 'input', count: input },
      { model, type: 'output', count: output },
    ]),
  );
}

function evaluationsOf(truths: readonly Truth[]) {
  return truths.flatMap((truth) =>
    Object.entries(truth.evaluations ?? {}).map(([name, label]) => ({ name, label, truth })),
  );
}

/** The share of failures among what was judged at all. */
const failures =
  (by: (evaluation: ReturnType<typeof evaluationsOf>[number]) => Record<string, string>): Expectation =>
  ({ truths }) =>
    each(
      evaluationsOf(truths).filter(({ label }) => label !== 'unknown'),
      by,
      (group) => share(group, ({ label }) => label === 'failure'),
    );

/** What each PromQL query of the dashboard Conversations has to answer, by its panel and its letter. */
export const CONVERSATION_PANELS: Readonly<Record<string, Expectation>> = {
  'Conversations A': ({ truths }) => one(truths.length),
  'Waits within 2 s A': ({ truths }) => one(share(waited(truths), (seconds) => !slow(seconds))),
  'Felt latency A': felt(0.5),
  'Felt latency B': felt(0.95),
  'Unanswered A': ended('unanswered'),
  'Tool calls that failed A': ({ truths }) => one(share(toolsOf(truths), failed)),
  'Cost A': ({ truths }) => one(sum(truths.map(({ costUsd }) => costUsd))),

  'Conversations by outcome A': ({ truths }) =>
    each(
      truths,
      ({ outcome }) => ({ callspan_outcome: outcome }),
      (group) => group.length,
    ),
  'Length of conversations A': lasted(0.5),
  'Length of conversations B': lasted(0.95),

  'Felt latency, percentiles A': felt(0.5),
  'Felt latency, percentiles B': felt(0.95),
  'Felt latency, percentiles C': felt(0.99),
  'Felt latency, all waits A': ({ truths }) =>
    cumulative(RESPONSE, waited(truths)).filter(({ labels: { le = '' } }) => HEATMAP.includes(le)),
  'Waits over 2 s A': ({ truths }) => each(withWaits(truths), byAgent, (group) => share(waited(group), slow)),
  'Where the wait goes A': ({ truths }) =>
    each(
      phasesOf(truths),
      ({ phase }) => ({ callspan_phase: phase }),
      (group) => sum(group.map(({ seconds }) => seconds)) / waited(truths).length,
    ),
  'Where the wait goes B': ({ truths }) => {
    const known = sum(phasesOf(truths).map(({ seconds }) => seconds));
    return one((sum(waited(truths)) - known) / waited(truths).length);
  },

  'Unanswered by agent A': ({ truths }) =>
    each(withTurns(truths), byAgent, (group) =>
      share(turnsOf(group), ({ answer }) => answer === 'unanswered'),
    ),
  'Interrupted and overlapped A': ended('interrupted'),
  'Interrupted and overlapped B': ended('overlapped'),
  'Join time A': joined(0.5),
  'Join time B': joined(0.95),

  'Tool calls A': ({ truths }) =>
    each(
      toolsOf(truths),
      ({ name }) => ({ gen_ai_tool_name: name }),
      (group) => group.length,
    ),
  'Tool failures A': ({ truths }) =>
    each(
      toolsOf(truths),
      ({ name }) => ({ gen_ai_tool_name: name }),
      (group) => share(group, failed),
    ),
  'Errors of tools A': ({ truths }) =>
    each(
      toolsOf(truths).filter(failed),
      ({ name, error = '' }) => ({ gen_ai_tool_name: name, error_type: error }),
      (group) => group.length,
    ),
  'Tool duration, p95 A': ({ truths }) =>
    each(
      toolsOf(truths).filter(({ seconds }) => seconds !== undefined),
      ({ name }) => ({ gen_ai_tool_name: name }),
      (group) =>
        bucketQuantile(
          0.95,
          'callspan.tool.duration',
          group.flatMap(({ seconds }) => seconds ?? []),
        ),
    ),

  'Tokens A': ({ truths }) =>
    each(
      tokensOf(truths),
      ({ model, type }) => ({ gen_ai_request_model: model, gen_ai_token_type: type }),
      (group) => sum(group.map(({ count }) => count)),
    ),
  'Cost by agent A': ({ truths }) =>
    each(
      truths.filter(({ costUsd }) => costUsd !== undefined),
      byAgent,
      (group) => sum(group.map(({ costUsd }) => costUsd)),
    ),

  'Evaluations A': ({ truths }) =>
    each(
      evaluationsOf(truths),
      ({ label }) => ({ gen_ai_evaluation_score_label: label }),
      (group) => group.length,
    ),
  'Evaluations failed by criterion A': failures(({ name }) => ({ gen_ai_evaluation_name: name })),
  'Evaluations failed by agent A': failures(({ truth }) => byAgent(truth)),

  'Agents and versions A': ({ truths }) => each(truths, byVersion, (group) => group.length),
  // An agent of which nobody says what it costs is not one that costs nothing.
  'Agents and versions B': ({ truths }) => {
    const told = truths.filter(({ costUsd }) => costUsd !== undefined).map(({ agent }) => agent);
    const charged = truths.filter(({ agent }) => told.includes(agent));
    return each(charged, byVersion, (group) => sum(group.map(({ costUsd }) => costUsd)) / group.length);
  },
  'Agents and versions C': ({ truths }) =>
    each(withWaits(truths), byVersion, (group) => share(waited(group), slow)),
  'Agents and versions D': ({ truths }) =>
    each(withWaits(truths), byVersion, (group) => bucketQuantile(0.95, RESPONSE, waited(group))),
  'Agents and versions E': ({ truths }) =>
    each(withWaits(truths), byVersion, (group) => sum(waited(group)) / waited(group).length),
  // A reply that began before the user had ended ends no wait.
  'Agents and versions F': ({ truths }) =>
    each(withTurns(truths), byVersion, (group) => {
      const replies = turnsOf(group).filter(
        ({ answer }) => answer === 'answered' || answer === 'interrupted',
      );
      return share(replies, ({ wait }) => wait !== undefined);
    }),
  'Agents and versions G': ({ truths }) =>
    each(withTurns(truths), byVersion, (group) =>
      share(turnsOf(group), ({ answer }) => answer === 'unanswered'),
    ),
  'Agents and versions H': ({ truths }) =>
    each(withTools(truths), byVersion, (group) => share(toolsOf(group), failed)),
  'Agents and versions I': ({ truths }) =>
    each(withTurns(truths), byVersion, (group) =>
      share(turnsOf(group), ({ answer }) => answer === 'interrupted'),
    ),
};
