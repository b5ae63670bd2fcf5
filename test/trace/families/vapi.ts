import * as vapi from '../../vendors/vapi/vapi-payload.ts';
import { type Families, type Json, speaker, times } from './family.ts';

/** Rows of a call, some milliseconds apart. */
function rows(size: number, make: (index: number) => unknown, more: Json = {}, artifact: Json = {}): Json {
  return vapi.talk(times(size, make), more, artifact);
}

function words(index: number, message = 'Yes.', more: Json = {}): Json {
  const row = speaker(index) === 'user' ? vapi.user : vapi.bot;
  return row(message, index / 100, index / 100 + 0.001, more);
}

function talk(size: number, more: Json = {}, artifact: Json = {}): Json {
  return rows(size, (index) => words(index), more, artifact);
}

function latencies(size: number): Json {
  const parts = { modelLatency: 3, voiceLatency: 1, transcriberLatency: 1, endpointingLatency: 2 };
  return { performanceMetrics: { turnLatencies: times(size, () => vapi.latency(9, parts)) } };
}

function named(size: number, prefix: string, value: (index: number) => unknown): Json {
  return Object.fromEntries(times(size, (index) => [`${prefix}${index}`, value(index)]));
}

export const VAPI_FAMILIES: Families = [
  { name: 'rows', size: 1_500, make: (size) => talk(size) },
  {
    name: 'rows without a time',
    size: 1_500,
    make: (size) => rows(size, (index) => ({ role: index % 2 === 0 ? 'user' : 'bot', message: 'Yes.' })),
  },
  {
    name: 'rows that have their distance only',
    size: 1_500,
    make: (size) =>
      rows(size, (index) => ({
        role: index % 2 ? 'bot' : 'user',
        message: 'Yes.',
        secondsFromStart: index / 100,
      })),
  },
  {
    name: 'rows of one instant',
    size: 1_500,
    make: (size) => rows(size, (index) => (index % 2 === 0 ? vapi.user : vapi.bot)('Yes.', 5, 50)),
  },
  {
    name: 'rows of a user whom nobody answers',
    size: 1_500,
    make: (size) =>
      rows(size, (index) => vapi.user(index % 3 === 0 ? 'Hello?' : '...', index / 100, index / 100 + 0.001)),
  },
  {
    name: 'rows of an assistant who goes on',
    size: 1_500,
    make: (size) => rows(size, (index) => vapi.bot('And so on.', index / 100, 50)),
  },
  {
    name: 'rows of roles that nobody knows',
    size: 6_000,
    make: (size) => rows(size, (index) => ({ role: `role ${index}` })),
  },
  {
    name: 'prompts',
    size: 6_000,
    make: (size) => rows(size, () => ({ role: 'system', message: 'Be kind.' })),
  },
  {
    name: 'words of one row',
    size: 20_000,
    make: (size) =>
      rows(2, (index) =>
        words(index, 'word '.repeat(size), {
          metadata: { wordLevelConfidence: times(size, () => ({ word: 'word', language: '?' })) },
        }),
      ),
  },
  {
    name: 'rows of many assistants',
    size: 1_500,
    make: (size) =>
      rows(
        size,
        (index) => words(index, 'Yes.', { assistantId: `a${index}` }),
        {},
        {
          assistantActivations: times(size, (index) => ({ assistantId: `a${index}`, assistantName: 'A' })),
        },
      ),
  },
  {
    name: 'calls and their results',
    size: 1_000,
    make: (size) =>
      rows(size * 2, (index) =>
        index % 2 === 0
          ? vapi.calls(index / 100, vapi.call(`c${index}`))
          : vapi.result(`c${index - 1}`, index / 100),
      ),
  },
  {
    name: 'calls of one row',
    size: 1_500,
    make: (size) =>
      rows(size + 1, (index) =>
        index === 0
          ? vapi.calls(5, ...times(size, (place) => vapi.call(`c${place}`)))
          : vapi.result(`c${index - 1}`, 6),
      ),
  },
  {
    name: 'results of one call',
    size: 6_000,
    make: (size) =>
      rows(size, (index) => (index === 0 ? vapi.calls(5, vapi.call('c')) : vapi.result('c', 6))),
  },
  {
    name: 'calls that a single answer waited for',
    size: 750,
    make: (size) =>
      rows(
        size * 2 + 2,
        (index) => {
          if (index === 0) return vapi.user('And?', 0, 0.1);
          if (index > size * 2) return vapi.bot('Well.', 50, 51);
          return index % 2 === 1
            ? vapi.calls(index / 100, vapi.call(`c${index}`))
            : vapi.result(`c${index - 1}`, index / 100);
        },
        {},
        latencies(1),
      ),
  },
  { name: 'waits that were measured', size: 750, make: (size) => talk(size * 2, {}, latencies(size)) },
  { name: 'latencies without a place', size: 6_000, make: (size) => talk(3, {}, latencies(size)) },
  {
    name: 'latencies that are none',
    size: 20_000,
    make: (size) => talk(3, {}, { performanceMetrics: { turnLatencies: times(size, () => null) } }),
  },
  {
    name: 'costs of as many models',
    size: 1_000,
    make: (size) =>
      talk(3, {
        costs: times(size, (index) => ({
          type: 'model',
          model: { model: `m${index}` },
          cost: 0.1,
          promptTokens: 5,
        })),
      }),
  },
  {
    name: 'costs of one model',
    size: 10_000,
    make: (size) =>
      talk(3, {
        costs: times(size, () => ({ type: 'model', model: { model: 'm' }, cost: 0.1, promptTokens: 5 })),
      }),
  },
  {
    name: 'a transfer again and again',
    size: 1_500,
    make: (size) => rows(size, (index) => vapi.calls(index / 100, vapi.call(`c${index}`, 'transferCall'))),
  },
  {
    name: 'structured data',
    size: 10_000,
    make: (size) => talk(3, { analysis: { structuredData: named(size, 'd', (index) => ({ a: [index] })) } }),
  },
  {
    name: 'structured outputs',
    size: 10_000,
    make: (size) =>
      talk(3, {}, { structuredOutputs: named(size, 'o', (index) => ({ name: `n${index}`, result: index })) }),
  },
  {
    name: 'a long text of an analysis',
    size: 60_000,
    make: (size) =>
      talk(3, { analysis: { summary: 'So it goes. '.repeat(size), successEvaluation: 'true'.repeat(size) } }),
  },
  {
    name: 'variables',
    size: 10_000,
    make: (size) => talk(3, {}, { variableValues: named(size, 'v', () => 'x') }),
  },
  {
    name: 'private URLs and texts',
    size: 1_000,
    make: (size) =>
      rows(size, (index) => words(index, `see https://hook.example/${index}/x`), {
        metadata: times(size, (index) => ({ url: `https://hook.example/${index}/x` })),
      }),
  },
  {
    name: 'private URLs that begin each other',
    size: 1_000,
    make: (size) =>
      rows(size, (index) => words(index, `see https://hook.example/${'a'.repeat(40)}b`), {
        metadata: times(size, (index) => ({ url: `https://hook.example/${'a'.repeat(index % 300)}` })),
      }),
  },
  {
    name: 'a long private text',
    size: 100_000,
    make: (size) =>
      rows(1, () => vapi.user('a'.repeat(size), 1, 2), { monitor: { controlUrl: 'a'.repeat(size) } }),
  },
  {
    name: 'a long reason',
    size: 100_000,
    make: (size) => talk(3, { endedReason: 'pipeline-error-'.repeat(size) }),
  },
  {
    name: 'a reason of blanks',
    size: 200_000,
    make: (size) => talk(3, { endedReason: `voicemail${' '.repeat(size)}x` }),
  },
  {
    name: 'a moment that never ends as text',
    size: 300_000,
    make: (size) => talk(3, { startedAt: `2026-05-28T20:26:40.${'1'.repeat(size)}` }),
  },
  {
    name: 'a text of a result',
    size: 100_000,
    make: (size) =>
      rows(2, (index) =>
        index === 0 ? vapi.calls(5, vapi.call('c')) : vapi.result('c', 6, ` ${' '.repeat(size)}x`),
      ),
  },
  {
    name: 'JSON in a text',
    size: 10_000,
    make: (size) =>
      rows(2, (index) =>
        index === 0
          ? vapi.calls(5, vapi.call('c'))
          : vapi.result(
              'c',
              6,
              JSON.stringify({
                rows: times(size, (place) => ({ key: `"${place}`, webhook_url: 'https://a.example' })),
              }),
            ),
      ),
  },
  {
    name: 'deep JSON',
    size: 100_000,
    make: (size) => ({ ...talk(3), deep: JSON.parse(`${'['.repeat(size)}${']'.repeat(size)}`) as unknown }),
  },
  {
    name: 'deep arguments',
    size: 2_000,
    make: (size) =>
      rows(size / 20, (index) =>
        vapi.calls(index / 100, {
          id: `c${index}`,
          function: {
            name: 'f',
            arguments: JSON.parse(`${'{"a":['.repeat(50)}"${'x'.repeat(400)}"${']}'.repeat(50)}`) as unknown,
          },
        }),
      ),
  },
];
