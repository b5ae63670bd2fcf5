import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { createHttpClient } from '../../src/http/undici-client.ts';
import { readTavus } from '../../src/vendors/tavus/payload.ts';
import { translateTavus } from '../../src/vendors/tavus/translate.ts';
import { translationSettings } from '../translation-settings.ts';
import { carryAll, serverUrl } from './task.ts';

/** The SDK's way for Tavus: the same fetch and the same spans, handed to the usual processor and exporter. */

/** The processor's own limit is two thousand, above which it drops spans: so they are waited for before. */
const WAITED_FOR = 2_048;

type ExporterOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>;

const SETTINGS = translationSettings('tavus');
const client = createHttpClient({ baseUrl: serverUrl });
const processor = new BatchSpanProcessor(
  new OTLPTraceExporter({
    url: `${serverUrl}/v1/traces`,
    compression: 'gzip' as NonNullable<ExporterOptions['compression']>,
  }),
  { maxQueueSize: Number.MAX_SAFE_INTEGER },
);
let waiting = 0;

await carryAll(async (path, id) => {
  const { batch } = translateTavus(readTavus(await client.getJson(path)), id, SETTINGS);
  if (batch.kind !== 'spans') throw new Error('Tavus has spans');
  for (const span of batch.spans) processor.onEnd(span);
  waiting += batch.spans.length;
  if (waiting < WAITED_FOR) return;
  waiting = 0;
  await processor.forceFlush();
});
await processor.shutdown();
await client.close();
