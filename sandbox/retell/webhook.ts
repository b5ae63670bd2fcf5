/** What Retell sends when a call ends and when it was analyzed, signed as it signs. */
import { createHmac } from 'node:crypto';
import type { RetellCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { type Micros, micros, millis } from '../time.ts';
import { callJson } from './call.ts';

interface RetellEvent {
  readonly at: Micros;
  readonly body: Json;
}

/** A call's events in order of time. One that never connected has not started; the first has no analysis yet. */
export function callEvents(call: RetellCall): RetellEvent[] {
  const analyzed = call.end + micros(call.traits.analyzedAfter ?? 600);
  const { call_analysis: _, ...ended } = callJson(call, call.end);
  const event = (name: string, at: Micros, json: Json): RetellEvent => ({
    at,
    body: { event: name, call: json, event_timestamp: Math.floor(millis(at)) },
  });
  return [
    ...(call.traits.connected ? [event('call_started', call.start, callJson(call, call.start))] : []),
    event('call_ended', call.end, ended),
    event('call_analyzed', analyzed, callJson(call, analyzed)),
  ];
}

/** The header of a delivery: the digest is over the body and the time behind it, by an API key. */
export function retellSignature(body: string | Buffer, apiKey: string, at: number): string {
  const digest = createHmac('sha256', apiKey).update(body).update(String(at)).digest('hex');
  return `v=${at},d=${digest}`;
}
