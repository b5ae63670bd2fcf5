import { randomBytes } from 'node:crypto';
import { capture } from '../../src/capture/capture.ts';
import { split } from '../../src/delivery/split.ts';
import { observe } from '../../src/metrics/observe.ts';
import { toOtlpMetrics } from '../../src/metrics/otlp.ts';
import { SeriesBook } from '../../src/metrics/series.ts';
import { page } from '../../src/show/page.ts';
import { viewOf } from '../../src/show/view.ts';
import { waterfall } from '../../src/show/waterfall.ts';
import { shapeOf } from '../../src/trace/shape.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { ELEVENLABS_FIELDS } from '../../src/vendors/elevenlabs/known-fields.ts';
import { RETELL_FIELDS } from '../../src/vendors/retell/known-fields.ts';
import { TAVUS_FIELDS } from '../../src/vendors/tavus/known-fields.ts';
import { VAPI_FIELDS } from '../../src/vendors/vapi/known-fields.ts';
import type { Family } from './families/family.ts';
import { translatePayload } from './sandbox-calls.ts';

const FIELDS = {
  elevenlabs: ELEVENLABS_FIELDS,
  tavus: TAVUS_FIELDS,
  retell: RETELL_FIELDS,
  vapi: VAPI_FIELDS,
};

const CAP = { maxBytes: 3 * 1024 * 1024 };

/** A stretch of what is done with a payload, by name. */
export const ROADS: Readonly<Record<string, (provider: Family['provider'], payload: unknown) => void>> = {
  'spans without content': (provider, payload) => travel(provider, payload, 'none'),
  'spans with content': (provider, payload) => travel(provider, payload, 'full'),
  'what it is shown as': (provider, payload) => {
    const translated = translatePayload(provider, payload, 'conv', { content: 'full' });
    if (!translated) return;
    const view = viewOf(toOtlp(translated.batch));
    waterfall(view, { columns: 120, color: true });
    page(view);
  },
  'a capture': (provider, payload) => {
    JSON.stringify(capture(payload, FIELDS[provider], randomBytes(32)));
  },
};

/** From the payload to the bytes of spans and numbers, and to parts of them. */
function travel(provider: Family['provider'], payload: unknown, content: 'none' | 'full'): void {
  const translated = translatePayload(provider, payload, 'conv', { content, secrets: ['hunter2'] });
  if (!translated) return;
  const { batch, conversation, waitIds, lateIds } = translated;
  shapeOf(batch, lateIds);
  split(batch, CAP);
  split(batch, 'halves');
  const book = new SeriesBook([]);
  book.add(
    observe(conversation, { source: 'test', waitIds, deliveredAt: conversation.end }),
    1_780_000_000_000,
  );
  const teller = { instance: 'i', serviceName: 'callspan', resource: {}, now: 1_780_000_000_000 };
  for (const request of toOtlpMetrics(book.all, teller)) JSON.stringify(request);
}
