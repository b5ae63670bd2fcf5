import { LATENCY_BOUNDARIES } from '../metrics/definitions.ts';
import { printable } from '../show/printable.ts';
import { type TextColumn, textTable } from '../show/text-table.ts';
import { type By, type Group, shareOver, waitQuantile } from './comparison.ts';
import { money } from './conversation-list.ts';

const NOTHING = '–';
const LEVELS = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const TITLES: Record<By, string> = {
  agent: 'Agent',
  version: 'Agent and version',
  week: 'Week of',
  source: 'Source',
};

/**
 * Groups as lines for a terminal, each with a picture of its waits: a column for each bucket of the felt latency,
 * short waits to the left, and a bar where the objective is.
 */
export function comparisonLines(
  groups: readonly Group[],
  { by, objective, columns }: { readonly by: By; readonly objective: number; readonly columns: number },
): string[] {
  const table: TextColumn<Group>[] = [
    { title: TITLES[by], grows: true, text: ({ key }) => printable(key) },
    { title: 'Calls', align: 'right', text: ({ conversations }) => String(conversations) },
    { title: 'Waits', text: (group) => picture(group, objective) },
    { title: 'p50', align: 'right', text: (group) => seconds(waitQuantile(group, 0.5)) },
    { title: 'p95', align: 'right', text: (group) => seconds(waitQuantile(group, 0.95)) },
    { title: `>${objective} s`, align: 'right', text: (group) => percent(group.over, group.waits) },
    { title: 'Unans', align: 'right', text: ({ unanswered, turns }) => percent(unanswered, turns) },
    { title: 'Tools', align: 'right', text: ({ toolsFailed, toolsTold }) => percent(toolsFailed, toolsTold) },
    { title: 'Call', align: 'right', text: (group) => money(mean(group)) },
  ];
  const { title, lines } = textTable(groups, table, columns);
  return [title, ...lines];
}

/** The same for programs. */
export function comparisonJson(group: Group, objective: number) {
  const { key, conversations, failed, waits, over, turns, unanswered, tools, toolsFailed, toolsTold } = group;
  return {
    ...{ key, conversations, failed, waits },
    medianWaitSeconds: waitQuantile(group, 0.5) ?? null,
    p95WaitSeconds: waitQuantile(group, 0.95) ?? null,
    ...{ objectiveSeconds: objective, over, shareOver: shareOver(group) },
    distribution: group.buckets.map((count, place) => ({
      upToSeconds: LATENCY_BOUNDARIES[place] ?? null,
      waits: count,
    })),
    ...{ turns, unanswered, tools, toolsFailed: toolsTold === 0 ? null : toolsFailed },
    costUsd: group.costsTold === 0 ? null : group.costUsd,
    costOfOneUsd: mean(group) ?? null,
  };
}

/** The fullest bucket is as high as there is room; one that holds anything is never empty. */
function picture({ buckets }: Group, objective: number): string {
  const most = Math.max(...buckets);
  const drawn = buckets.map((count) =>
    count === 0 ? LEVELS[0] : LEVELS[Math.max(1, Math.round((count / most) * (LEVELS.length - 1)))],
  );
  const bar = LATENCY_BOUNDARIES.indexOf(objective) + 1;
  return `${drawn.slice(0, bar).join('')}│${drawn.slice(bar).join('')}`;
}

function mean({ costUsd, costsTold }: Group): number | undefined {
  return costsTold === 0 ? undefined : costUsd / costsTold;
}

function seconds(value: number | undefined): string {
  return value === undefined ? NOTHING : value.toFixed(1);
}

function percent(part: number, whole: number): string {
  return whole === 0 ? NOTHING : `${((100 * part) / whole).toFixed(1)}%`;
}
