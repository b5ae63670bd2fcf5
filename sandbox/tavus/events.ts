/** The event log of a conversation, which `verbose=true` shows: the same entries that callbacks carry. */
import type { TavusCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { Random } from '../random.ts';
import { isoMicros, type Micros } from '../time.ts';
import type { TavusEvent } from './traits.ts';
import { transcript } from './transcript.ts';

/** What the log shows at an instant, in an order that means nothing. */
export function eventsJson(call: TavusCall, at: Micros): Json[] {
  const seen = call.events.filter((event) => event.seenAt <= at);
  return arranged(call, seen).map((event) => eventJson(call, event));
}

/** One event as the callback carries it: the same entry, with everything around it. */
export function callbackJson(call: TavusCall, event: TavusEvent, url: string): Json {
  return {
    properties: propertiesOf(call, event) ?? {},
    conversation_id: call.id,
    webhook_url: url,
    event_type: event.type,
    message_type: messageType(event),
    timestamp: isoMicros(event.at),
  };
}

function messageType(event: TavusEvent): string {
  return event.type.split('.')[0] ?? 'application';
}

function arranged(call: TavusCall, events: readonly TavusEvent[]): readonly TavusEvent[] {
  switch (call.traits.eventOrder) {
    case 'time':
      return events;
    case 'reverse':
      return events.toReversed();
    case 'shuffled':
      return new Random(call.id, 'events', events.length).shuffled(events);
  }
}

function eventJson(call: TavusCall, event: TavusEvent): Json {
  const properties = propertiesOf(call, event);
  const body: Json = {
    event_type: event.type,
    timestamp: isoMicros(event.at),
    ...(properties === undefined ? {} : { properties }),
  };
  if (call.traits.envelope === 'bare') return body;
  return {
    ...body,
    ...(properties === undefined ? { properties: {} } : {}),
    conversation_id: call.id,
    webhook_url: call.traits.callbackUrl ?? '',
    message_type: messageType(event),
  };
}

function propertiesOf(call: TavusCall, event: TavusEvent): Json | undefined {
  const face = faceOf(call);
  if (event.properties === 'transcript') return { ...face, transcript: transcript(call) };
  if (event.properties === 'empty transcript') return { ...face, transcript: [] };
  if (event.type.endsWith('_joined') && event.type !== 'system.participant_joined') {
    // The reference of the API shows the join without any properties.
    return call.traits.envelope === 'bare' ? undefined : face;
  }
  if (event.type === 'system.shutdown') return { ...face, ...reason(call), ...event.properties };
  return event.properties;
}

function reason(call: TavusCall): Json {
  const { reasonAt } = call.traits;
  if (call.reason === undefined || reasonAt === 'top' || reasonAt === 'nowhere') return {};
  return { [reasonAt]: call.reason.raw };
}

function faceOf(call: TavusCall): Json {
  const face = call.agents[0]?.face;
  return call.traits.names === 'new' ? { face_id: face } : { replica_id: face };
}
