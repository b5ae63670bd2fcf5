import { nanosToIso } from '../../../src/time/nanos.ts';
import type { TraceSettings } from '../../../src/trace/settings.ts';
import { readTavus } from '../../../src/vendors/tavus/payload.ts';
import { translateTavus } from '../../../src/vendors/tavus/translate.ts';
import type { Translated } from '../../../src/vendors/vendor.ts';
import { Trace } from '../../trace/read-spans.ts';
import { settings } from '../../trace/settings.ts';

type Json = Record<string, unknown>;

/** When the conversations of these tests were created, unix seconds: all times below count from it. */
export const CREATED = 1_780_000_000;
export const ID = 'c0ffee';

/** A moment as the vendor writes it, with all its digits. */
export function stamp(seconds: number): string {
  return nanosToIso(BigInt(CREATED) * 1_000_000_000n + BigInt(Math.round(seconds * 1e9)));
}

export function event(type: string, at: number, properties: Json = {}): Json {
  return { event_type: type, timestamp: stamp(at), properties };
}

export function joined(at = 4): Json {
  return event('system.replica_joined', at);
}

export function shutdown(at = 60, reason: string | null = 'end_conversation_endpoint_hit'): Json {
  return event('system.shutdown', at, reason === null ? {} : { shutdown_reason: reason });
}

export function transcript(entries: readonly unknown[], at = 60.5): Json {
  return event('application.transcription_ready', at, { transcript: entries });
}

/** Words with a stamp and a length, where they are given. */
function said(role: string, content: string, at?: number, duration?: number, more: Json = {}): Json {
  return {
    role,
    content,
    ...(at === undefined ? {} : { timestamp: CREATED + at }),
    ...(duration === undefined ? {} : { duration }),
    ...more,
  };
}

export function user(content: string, at?: number, duration?: number, more: Json = {}): Json {
  return said('user', content, at, duration, more);
}

export function agent(content: string, at?: number, duration?: number, more: Json = {}): Json {
  return said('assistant', content, at, duration, more);
}

export function call(id: string, name = 'lookup', args = '{"q":1}'): Json {
  return { id, type: 'function', function: { name, arguments: args } };
}

export function calls(at: number | undefined, ...toolCalls: Json[]): Json {
  return said('assistant', '', at, undefined, { tool_calls: toolCalls });
}

export function answer(id: string, content: string, at?: number): Json {
  return said('tool', content, at, undefined, { tool_call_id: id });
}

/** A conversation of one minute, created, joined and shut down. */
export function conversation(events: readonly Json[], more: Json = {}): Json {
  return {
    conversation_id: ID,
    status: 'ended',
    persona_id: 'p1',
    replica_id: 'r1',
    created_at: stamp(0),
    events,
    ...more,
  };
}

/** An ordinary minute in which this was said. */
export function talk(entries: readonly unknown[], more: Json = {}): Json {
  return conversation([joined(), shutdown(), transcript(entries)], more);
}

export function translate(payload: unknown, changes: Partial<TraceSettings> = {}): Translated {
  return translateTavus(readTavus(payload), ID, settings(changes));
}

export function trace(payload: unknown, changes: Partial<TraceSettings> = {}): Trace {
  return new Trace(translate(payload, changes));
}
