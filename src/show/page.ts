import { PHASE } from '../trace/semconv.ts';
import { axisTicks, formatSeconds } from './duration.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';
import type { View, ViewRow } from './view.ts';

/** A wait longer than this is drawn as a bad one, in seconds: the default objective. */
const SLOW_SECONDS = 2;

/** What stands deeper stands no further in: the page would be wider than anybody scrolls. */
const DEEPEST_INDENT = 40;

/** What the colours stand for, in the order of the legend. */
const LEGEND: readonly (readonly [string, string])[] = [
  ['user', 'user speaks'],
  ['wait', 'user waits'],
  ['slow', `user waits longer than ${SLOW_SECONDS} s`],
  ['phase', 'what the wait was spent on'],
  ['agent', 'agent speaks'],
  ['tool', 'tool'],
  ['error', 'failed tool'],
  ['event', 'event'],
];

/**
 * A conversation as one self-contained page: no network, light and dark, for eyes, keyboards and screen readers.
 * Everything in it is escaped; nothing of a payload can become markup.
 */
export function page(view: View): string {
  const title = `${view.provider} ${view.conversation}`;
  const seconds = Number(view.end - view.start) / 1e9;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${PAGE_STYLE}</style>
</head>
<body>
<main>
${heading(view, seconds)}
${figures(view)}
<ul class="legend" aria-label="Colours">${LEGEND.map(([kind, text]) => `<li><i class="bar ${kind}"></i>${escapeHtml(text)}</li>`).join('')}</ul>
<p class="hint" id="hint">Arrow keys move between rows; left and right close and open what a row is made of.</p>
<table role="treegrid" aria-label="Timeline of the conversation" aria-describedby="hint">
<thead><tr><th scope="col">Span</th><th scope="col">Starts</th><th scope="col">Lasts</th><th scope="col" class="time">${axis(seconds)}</th></tr></thead>
<tbody>
${view.rows.map((row, index) => tableRow(row, view, view.rows[index + 1])).join('\n')}
</tbody>
</table>
<footer>Trace <code>${escapeHtml(view.traceId)}</code>. Bars are drawn as the trace has them; lengths are true.</footer>
</main>
<script>${PAGE_SCRIPT}</script>
</body>
</html>
`;
}

function heading(view: View, seconds: number): string {
  const start = new Date(Number(view.start / 1_000_000n)).toISOString();
  const ended = [view.outcome, view.endReason].filter((word) => word !== undefined).join(', ');
  const agent = view.agent === undefined ? '' : ` with ${escapeHtml(view.agent)}`;
  return `<header>
<h1>${escapeHtml(view.provider)} <code>${escapeHtml(view.conversation)}</code></h1>
<p>${formatSeconds(seconds)}${agent}, ${escapeHtml(ended)} · <time datetime="${start}">${start.slice(0, 19).replace('T', ' ')} UTC</time></p>
</header>`;
}

function figures(view: View): string {
  const items = view.totals.map(
    ({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`,
  );
  return `<dl class="figures">${items.join('')}</dl>`;
}

function axis(seconds: number): string {
  const ticks = axisTicks(seconds, 8).map(({ at, label }) => {
    const place = seconds === 0 ? 0 : (at / seconds) * 100;
    return `<span style="left:${place.toFixed(3)}%">${escapeHtml(label)}</span>`;
  });
  return `<span class="visually-hidden">Timeline</span><div class="axis" aria-hidden="true">${ticks.join('')}</div>`;
}

function tableRow(row: ViewRow, view: View, next: ViewRow | undefined): string {
  const length = Number(view.end - view.start);
  const percent = (nanos: bigint) => (length === 0 ? 0 : (Number(nanos) / length) * 100);
  const left = percent(row.start - view.start);
  const width = percent(row.end - row.start);
  const starts = Number(row.start - view.start) / 1e9;
  const isParent = next !== undefined && next.depth > row.depth;
  const remark = row.remark === undefined ? '' : `<span class="remark">${escapeHtml(row.remark)}</span>`;
  const said = row.text === undefined ? '' : `<p class="said" dir="auto">${escapeHtml(row.text)}</p>`;
  const attributes = [
    `class="${kindOf(row)} depth-${Math.min(row.depth, 6)}"`,
    `aria-level="${row.depth + 1}"`,
    'tabindex="-1"',
    `data-phase="${escapeHtml(row.phase)}"`,
    `data-start="${(row.start - view.start).toString()}"`,
    `data-end="${(row.end - view.start).toString()}"`,
    ...(isParent ? ['aria-expanded="true"'] : []),
  ];
  return `<tr role="row" ${attributes.join(' ')}><th scope="row" style="padding-inline-start:${Math.min(row.depth, DEEPEST_INDENT) * 1.1 + 0.6}em"><span class="name">${escapeHtml(row.name)}</span>${remark}${said}</th><td>${formatSeconds(starts)}</td><td>${formatSeconds(row.seconds)}</td><td class="time"><div class="track" aria-hidden="true"><i class="bar ${kindOf(row)}" style="left:${left.toFixed(4)}%;width:${width.toFixed(4)}%"></i></div></td></tr>`;
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
