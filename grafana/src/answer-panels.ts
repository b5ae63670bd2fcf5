import type { Placed, Section } from './board.ts';
import { AGENT_ID, ANSWER, ERROR, EVALUATION, EVALUATION_LABEL, NUMBER, TOOL } from './metric.ts';
import type { Objectives } from './objectives.ts';
import { badFrom, bars, COLOR, COUNT, colored, limits, lines, ranking } from './panel.ts';
import {
  BAR,
  CALLED,
  EVALUATION_FAILED,
  growth,
  judged,
  named,
  quantile,
  STEP,
  shareOf,
  TOOL_FAILED,
  tellingOfTools,
  UNANSWERED,
  WHOLE,
} from './queries.ts';

/** Whether agents answer, are let finish, and are there in time. */
export function answerSection({ unanswered, join }: Objectives): Section {
  const by = [AGENT_ID];
  return {
    title: 'Answers, interruptions, joining',
    panels: [
      {
        panel: ranking(
          {
            title: 'Unanswered by agent',
            description:
              'Share of what users said that no agent speech followed, the worst agent first. An agent that dies is seen here, not in the latency.',
          },
          { expr: named(shareOf(NUMBER.turns, UNANSWERED, { ...WHOLE, by })), legend: `{{${CALLED}}}` },
          {
            ...{ unit: 'percentunit', decimals: 1, max: 1 },
            steps: badFrom(unanswered.warning, unanswered.critical),
          },
        ),
        width: 8,
        height: 8,
      },
      {
        panel: lines(
          {
            title: 'Interrupted and overlapped',
            description:
              'Share of user turns whose reply the user interrupted, and of those whose reply began before the user had ended.',
          },
          [
            {
              expr: shareOf(NUMBER.turns, `${ANSWER}="interrupted"`, STEP),
              ...{ legend: 'interrupted', color: COLOR.byUser },
            },
            {
              expr: shareOf(NUMBER.turns, `${ANSWER}="overlapped"`, STEP),
              ...{ legend: 'overlapped', color: COLOR.byAgent },
            },
          ],
          { unit: 'percentunit' },
        ),
        width: 8,
        height: 8,
      },
      {
        panel: lines(
          {
            title: 'Join time',
            description:
              'From the creation of a conversation until the replica is there. Interpolated. Tavus only.',
            nothing: 'no video conversations in this time',
          },
          [
            { expr: quantile(0.5, NUMBER.join, STEP), legend: 'p50', color: COLOR.half },
            { expr: quantile(0.95, NUMBER.join, STEP), legend: 'p95', color: COLOR.tail },
          ],
          { unit: 's', steps: limits(join.seconds) },
        ),
        width: 8,
        height: 8,
      },
    ],
  };
}

/** What agents do besides talking. */
export function toolSection({ tools: limit }: Objectives): Section {
  const nothing = 'no tool calls in this time';
  const place = (panel: Placed['panel']) => ({ panel, width: 6, height: 8 });
  const byTool = { ...WHOLE, by: [TOOL] };
  return {
    title: 'Tools',
    panels: [
      place(
        bars(
          { title: 'Tool calls', description: 'How often each tool was called in each step.', nothing },
          [{ expr: growth(NUMBER.toolCalls, { ...BAR, by: [TOOL] }), legend: `{{${TOOL}}}` }],
          COUNT,
        ),
      ),
      place(
        ranking(
          {
            title: 'Tool failures',
            description:
              'Share of the calls of each tool that failed, the worst first, where the vendor says so: Tavus does not.',
            nothing: 'not told',
          },
          {
            expr: shareOf(NUMBER.toolCalls, TOOL_FAILED, tellingOfTools(byTool)),
            legend: `{{${TOOL}}}`,
          },
          { unit: 'percentunit', decimals: 1, max: 1, steps: badFrom(limit.warning, limit.critical) },
        ),
      ),
      place(
        bars(
          {
            title: 'Errors of tools',
            description: 'How often each tool failed in each step, and how.',
            nothing: 'no tool failed',
          },
          [
            {
              expr: growth(NUMBER.toolCalls, { ...BAR, by: [TOOL, ERROR] }, TOOL_FAILED),
              legend: `{{${TOOL}}}: {{${ERROR}}}`,
            },
          ],
          COUNT,
        ),
      ),
      place(
        ranking(
          {
            title: 'Tool duration, p95',
            description:
              '95 of 100 calls of each tool were shorter, where that was measured; the longest first. Interpolated.',
            nothing,
          },
          { expr: quantile(0.95, NUMBER.toolDuration, byTool), legend: `{{${TOOL}}}` },
          { unit: 's', decimals: 1 },
        ),
      ),
    ],
  };
}

/** What the vendor's own evaluations of the conversations came to. */
export function evaluationSection({ evaluations }: Objectives): Section {
  const nothing = 'no evaluations in this time';
  const results = bars(
    {
      title: 'Evaluations',
      description:
        'Results of the criteria that the vendor judged conversations by, in each step. unknown: the conversation gave no ground to judge. Tavus has none.',
      nothing,
    },
    [
      {
        expr: growth(NUMBER.evaluations, { ...BAR, by: [EVALUATION_LABEL] }),
        legend: `{{${EVALUATION_LABEL}}}`,
      },
    ],
    COUNT,
  );
  for (const [result, color] of Object.entries({ success: 'green', failure: 'red', unknown: 'gray' }))
    results.overrideByName(result, colored(color));
  const failures = (
    title: string,
    description: string,
    label: string,
    look = (query: string) => query,
    legend = label,
  ) =>
    ranking(
      { title, description, nothing },
      {
        expr: look(shareOf(NUMBER.evaluations, EVALUATION_FAILED, judged({ ...WHOLE, by: [label] }))),
        legend: `{{${legend}}}`,
      },
      { unit: 'percentunit', decimals: 1, max: 1, steps: badFrom(evaluations.warning) },
    );
  const alert =
    'Red where it is more than the alert allows it to grow within a week; the alert itself compares each agent with its own week before.';
  return {
    title: 'Evaluations',
    panels: [
      { panel: results, width: 8, height: 8 },
      {
        panel: failures(
          'Evaluations failed by criterion',
          `Share of the judged results of each criterion that are failures, the worst first. ${alert}`,
          EVALUATION,
        ),
        width: 8,
        height: 8,
      },
      {
        panel: failures(
          'Evaluations failed by agent',
          `Share of the judged results of each agent that are failures, the worst first. ${alert}`,
          AGENT_ID,
          named,
          CALLED,
        ),
        width: 8,
        height: 8,
      },
    ],
  };
}
