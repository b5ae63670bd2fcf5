import { expect, it } from 'vitest';
import { page } from '../../src/show/page.ts';
import { viewOf } from '../../src/show/view.ts';
import { waterfall } from '../../src/show/waterfall.ts';
import type { OtlpSpan } from '../../src/trace/otlp.ts';

const LEVELS = 9_000;

function chain(levels: number): OtlpSpan[] {
  return Array.from({ length: levels }, (_, level) => ({
    traceId: 'a'.repeat(32),
    spanId: String(level + 1).padStart(16, '0'),
    ...(level === 0 ? {} : { parentSpanId: String(level).padStart(16, '0') }),
    name: 'elevenlabs.tool.step',
    kind: 1,
    startTimeUnixNano: '1780000000000000000',
    endTimeUnixNano: '1780000001000000000',
    attributes: [{ key: 'elevenlabs.agent.text', value: { stringValue: 'Yes.' } }],
  }));
}

it('shows spans that are nested nine thousand levels deep, no wider than the terminal', () => {
  const view = viewOf({ resourceSpans: [{ scopeSpans: [{ spans: chain(LEVELS) }] }] });
  expect(view.rows.map(({ depth }) => depth)).toEqual(Array.from({ length: LEVELS }, (_, level) => level));
  const lines = waterfall(view, { columns: 100, color: false }).split('\n');
  expect(lines.every((line) => line.length <= 140)).toBe(true);
  expect(page(view)).toContain(`aria-level="${LEVELS}"`);
});
