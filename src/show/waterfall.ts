import { OBJECTIVE_SECONDS } from '../metrics/definitions.ts';
import { PHASE } from '../trace/semconv.ts';
import { axisTicks, formatSeconds } from './duration.ts';
import type { View } from './view.ts';
import type { ViewRow } from './view-row.ts';

export interface WaterfallOptions {
  /** Characters a line. */
  readonly columns: number;
  readonly color: boolean;
}

const LONGEST_NAME = 34;
const DEEPEST_INDENT = 10;
const LEAST_BAR = 20;
const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/** A conversation as lines for a terminal: indented names, true durations, bars on one time axis. */
export function waterfall(view: View, { columns, color }: WaterfallOptions): string {
  const paint = color
    ? (text: string, code: string) => `\x1b[${code}m${text}\x1b[0m`
    : (text: string) => text;
  const nameWidth = view.rows.reduce(
    (widest, row) => Math.min(LONGEST_NAME, Math.max(widest, row.name.length + 2 * row.depth)),
    0,
  );
  const barWidth = Math.max(LEAST_BAR, columns - nameWidth - 13);
  const length = view.end - view.start;
  const lines = [heading(view, paint), ...totals(view, columns, paint)];
  lines.push(`${' '.repeat(nameWidth + 12)}${paint(axis(length, barWidth), '2')}`);
  for (const row of view.rows) {
    const name = `${indent(row.depth)}${row.name}`;
    const cut = name.length > nameWidth ? cutTo(name, nameWidth) : name.padEnd(nameWidth);
    const painted = paint(bar(row, view, barWidth), barColor(row));
    const label = paint(cut, row.error ? '31' : labelColor(row));
    lines.push(
      `${label}  ${paint(formatSeconds(row.seconds).padStart(8), labelColor(row))}  ${painted}${remark(row, paint)}`,
    );
    if (row.text !== undefined)
      lines.push(paint(`${indent(row.depth + 1)}“${cutTo(row.text, columns - 8)}”`, '2'));
  }
  if (view.notes.length > 0) lines.push('', ...view.notes.map((note) => paint(note, '2')));
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Two characters a level, as deep as leaves room for a name: a damaged payload may nest thousands of levels. */
function indent(depth: number): string {
  return '  '.repeat(Math.min(depth, DEEPEST_INDENT));
}

type Paint = (text: string, code: string) => string;

function heading(view: View, paint: Paint): string {
  const seconds = Number(view.end - view.start) / 1e9;
  const ending = [view.outcome, view.endReason].filter((word) => word !== undefined).join(', ');
  const agent = view.agent === undefined ? '' : ` with ${view.agent}`;
  return `${paint(`${view.provider} ${view.conversation}`, '1')}${agent}, ${formatSeconds(seconds)}, ${ending}\n${paint(`trace ${view.traceId}`, '36')}`;
}

function totals(view: View, columns: number, paint: Paint): string[] {
  const lines: string[] = [];
  let line = '';
  for (const { name, value } of view.totals) {
    const part = `${name} ${value}`;
    if (line !== '' && line.length + part.length + 3 > columns) {
      lines.push(line);
      line = '';
    }
    line += line === '' ? part : ` · ${part}`;
  }
  return [...lines, line].filter((text) => text !== '').map((text) => paint(text, '2'));
}

/** `0 s      10 s      20 s`: round steps, as many as fit. */
function axis(length: bigint, width: number): string {
  const seconds = Number(length) / 1e9;
  let line = '';
  for (const { at, label } of axisTicks(seconds, Math.max(1, Math.floor(width / 12)))) {
    const place = seconds === 0 ? 0 : Math.round((at / seconds) * width);
    if (place >= line.length && place + label.length <= width + 6) line = `${line.padEnd(place)}${label}`;
  }
  return line;
}

/** Drawn in eighths of a character, so that a wait of a second is seen in a call of two minutes. */
function bar(row: ViewRow, view: View, width: number): string {
  const length = view.end - view.start;
  const scale = (moment: bigint) =>
    length === 0n ? 0 : Number(((moment - view.start) * BigInt(width * 8)) / length);
  const from = Math.min(scale(row.start), width * 8 - 1);
  const to = Math.max(scale(row.end), from + 1);
  const lead = Math.floor(from / 8);
  const offset = from % 8;
  const size = to - from;
  if (size < 8) return `${' '.repeat(lead)}${EIGHTHS[Math.max(1, Math.min(8, size + (offset > 4 ? 1 : 0)))]}`;
  const whole = Math.floor((to - lead * 8) / 8);
  return `${' '.repeat(lead)}${'█'.repeat(whole)}${EIGHTHS[(to - lead * 8) % 8]?.trim()}`;
}

function barColor(row: ViewRow): string {
  if (row.error && row.phase !== PHASE.CONVERSATION) return '31';
  switch (row.phase) {
    case PHASE.CONVERSATION:
      return '90';
    case PHASE.USER_SPEECH:
      return '34';
    case PHASE.AGENT_SPEECH:
      return '32';
    case PHASE.RESPONSE_LATENCY:
      return row.seconds > OBJECTIVE_SECONDS ? '91' : '33';
    case PHASE.TOOL:
      return '35';
    case PHASE.JOIN:
    case PHASE.EVENT:
      return '36';
    default:
      return row.seconds > OBJECTIVE_SECONDS ? '31' : '93';
  }
}

function labelColor(row: ViewRow): string {
  if (row.phase === PHASE.RESPONSE_LATENCY) return row.seconds > OBJECTIVE_SECONDS ? '1;91' : '1;33';
  return row.depth > 1 ? '2' : '0';
}

function remark(row: ViewRow, paint: Paint): string {
  const fault = row.remark === undefined ? '' : ` ${paint(row.remark, '31')}`;
  return row.aside === undefined ? fault : `${fault} ${paint(row.aside, '2')}`;
}

/** Whole characters only: half of one would be no character at all. */
function cutTo(text: string, width: number): string {
  if (text.length <= width) return text;
  return `${text.slice(0, Math.max(10, width - 1)).replace(/[\uD800-\uDBFF]$/, '')}…`;
}
