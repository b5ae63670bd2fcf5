import type { TraceSettings } from '../../../src/trace/settings.ts';
import { readRetell } from '../../../src/vendors/retell/payload.ts';
import { translateRetell } from '../../../src/vendors/retell/translate.ts';
import type { Translated } from '../../../src/vendors/vendor.ts';
import { Trace } from '../../trace/read-spans.ts';
import { settings } from '../../trace/settings.ts';

type Json = Record<string, unknown>;

/** When the calls of these tests began, unix milliseconds: all times below are seconds from it. */
export const STARTED = 1_795_000_000_000;
export const ID = 'call_c0ffee';

/** Words from one second to another; without an end they have no time. */
export function said(role: string, content: string, start?: number, end?: number): Json {
  const words = content.split(' ');
  if (start === undefined || end === undefined) return { role, content, words: [] };
  const timed = words.map((word, place) => ({
    word,
    ...(place === 0 ? { start } : {}),
    ...(place === words.length - 1 ? { end } : {}),
  }));
  return { role, content, words: timed };
}

export const user = (content: string, start?: number, end?: number) => said('user', content, start, end);
export const agent = (content: string, start?: number, end?: number) => said('agent', content, start, end);

export function call(id: string, at?: number, name = 'lookup'): Json {
  const time = at === undefined ? {} : { time_sec: at };
  return { role: 'tool_call_invocation', tool_call_id: id, name, arguments: '{"q":1}', ...time };
}

export function result(id: string, at?: number, more: Json = { successful: true }): Json {
  const time = at === undefined ? {} : { time_sec: at };
  return { role: 'tool_call_result', tool_call_id: id, content: '{"found":1}', ...time, ...more };
}

/** Measurements in milliseconds, as many as the vendor says that it counted. */
export function kind(values: readonly unknown[], num: number = values.length): Json {
  return { p50: values[0], num, values };
}

/** A call of a minute. */
export function talk(rows: readonly unknown[], latency: Json = {}, more: Json = {}): Json {
  return {
    ...{ call_id: ID, call_type: 'web_call', agent_id: 'agent_1', agent_version: 3, call_status: 'ended' },
    ...{ start_timestamp: STARTED, end_timestamp: STARTED + 60_000, duration_ms: 60_000 },
    ...{ disconnection_reason: 'user_hangup', transcript_with_tool_calls: rows, latency },
    ...{ call_analysis: { call_successful: true, custom_analysis_data: {} } },
    ...more,
  };
}

export function translate(
  payload: unknown,
  changes: Partial<TraceSettings> = {},
  seenAt?: bigint,
): Translated {
  return translateRetell(readRetell(payload), ID, settings(changes), seenAt);
}

export function trace(payload: unknown, changes: Partial<TraceSettings> = {}): Trace {
  return new Trace(translate(payload, changes));
}
