import type { ElevenLabsCall } from '../call.ts';
import type { Json } from '../fields.ts';
import { mix } from '../random.ts';

/** Whether the application's trace context stands in the trace; else it stands in the JSON alone. */
export function isInTrace(call: ElevenLabsCall): boolean {
  return call.traits.otlp === 'rich' && mix(call.traceId) % 2 === 0;
}

/** What the application passed along when the call began, and what the vendor added. */
export function dynamicVariables(call: ElevenLabsCall): Json {
  return {
    user_name: call.person.name,
    account_number: 47110815,
    system__caller_id: call.person.phone,
    system__conversation_id: call.id,
    ...(call.traceparent === undefined ? {} : { traceparent: call.traceparent }),
  };
}
