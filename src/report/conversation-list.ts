import { type Summary, waitCount } from '../metrics/summary.ts';
import { printable } from '../show/printable.ts';
import { type TextColumn, textTable } from '../show/text-table.ts';
import { cutTo } from '../show/text-width.ts';

/** A conversation in a list. */
export interface ListedConversation {
  readonly source: string;
  readonly provider: string;
  readonly id: string;
  readonly traceId: string;
  readonly summary: Summary;
}

const NOTHING = '–';
/** From here on a line has room for versions and both ids too. */
const WIDE = 170;

const COLUMNS: readonly TextColumn<ListedConversation>[] = [
  { title: 'Began (UTC)', text: ({ summary }) => minute(summary.startedAt) },
  { title: 'Agent', grows: true, text: ({ summary }) => agentName(summary) },
  { title: 'Length', align: 'right', text: ({ summary }) => clock(summary.duration) },
  { title: 'First', align: 'right', text: ({ summary }) => seconds(summary.waits?.first) },
  { title: 'Median', align: 'right', text: ({ summary }) => seconds(summary.waits?.median) },
  { title: 'Max', align: 'right', text: ({ summary }) => seconds(summary.waits?.longest) },
  { title: 'Unans', align: 'right', text: ({ summary }) => share(summary.unanswered, summary.turns) },
  { title: 'Tools', align: 'right', text: ({ summary }) => toolsText(summary) },
  { title: 'Cost', align: 'right', text: ({ summary }) => money(summary.costUsd) },
  { title: 'Outcome', text: ({ summary }) => summary.outcome },
];

/** What there is only room for on a wide terminal; on others it stands in a line below. */
const IDS: readonly TextColumn<ListedConversation>[] = [
  { title: 'Conversation', text: ({ id }) => printable(id) },
  { title: 'Trace', text: ({ traceId }) => traceId },
];

/**
 * Conversations as lines for a terminal. Waits in seconds: the first, the median and the longest; `Unans`: user turns
 * that nothing answered, of how many; `Tools`: those that failed, of how many.
 */
export function listLines(rows: readonly ListedConversation[], columns: number): string[] {
  if (columns >= WIDE) {
    const { title, lines } = textTable(rows, [...COLUMNS, ...IDS], columns);
    return [title, ...lines];
  }
  const { title, lines } = textTable(rows, COLUMNS, columns);
  return [title, ...rows.flatMap((row, place) => [lines[place] ?? '', idLine(row, columns)])];
}

function idLine({ id, traceId }: ListedConversation, columns: number): string {
  return `  ${cutTo(printable(id), Math.max(12, columns - 43))}  trace ${traceId}`;
}

/** The same for programs. Lengths in seconds. */
export function listJson({ source, provider, id, traceId, summary }: ListedConversation) {
  const { agent, waits, outcome, turns, unanswered, tools } = summary;
  return {
    ...{ conversation: id, source, provider, traceId, start: new Date(summary.startedAt).toISOString() },
    agent: agent.id ?? null,
    agentName: agent.name ?? null,
    agentVersion: agent.version ?? null,
    ...{ outcome, seconds: inSeconds(summary.duration), waits: waitCount(waits) },
    firstWaitSeconds: inSeconds(waits?.first),
    medianWaitSeconds: inSeconds(waits?.median),
    longestWaitSeconds: inSeconds(waits?.longest),
    ...{
      turns,
      unanswered,
      tools,
      toolsFailed: summary.toolsFailed ?? null,
      costUsd: summary.costUsd ?? null,
    },
  };
}

/** RFC 4180, with a header. A cell that a spreadsheet would take for a formula begins with an apostrophe. */
export function listCsv(rows: readonly ListedConversation[]): string {
  const [first] = rows.map(listJson);
  const header = Object.keys(first ?? listJson(NONE));
  const lines = rows.map((row) => Object.values(listJson(row)).map(cell).join(','));
  return `${[header.join(','), ...lines].join('\r\n')}\r\n`;
}

const NONE: ListedConversation = {
  ...{ source: '', provider: '', id: '', traceId: '' },
  summary: { agent: {}, outcome: 'unknown', startedAt: 0, turns: 0, unanswered: 0, tools: 0 },
};

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'number' ? String(value) : printable(value).replace(/^[=+\-@]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function agentName({ agent: { name, id, version } }: Summary): string {
  const called = name ?? id ?? NOTHING;
  return printable(version === undefined ? called : `${called} ${version}`);
}

function minute(millis: number): string {
  return new Date(millis).toISOString().slice(0, 16).replace('T', ' ');
}

function clock(millis: number | undefined): string {
  if (millis === undefined) return NOTHING;
  const whole = Math.round(millis / 1000);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number: number) => String(number).padStart(2, '0');
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function seconds(millis: number | undefined): string {
  return millis === undefined ? NOTHING : (millis / 1000).toFixed(1);
}

function inSeconds(millis: number | undefined): number | null {
  return millis === undefined ? null : millis / 1000;
}

function share(part: number, whole: number): string {
  return whole === 0 ? NOTHING : `${part}/${whole}`;
}

function toolsText({ tools, toolsFailed }: Summary): string {
  if (tools === 0) return NOTHING;
  return toolsFailed === undefined ? `?/${tools}` : `${toolsFailed}/${tools}`;
}

export function money(usd: number | undefined): string {
  return usd === undefined ? NOTHING : `$${usd.toFixed(usd < 10 ? 3 : 2)}`;
}
