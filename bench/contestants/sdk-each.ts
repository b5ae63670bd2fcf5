import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { createHttpClient } from '../../src/http/undici-client.ts';
import { readTavus } from '../../src/vendors/tavus/payload.ts';
import { translateTavus } from '../../src/vendors/tavus/translate.ts';
import { translationSettings } from '../translation-settings.ts';
import { carryAll, serverUrl } from './task.ts';

/** The SDK's way where no conversation may harm another: each in a request of its own, awaited. */

type ExporterOptions = NonNullable<ConstructorParameters<typeof OTLPTraceExporter>[0]>;

const SETTINGS = translationSettings('tavus');
const client = createHttpClient({ baseUrl: serverUrl });
const exporter = new OTLPTraceExporter({
  url: `${serverUrl}/v1/traces`,
  compression: 'gzip' as NonNullable<ExporterOptions['compression']>,
});

await carryAll(async (path, id) => {
  const { batch } = translateTavus(readTavus(await client.getJson(path)), id, SETTINGS);
  if (batch.kind !== 'spans') throw new Error('Tavus has spans');
  const { code, error } = await new Promise<ExportResult>((resolve) =>
    exporter.export([...batch.spans], resolve),
  );
  if (code !== ExportResultCode.SUCCESS) throw error ?? new Error('the exporter failed');
});
await exporter.shutdown();
await client.close();
