import type { OtlpEvent, OtlpLink, OtlpTraces } from '../../src/trace/otlp.ts';
import { plain, type ReadSpan, readSpans } from './read-spans.ts';

/**
 * A trace as a person reads it: the tree, each span with where it begins, how long it lasts and what it carries.
 * What every span carries alike is told once, at the top.
 */
export function goldenText(traces: OtlpTraces): string {
  const spans = readSpans(traces);
  const root = spans.find((span) => span.parent === undefined);
  if (!root) throw new Error('There is no root');
  const shared = sharedBy(spans);
  const lines = [
    `trace ${root.traceId}, begins ${new Date(Number(root.start / 1_000_000n)).toISOString()}`,
    ...traces.resourceSpans.map(({ resource }) => `resource ${inline(plain(resource?.attributes ?? []))}`),
    `on every span ${inline(shared)}`,
    'start  length  name  [kind status] of scope',
    '',
  ];
  const write = (span: ReadSpan, depth: number) => {
    const pad = '  '.repeat(depth);
    const start = seconds(span.start - root.start);
    const tags = [KINDS[span.kind], STATUSES[span.status]].filter((tag) => tag !== undefined).join(' ');
    lines.push(`${pad}${start}  ${seconds(span.end - span.start)}  ${span.name}  [${tags}] of ${span.scope}`);
    for (const [key, value] of Object.entries(span.attributes).sort()) {
      if (!(key in shared)) lines.push(`${pad}    ${key} = ${JSON.stringify(value)}`);
    }
    for (const event of span.raw.events ?? []) lines.push(`${pad}    * ${eventText(event, root.start)}`);
    for (const link of span.raw.links ?? []) lines.push(`${pad}    -> ${linkText(link)}`);
    for (const [what, count] of droppedBy(span)) lines.push(`${pad}    (${count} ${what} left out)`);
    if (span.raw.status?.message) lines.push(`${pad}    status: ${span.raw.status.message}`);
    for (const child of childrenOf(span, spans)) write(child, depth + 1);
  };
  write(root, 0);
  return `${lines.join('\n')}\n`;
}

const KINDS: Readonly<Record<number, string>> = {
  1: 'INTERNAL',
  2: 'SERVER',
  3: 'CLIENT',
  4: 'PRODUCER',
  5: 'CONSUMER',
};
const STATUSES: Readonly<Record<number, string>> = { 1: 'OK', 2: 'ERROR' };

function seconds(nanos: bigint): string {
  const digits = String(nanos < 0n ? -nanos : nanos).padStart(10, '0');
  const fraction = digits.slice(-9).replace(/0+$/, '');
  return `${nanos < 0n ? '-' : '+'}${digits.slice(0, -9)}${fraction === '' ? '' : `.${fraction}`}s`.replace(
    /^\+/,
    '',
  );
}

function sharedBy(spans: readonly ReadSpan[]): Record<string, unknown> {
  const [first, ...others] = spans;
  const entries = Object.entries(first?.attributes ?? {}).filter(([key, value]) =>
    others.every(({ attributes }) => JSON.stringify(attributes[key]) === JSON.stringify(value)),
  );
  return others.length === 0 ? {} : Object.fromEntries(entries.sort());
}

function childrenOf(parent: ReadSpan, spans: readonly ReadSpan[]): ReadSpan[] {
  const children = spans.filter((span) => span.parent === parent.id);
  return children.sort((one, other) => (one.start < other.start ? -1 : one.start > other.start ? 1 : 0));
}

function eventText(event: OtlpEvent, start: bigint): string {
  return `${event.name} at ${seconds(BigInt(event.timeUnixNano) - start)} ${inline(plain(event.attributes ?? []))}`;
}

function linkText({ traceId, spanId, flags }: OtlpLink): string {
  return `${traceId}/${spanId}, flags 0x${(flags ?? 0).toString(16)}`;
}

function droppedBy({ raw }: ReadSpan): [string, number][] {
  const counts: [string, number | undefined][] = [
    ['attributes', raw.droppedAttributesCount],
    ['events', raw.droppedEventsCount],
    ['links', raw.droppedLinksCount],
  ];
  return counts.flatMap(([what, count]) => (count ? [[what, count] as [string, number]] : []));
}

function inline(attributes: Readonly<Record<string, unknown>>): string {
  return Object.entries(attributes)
    .sort()
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(' ');
}
