import { type Provider, simulateCall } from '../../sandbox/index.ts';
import { type View, viewOf } from '../../src/show/view.ts';
import { toOtlp } from '../../src/trace/span-batch.ts';
import { finalPayload, translatePayload } from '../trace/sandbox-calls.ts';
import { span, traces } from './otlp.ts';

/** A simulated call as it is looked at, with what was said. */
function called(provider: Provider, scenario: string): View {
  const startAt = Date.UTC(2026, 9, 1, 9, 30);
  const call = simulateCall({ provider, seed: 7, index: 1, startAt, scenario, shape: 'full' });
  const translated = translatePayload(provider, finalPayload(call), call.id, { content: 'full' });
  if (translated === undefined) throw new Error(`There is nothing in ${scenario}.`);
  return viewOf(toOtlp(translated.batch));
}

/** Names of scripts whose letters are two columns wide, join, combine or run from right to left. */
function wide(): View {
  const user = {
    'callspan.phase': 'user_speech',
    'elevenlabs.user.text': '予約を変更したいのですが、よろしいでしょうか。'.repeat(6),
  };
  const root = {
    'callspan.phase': 'conversation',
    'callspan.outcome': 'completed',
    'callspan.end_reason': 'client_disconnect',
    'gen_ai.agent.name': '予約受付 👩‍👩‍👧‍👦 وكيل الحجز नियुक्ति'.repeat(3),
    'callspan.wait.max_seconds': 3.25,
  };
  return viewOf(
    traces([
      span('root', undefined, 'elevenlabs.conversation', 0, 20, root),
      span('user', 'root', 'elevenlabs.recv.user_transcript', 0, 4, user),
      span('wait', 'root', 'elevenlabs.response_latency', 4, 7.25, { 'callspan.phase': 'response_latency' }),
      span('reply', 'root', 'elevenlabs.recv.agent_response', 7.25, 19, {
        'callspan.phase': 'agent_speech',
        'elevenlabs.agent.text':
          'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(3),
      }),
      span(
        'tool',
        'reply',
        `elevenlabs.tool.${'予約を検索する_👩‍👩‍👧‍👦_'.repeat(5)}`,
        8,
        8.4,
        { 'callspan.phase': 'tool' },
        2,
      ),
      span('tool2', 'reply', 'elevenlabs.tool.بحث_عن_الحجز', 9, 9, { 'callspan.phase': 'tool' }),
    ]),
  );
}

/** What a trace looks like of which the end has not come: nothing says how it went. */
function unended(): View {
  return viewOf(
    traces([
      span('root', undefined, 'elevenlabs.conversation', 0, 3, { 'callspan.phase': 'conversation' }),
      span('user', 'root', 'elevenlabs.recv.user_transcript', 0, 3, { 'callspan.phase': 'user_speech' }),
    ]),
  );
}

/** Conversations that differ in what is hard to show, each made at its first mention. */
export const SCREENS: Readonly<Record<string, () => View>> = {
  ordinary: () => called('elevenlabs', 'rich'),
  'failed-tool': () => called('elevenlabs', 'tool-error'),
  'two-hours': () => called('elevenlabs', 'two-hours'),
  'no-waits': () => called('elevenlabs', 'text-only'),
  video: () => called('tavus', 'tool-ok'),
  wide,
  unended,
};
