import type { TraceSettings } from '../../../src/trace/settings.ts';
import { readVapi } from '../../../src/vendors/vapi/payload.ts';
import { translateVapi } from '../../../src/vendors/vapi/translate.ts';
import { vendor } from '../../../src/vendors/vapi/vendor.ts';
import type { Fetched, Translated } from '../../../src/vendors/vendor.ts';
import { Trace } from '../../trace/read-spans.ts';
import { settings } from '../../trace/settings.ts';

type Json = Record<string, unknown>;

/** When the calls of these tests were answered, unix milliseconds: all times below count from it, in seconds. */
export const ANSWERED = 1_780_000_000_000;
export const ID = '5f0b7c1e-8a44-4f0e-9b7d-2f6f3f1d0c11';

export function moment(seconds: number): string {
  return new Date(ANSWERED + seconds * 1000).toISOString();
}

function row(role: string, at: number, more: Json): Json {
  return { role, time: ANSWERED + at * 1000, secondsFromStart: at, ...more };
}

/** Words from one second to another. */
function said(role: string, message: string, at: number, until: number | undefined, more: Json): Json {
  const end = until === undefined ? {} : { endTime: ANSWERED + until * 1000, duration: (until - at) * 600 };
  return row(role, at, { message, ...end, ...more });
}

export function user(message: string, at: number, until?: number, more: Json = {}): Json {
  return said('user', message, at, until, more);
}

export function bot(message: string, at: number, until?: number, more: Json = {}): Json {
  return said('bot', message, at, until, { source: '', ...more });
}

export function calls(at: number, ...toolCalls: Json[]): Json {
  return row('tool_calls', at, { toolCalls });
}

export function call(id: string, name = 'lookup', args = '{"q":1}'): Json {
  return { id, type: 'function', function: { name, arguments: args } };
}

export function result(toolCallId: string, at: number, answer = '{"ok":true}'): Json {
  return row('tool_call_result', at, { toolCallId, name: 'lookup', result: answer });
}

/** One entry of `turnLatencies`, in milliseconds. */
export function latency(turnLatency: number | undefined, parts: Json = {}): Json {
  return { ...(turnLatency === undefined ? {} : { turnLatency }), ...parts };
}

/** A call of one minute, in which this was said. */
export function talk(messages: readonly unknown[], more: Json = {}, artifact: Json = {}): Json {
  return {
    id: ID,
    orgId: 'org',
    type: 'inboundPhoneCall',
    status: 'ended',
    endedReason: 'customer-ended-call',
    assistantId: 'assistant-1',
    createdAt: moment(-3),
    updatedAt: moment(90),
    startedAt: moment(0),
    endedAt: moment(60),
    messages,
    artifact: { messages, ...artifact },
    analysis: { summary: 'Somebody called.' },
    ...more,
  };
}

/** The same with these latencies. */
export function measured(messages: readonly unknown[], ...turnLatencies: Json[]): Json {
  return talk(messages, {}, { performanceMetrics: { turnLatencies } });
}

export function translate(payload: unknown, changes: Partial<TraceSettings> = {}): Translated {
  return translateVapi(readVapi(payload), ID, settings(changes));
}

export function trace(payload: unknown, changes: Partial<TraceSettings> = {}): Trace {
  return new Trace(translate(payload, changes));
}

/** What is to be done with a payload, so many seconds after the end of the minute. */
export function readAfter(payload: unknown, seconds: number, settle = 300_000): Fetched {
  const now = ANSWERED + (60 + seconds) * 1000;
  return vendor.read(payload, { settings: settings(), settle, now });
}
