// A payload as the spans that the bridge would send: node examples/translate.mjs payload.json
import { readFile } from 'node:fs/promises';
import { toOtlp, translate } from 'callspan';

const [file = 'payload.json'] = process.argv.slice(2);
const body = JSON.parse(await readFile(file, 'utf8'));

// Whose payload it is shows by its fields; what was said stays in unless content is 'full'.
const fetched = await translate(body, { source: 'example', content: 'none' });

switch (fetched.kind) {
  case 'ready': {
    const { conversation, batch } = fetched.translated;
    const { resourceSpans } = toOtlp(batch);
    const spans = resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
    console.log(`trace ${conversation.traceId}: ${conversation.outcome}`);
    for (const { name } of spans) console.log(name);
    break;
  }
  case 'pending':
    console.log(`not finished: ${fetched.reason}`);
    break;
  default:
    console.log(`nothing to send: ${fetched.reason}`);
}
