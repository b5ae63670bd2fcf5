/** What Tavus posts to a conversation's `callback_url`: unsigned, once, and in whatever order. */
import type { TavusCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { type Posted, post } from '../http/post.ts';
import { Random } from '../random.ts';
import { isoMicros, micros } from '../time.ts';
import { callbackJson } from './events.ts';

/** What is late after the end: an action that the replica took with what was said. */
const ACTION = micros(140);

/**
 * Every callback of a conversation, in the order of its events, but that the shutdown and the transcript come either
 * way round, and some come twice. The URL stands in each.
 */
export function callbacks(call: TavusCall, url: string): Json[] {
  const random = new Random(call.id, 'callbacks');
  const bodies = call.events.map((event) => callbackJson(call, event, url));
  if (random.chance(0.3)) bodies.push(action(call, url));
  const shutdown = bodies.findIndex(({ event_type }) => event_type === 'system.shutdown');
  const next = bodies[shutdown + 1];
  if (shutdown >= 0 && next !== undefined && random.chance(0.5)) {
    [bodies[shutdown], bodies[shutdown + 1]] = [next, bodies[shutdown] as Json];
  }
  return bodies.flatMap((body) => (random.chance(0.2) ? [body, body] : [body]));
}

function action(call: TavusCall, url: string): Json {
  return {
    properties: {
      tool_id: 't4efc3c554914',
      tool_name: 'submit_report',
      status: 'error',
      request: {
        url: 'https://example.com/reports',
        method: 'POST',
        body: JSON.stringify({ who: call.person.name }),
      },
      response: { http_status: 503, body: 'Service Unavailable' },
    },
    conversation_id: call.id,
    webhook_url: url,
    event_type: 'application.post_call_action_executed',
    message_type: 'application',
    timestamp: isoMicros(call.end + ACTION),
  };
}

/** What a tool posts to the same URL, because somebody has given it that one: its arguments, and nothing around them. */
export function toolDelivery(call: TavusCall): Json {
  return { customer: call.person.name, overall_band: 6.5 };
}

/** Posts a callback as the vendor does: once, and whatever the answer. */
export function callBack(url: string, body: Json): Promise<Posted> {
  return post(url, Buffer.from(JSON.stringify(body)));
}
