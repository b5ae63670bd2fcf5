import { OBJECTIVE_SECONDS } from '../trace/objective.ts';
import { PHASE } from '../trace/semconv.ts';
import { axisTicks, formatSeconds } from './seconds.ts';
import { cutTo, fitted, widthOf } from './text-width.ts';
import type { View } from './view.ts';
import type { ViewRow } from './view-row.ts';

export interface WaterfallOptions {
  /** Characters a line. */
  readonly columns: number;
  readonly color: boolean;
}

const LONGEST_NAME = 34;
const DEEPEST_INDENT = 10;
/** Names give way to bars until both have this much; on a narrower terminal the bars do. */
const LEAST_BAR = 20;
const LEAST_NAME = 12;
/** Characters of a length at least, and those of the gaps around it. */
const LENGTH = 8;
const GAPS = 4;
/** Of what was said, a line has room for the quotes and some indentation less. */
const MOST_QUOTED = 4;
const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

/** A conversation as lines for a terminal: indented names, true durations, bars on one time axis. */
export function waterfall(view: View, { columns, color }: WaterfallOptions): string {
  const paint = color
    ? (text: string, code: string) => `\x1b[${code}m${text}\x1b[0m`
    : (text: string) => text;
  const lengthWidth = view.rows.reduce(
    (widest, { seconds }) => Math.max(widest, formatSeconds(seconds).length),
    LENGTH,
  );
  const mostForNames = Math.max(LEAST_NAME, columns - lengthWidth - GAPS - LEAST_BAR);
  const nameWidth = view.rows.reduce(
    (widest, row) => Math.min(LONGEST_NAME, mostForNames, Math.max(widest, widthOf(nameOf(row)))),
    0,
  );
  const lead = nameWidth + lengthWidth + GAPS;
  const barWidth = Math.max(1, columns - lead);
  const length = view.end - view.start;
  const lines = [...heading(view, columns, paint), ...totals(view, columns, paint)];
  lines.push(`${' '.repeat(lead)}${paint(axis(length, barWidth), '2')}`);
  for (const row of view.rows) {
    const label = paint(fitted(nameOf(row), nameWidth), isFault(row) ? '31' : labelColor(row));
    const seconds = paint(formatSeconds(row.seconds).padStart(lengthWidth), labelColor(row));
    const { line, below } = beside(bar(row, view, barWidth), remarksOf(row), barWidth);
    lines.push(
      `${label}  ${seconds}  ${line.map(({ text, code }) => paint(text, code ?? barColor(row))).join('')}`,
    );
    if (below !== undefined) lines.push(`${' '.repeat(lead)}${paint(below.text, below.code)}`);
    if (row.text !== undefined)
      lines.push(paint(`${indent(row.depth + 1)}“${cutTo(row.text, columns - 2 * MOST_QUOTED)}”`, '2'));
  }
  if (view.notes.length > 0)
    lines.push(
      '',
      ...view.notes.flatMap((note) => wrapped(note.split(' '), ' ', columns)).map((line) => paint(line, '2')),
    );
  return `${lines.map((line) => line.trimEnd()).join('\n')}\n`;
}

/** Two characters a level, as deep as leaves room for a name: a damaged payload may nest thousands of levels. */
function indent(depth: number): string {
  return '  '.repeat(Math.min(depth, DEEPEST_INDENT));
}

type Paint = (text: string, code: string) => string;

function heading(view: View, columns: number, paint: Paint): string[] {
  const seconds = Number(view.end - view.start) / 1e9;
  const agent = view.agent === undefined ? [] : [`with ${view.agent}`];
  const facts = [...agent, formatSeconds(seconds), view.outcome, view.endReason].filter(
    (fact) => fact !== undefined,
  );
  return [
    paint(cutTo(`${view.provider} ${view.conversation}`, columns), '1'),
    ...wrapped(facts, ', ', columns),
    ...wrapped([moment(view.start), `trace ${view.traceId}`], ', ', columns).map((line) => paint(line, '36')),
  ];
}

/** Parts on as few lines as there is room for; one that is longer than a line is cut. */
function wrapped(parts: readonly string[], separator: string, columns: number): string[] {
  const lines: string[] = [];
  for (const part of parts.map((one) => cutTo(one, columns))) {
    const longer = `${lines.at(-1) ?? ''}${separator}${part}`;
    if (lines.length > 0 && widthOf(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(part);
  }
  return lines;
}

/** `2026-11-20 12:03:09 UTC`. */
function moment(nanos: bigint): string {
  return `${new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

function totals(view: View, columns: number, paint: Paint): string[] {
  const parts = view.totals.map(({ name, value }) => `${name} ${value}`);
  return wrapped(parts, ' · ', columns).map((line) => paint(line, '2'));
}

/** `0 s      10 s      20 s`: round steps, as many as fit. */
function axis(length: bigint, width: number): string {
  const seconds = Number(length) / 1e9;
  let line = '';
  for (const { at, label } of axisTicks(seconds, Math.max(1, Math.floor(width / 12)))) {
    const place = seconds === 0 ? 0 : Math.round((at / seconds) * width);
    if (place >= line.length && place + label.length <= width) line = `${line.padEnd(place)}${label}`;
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

/** The row's name in its place, with a sign where the row is a fault: colour alone is not seen by everybody. */
function nameOf(row: ViewRow): string {
  return `${indent(row.depth)}${isFault(row) ? '✗ ' : ''}${row.name}`;
}

function isFault({ error, phase }: ViewRow): boolean {
  return error && phase !== PHASE.CONVERSATION;
}

interface Remark {
  readonly text: string;
  readonly code: string;
}

function remarksOf({ remark, aside }: ViewRow): Remark[] {
  return [
    ...(remark === undefined ? [] : [{ text: remark, code: '31' }]),
    ...(aside === undefined ? [] : [{ text: aside, code: '2' }]),
  ];
}

/** What is to be said of a row, where there is room for it: behind its bar, else before it, else in a line below. */
function beside(
  drawn: string,
  remarks: readonly Remark[],
  width: number,
): { line: { text: string; code?: string }[]; below?: Remark } {
  const all = remarks.map(({ text }) => text).join(' ');
  const [first] = remarks;
  if (first === undefined) return { line: [{ text: drawn }] };
  const needed = widthOf(all) + 1;
  if (drawn.length + needed <= width)
    return { line: [{ text: drawn }, ...remarks.map(({ text, code }) => ({ text: ` ${text}`, code }))] };
  const free = drawn.length - drawn.trimStart().length;
  if (needed <= free) {
    const before = remarks.map(({ text, code }) => ({ text: `${text} `, code }));
    return { line: [{ text: ' '.repeat(free - needed) }, ...before, { text: drawn.trimStart() }] };
  }
  return { line: [{ text: drawn }], below: { text: cutTo(all, width), code: first.code } };
}
