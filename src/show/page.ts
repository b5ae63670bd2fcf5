import { createHash } from 'node:crypto';
import { PHASE } from '../trace/semconv.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import { axisTicks, formatSeconds } from './seconds.ts';
import type { View } from './view.ts';
import type { ViewRow } from './view-row.ts';

/** A wait longer than this is drawn as a bad one, in seconds: the default objective. */
const SLOW_SECONDS = 2;

const MOST_TICKS = 8;
/** Percent of the axis behind which there is no room for the words of a tick. */
const LAST_TICK = 92;

/** What the colours stand for, in the order of the legend. */
const LEGEND: readonly (readonly [string, string])[] = [
  ['user', 'user speaks'],
  ['wait', 'user waits'],
  ['slow', `user waits longer than ${SLOW_SECONDS} s`],
  ['phase', 'what the wait was spent on'],
  ['unexplained', 'the end of a wait that nothing explains'],
  ['agent', 'agent speaks'],
  ['tool', 'tool'],
  ['error', 'failed tool'],
  ['event', 'event'],
];

/** Shown by the script, without which there is no zoom. */
const ZOOM = `<div class="zoom" role="group" aria-label="Zoom" hidden><button type="button" id="out" aria-label="Zoom out">−</button><button type="button" id="in" aria-label="Zoom in">+</button><button type="button" id="whole">Whole</button><button type="button" id="earlier" aria-label="Earlier">‹</button><button type="button" id="later" aria-label="Later">›</button></div>`;

/**
 * A conversation as one self-contained page: no network, light and dark, for eyes, keyboards and screen readers.
 * Everything in it is printable and escaped; nothing of a payload can become markup, and if something did, the policy
 * lets run and load only the page's own script and style, by their hashes.
 */
export function page(view: View): string {
  const title = `${view.provider} ${view.conversation}`;
  const seconds = Number(view.end - view.start) / 1e9;
  const style = PAGE_STYLE + places(view, seconds);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hashOf(style)}; script-src ${hashOf(PAGE_SCRIPT)}; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
${heading(view, seconds)}
${figures(view)}
<ul class="legend" aria-label="Colours">${LEGEND.map(([kind, text]) => `<li><i class="bar ${kind}"></i>${escapeHtml(text)}</li>`).join('')}</ul>
${view.notes.map((note) => `<p class="note">${escapeHtml(note)}</p>\n`).join('')}<p class="hint" id="hint">Arrow keys move between rows; left and right close and open what a row is made of. + and − zoom around the row, 0 shows the whole.</p>
${ZOOM}
<table role="treegrid" aria-label="Timeline of the conversation" aria-describedby="hint" data-seconds="${seconds}">
<thead role="rowgroup"><tr role="row"><th role="columnheader">Span</th><th role="columnheader">Starts</th><th role="columnheader">Lasts</th><th role="columnheader" class="time">${axis(seconds)}</th></tr></thead>
<tbody role="rowgroup">
${view.rows.map((row, index) => tableRow(row, index, view)).join('\n')}
</tbody>
</table>
<footer>Trace <code>${escapeHtml(view.traceId)}</code>. Bars are drawn as the trace has them, lengths are true.</footer>
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function heading(view: View, seconds: number): string {
  const start = new Date(Number(view.start / 1_000_000n)).toISOString();
  const ended = [view.outcome, view.endReason].filter((word) => word !== undefined);
  const agent = view.agent === undefined ? '' : ` with <bdi>${escapeHtml(view.agent)}</bdi>`;
  const facts = [`${formatSeconds(seconds)}${agent}`, ...ended.map(escapeHtml)].join(', ');
  return `<header>
<h1>${escapeHtml(view.provider)} <bdi><code>${escapeHtml(view.conversation)}</code></bdi></h1>
<p>${facts} · <time datetime="${start}">${start.slice(0, 19).replace('T', ' ')} UTC</time></p>
</header>`;
}

