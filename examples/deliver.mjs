// A payload to a collector, once: node examples/deliver.mjs payload.json
import { readFile } from 'node:fs/promises';
import { createDelivery, translate } from 'callspan';

const [file = 'payload.json'] = process.argv.slice(2);
const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT ?? 'http://localhost:4318';

const fetched = await translate(JSON.parse(await readFile(file, 'utf8')));
if (fetched.kind !== 'ready') throw new Error(`There is nothing to send yet: ${fetched.reason}`);

const delivery = createDelivery({
  tracesUrl: `${endpoint}/v1/traces`,
  headers: {},
  timeoutMs: 10_000,
  compression: 'gzip',
});
try {
  // Never rejects for what network and collector do: the outcome says what to do next.
  const outcome = await delivery.deliver(fetched.translated.batch, AbortSignal.timeout(30_000));
  console.log(`${fetched.translated.conversation.traceId} ${outcome.kind}`);
  // Sending it once more is harmless: every byte is the same.
  if (outcome.kind !== 'accepted') process.exitCode = 1;
} finally {
  await delivery.close();
}
