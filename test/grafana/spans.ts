import { randomBytes } from 'node:crypto';
import type { Receiver } from './feed.ts';

/** An OTLP/JSON request with spans of traces of their own. */
export function plainSpans(count: number): object {
  const now = `${Date.now()}000000`;
  const spans = Array.from({ length: count }, () => ({
    ...{ traceId: hex(16), spanId: hex(8), name: 'conversation', kind: 3 },
    ...{ startTimeUnixNano: now, endTimeUnixNano: now },
  }));
  return { resourceSpans: [{ resource: {}, scopeSpans: [{ scope: { name: 'callspan' }, spans }] }] };
}

/** @throws Error with the collector's answer where it does not take all of them. */
export async function sendSpans(stack: Receiver, request: object): Promise<void> {
  const response = await fetch(`${stack.otlpHttp}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(request),
  });
  const answer = await response.text();
  if (answer !== '{"partialSuccess":{}}') throw new Error(`${response.status}: ${answer}`);
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
