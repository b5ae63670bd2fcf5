// A server of your own that takes webhooks: WEBHOOK_SECRET=… node examples/webhook.mjs 8080
import { createServer } from 'node:http';
import { translate, verifyWebhook } from 'callspan';

const [port = '8080'] = process.argv.slice(2);
const secrets = (process.env.WEBHOOK_SECRET ?? '').split(',');

const server = createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  // The bytes as they came: a body that was parsed and written anew has another signature.
  const body = Buffer.concat(parts);
  const webhook = await verifyWebhook({ provider: 'elevenlabs', headers: request.headers, body, secrets });
  if (!webhook.verified) {
    console.log(`refused: ${webhook.reason}`);
    response.writeHead(401).end();
    return;
  }
  response.writeHead(200).end();
  if (webhook.event === undefined) {
    console.log('no conversation');
    return;
  }
  const fetched = await translate(webhook.body, { source: 'example' });
  const told = fetched.kind === 'ready' ? fetched.translated.conversation.traceId : fetched.reason;
  console.log(`${webhook.event.type} ${webhook.event.id}: ${told}`);
});

server.listen(Number(port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