function figures(view: View): string {
  const items = view.totals.map(
    ({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="figures">${items.join('')}</dl>`;
}

function axis(seconds: number): string {
  const ticks = ticksOf(seconds).map(({ label }) => `<span>${escapeHtml(label)}</span>`);
  return `<span class="visually-hidden">Timeline</span><div class="axis" aria-hidden="true">${ticks.join('')}</div>`;
}

function ticksOf(seconds: number): { left: number; label: string }[] {
  return axisTicks(seconds, MOST_TICKS)
    .map(({ at, label }) => ({ left: seconds === 0 ? 0 : (at / seconds) * 100, label }))
    .filter(({ left }) => left <= LAST_TICK);
}

/** Where bars and ticks stand and how deep names are indented: rules, because the policy allows no style attribute. */
function places(view: View, seconds: number): string {
  const length = Number(view.end - view.start);
  const percent = (nanos: bigint) => (length === 0 ? 0 : (Number(nanos) / length) * 100).toFixed(4);
  const ticks = ticksOf(seconds).map(
    ({ left }, index) => `.axis span:nth-child(${index + 1}){left:${left.toFixed(3)}%}`,
  );
  const deepest = view.rows.reduce((depth, row) => Math.max(depth, indentOf(row)), 0);
  const indents = Array.from({ length: deepest + 1 }, (_, depth) => `.depth-${depth}{--depth:${depth}}`);
  const bars = view.rows.map(
    (row, index) =>
      `#b${index}{--left:${percent(row.start - view.start)}%;--width:${percent(row.end - row.start)}%}${restPlace(row, index, view, percent)}`,
  );
  return [...ticks, ...indents, ...bars, ''].join('\n');
}

/** The open end of a wait, drawn over its bar. */
function restPlace(row: ViewRow, index: number, view: View, percent: (nanos: bigint) => string): string {
  if (row.unexplained === undefined) return '';
  const wanted = row.end - BigInt(Math.round(row.unexplained * 1e9));
  const from = wanted < row.start ? row.start : wanted;
  return `#u${index}{--left:${percent(from - view.start)}%;--width:${percent(row.end - from)}%}`;
}

/** A damaged payload may nest thousands of levels; beyond these a name would leave the page. */
function indentOf(row: ViewRow): number {
  return Math.min(row.depth, 12);
}

function hashOf(content: string): string {
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

function tableRow(row: ViewRow, index: number, view: View): string {
  const next = view.rows[index + 1];
  const starts = Number(row.start - view.start) / 1e9;
  const isParent = next !== undefined && next.depth > row.depth;
  const remark = row.remark === undefined ? '' : `<span class="remark">${escapeHtml(row.remark)}</span>`;
  const aside = row.aside === undefined ? '' : `<span class="aside">${escapeHtml(row.aside)}</span>`;
  const rest = row.unexplained === undefined ? '' : `<i class="bar unexplained" id="u${index}"></i>`;
  const said = row.text === undefined ? '' : `<p class="said" dir="auto">${escapeHtml(row.text)}</p>`;
  const attributes = [
    `class="${kindOf(row)} depth-${indentOf(row)}"`,
    `aria-level="${row.depth + 1}"`,
    'tabindex="-1"',
    `data-phase="${escapeHtml(row.phase)}"`,
    `data-start="${(row.start - view.start).toString()}"`,
    `data-end="${(row.end - view.start).toString()}"`,
    ...(isParent ? ['aria-expanded="true"'] : []),
  ];
  return `<tr role="row" ${attributes.join(' ')}><th role="rowheader" scope="row"><bdi class="name">${escapeHtml(row.name)}</bdi>${remark}${aside}${said}</th><td role="gridcell">${formatSeconds(starts)}</td><td role="gridcell">${formatSeconds(row.seconds)}</td><td role="gridcell" class="time"><div class="track" aria-hidden="true"><i class="bar ${kindOf(row)}" id="b${index}"></i>${rest}</div></td></tr>`;
}

function kindOf(row: ViewRow): string {
  switch (row.phase) {
    case PHASE.CONVERSATION:
      return 'whole';
    case PHASE.USER_SPEECH:
      return 'user';
    case PHASE.AGENT_SPEECH:
      return 'agent';
    case PHASE.RESPONSE_LATENCY:
      return row.seconds > SLOW_SECONDS ? 'slow' : 'wait';
    case PHASE.TOOL:
      return row.error ? 'error' : 'tool';
    case PHASE.EVENT:
    case PHASE.JOIN:
      return 'event';
    default:
      return 'phase';
  }
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
