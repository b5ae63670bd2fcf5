import type { Section } from './board.ts';
import { AGENT_ID, ANSWER, ERROR, NUMBER, TOOL } from './metric.ts';
import type { Objectives } from './objectives.ts';
import { bars, limits, lines } from './panel.ts';
import { BAR, growth, quantile, STEP, shareOf, TOOL_FAILED, UNANSWERED } from './queries.ts';

/** Whether agents answer, are let finish, and are there in time. */
export function answerSection({ unanswered, join }: Objectives): Section {
  const by = [AGENT_ID];
  return {
    title: 'Answers, interruptions, joining',
    panels: [
      {
        panel: lines(
          {
            title: 'Unanswered by agent',
            description:
              'Share of what users said that no agent speech followed, by agent. An agent that dies is seen here, not in the latency.',
          },
          [{ expr: shareOf(NUMBER.turns, UNANSWERED, { ...STEP, by }), legend: `{{${AGENT_ID}}}` }],
          { unit: 'percentunit', steps: limits(unanswered.warning, unanswered.critical) },
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
            { expr: shareOf(NUMBER.turns, `${ANSWER}="interrupted"`, STEP), legend: 'interrupted' },
            { expr: shareOf(NUMBER.turns, `${ANSWER}="overlapped"`, STEP), legend: 'overlapped' },
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
            { expr: quantile(0.5, NUMBER.join, STEP), legend: 'p50' },
            { expr: quantile(0.95, NUMBER.join, STEP), legend: 'p95' },
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
  const place = (panel: ReturnType<typeof lines>) => ({ panel, width: 6, height: 8 });
  return {
    title: 'Tools',
    panels: [
      place(
        bars(
          { title: 'Tool calls', description: 'How often each tool was called in each step.', nothing },
          [{ expr: growth(NUMBER.toolCalls, { ...BAR, by: [TOOL] }), legend: `{{${TOOL}}}` }],
          { unit: 'short', decimals: 0 },
        ),
      ),
      place(
        lines(
          {
            title: 'Tool failures',
            description: 'Share of the calls of each tool that failed. Tavus does not say.',
            nothing,
          },
          [{ expr: shareOf(NUMBER.toolCalls, TOOL_FAILED, { ...STEP, by: [TOOL] }), legend: `{{${TOOL}}}` }],
          { unit: 'percentunit', steps: limits(limit.warning, limit.critical) },
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
          { unit: 'short', decimals: 0 },
        ),
      ),
      place(
        lines(
          {
            title: 'Tool duration, p95',
            description: '95 of 100 calls of each tool were shorter, where that was measured. Interpolated.',
            nothing,
          },
          [{ expr: quantile(0.95, NUMBER.toolDuration, { ...STEP, by: [TOOL] }), legend: `{{${TOOL}}}` }],
          { unit: 's' },
        ),
      ),
    ],
  };
}
