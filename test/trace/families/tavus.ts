import * as tavus from '../../vendors/tavus/tavus-payload.ts';
import { type Families, type Json, times } from './family.ts';

/** Entries of a transcript, one a second. */
function entries(size: number, make: (index: number) => Json): Json {
  return tavus.talk(times(size, make));
}

export const TAVUS_FAMILIES: Families = [
  {
    name: 'entries',
    size: 1_500,
    make: (size) =>
      entries(size, (index) =>
        index % 2 === 0 ? tavus.user('Hi.', index / 100, 0.001) : tavus.agent('Yes.', index / 100, 0.001),
      ),
  },
  {
    name: 'entries without a time',
    size: 1_500,
    make: (size) => entries(size, (index) => (index % 2 === 0 ? tavus.user('Hi.') : tavus.agent('Yes.'))),
  },
  {
    name: 'entries of one inference',
    size: 1_500,
    make: (size) =>
      entries(size, (index) =>
        (index % 2 === 0 ? tavus.user : tavus.agent)('Yes.', index / 100, 0.5, { inference_id: 'i' }),
      ),
  },
  {
    name: 'entries of one instant',
    size: 1_500,
    make: (size) => entries(size, (index) => (index % 2 === 0 ? tavus.user : tavus.agent)('Yes.', 5, 50)),
  },
  {
    name: 'entries of a user whom nobody answers',
    size: 1_500,
    make: (size) =>
      entries(size, (index) => tavus.user(index % 3 === 0 ? 'Hello?' : '...', index / 100, 0.001)),
  },
  {
    name: 'entries that only call',
    size: 1_500,
    make: (size) => entries(size, (index) => tavus.calls(index / 100, tavus.call(`c${index}`))),
  },
  {
    name: 'calls and their answers',
    size: 1_500,
    make: (size) =>
      entries(size * 2, (index) =>
        index < size
          ? tavus.calls(index / 100, tavus.call(`c${index}`))
          : tavus.answer(`c${index - size}`, 'ok', index / 100),
      ),
  },
  {
    name: 'calls and answers of one id',
    size: 1_500,
    make: (size) =>
      entries(size * 2, (index) =>
        index < size ? tavus.calls(index / 100, tavus.call('c')) : tavus.answer('d', 'ok', index / 100),
      ),
  },
  {
    name: 'calls of one entry',
    size: 1_500,
    make: (size) => entries(1, () => tavus.calls(1, ...times(size, (index) => tavus.call(`c${index}`)))),
  },
  {
    name: 'system entries',
    size: 3_000,
    make: (size) => entries(size, () => ({ role: 'system', content: 'Be kind.' })),
  },
  {
    name: 'events',
    size: 1_500,
    make: (size) =>
      tavus.conversation([
        tavus.joined(),
        tavus.shutdown(),
        ...times(size, (index) =>
          tavus.event('application.raven_memory_evidence', index / 100, { n: index }),
        ),
      ]),
  },
  {
    name: 'events of one instant',
    size: 1_500,
    make: (size) =>
      tavus.conversation([
        tavus.joined(),
        tavus.shutdown(),
        ...times(size, (index) => tavus.event('application.raven_memory_evidence', 5, { n: index })),
      ]),
  },
  {
    name: 'events of as many types',
    size: 1_500,
    make: (size) =>
      tavus.conversation([
        tavus.joined(),
        tavus.shutdown(),
        ...times(size, (index) => tavus.event(`application.type${index}`, 5)),
      ]),
  },
  {
    name: 'transcripts',
    size: 1_500,
    make: (size) =>
      tavus.conversation([
        tavus.joined(),
        tavus.shutdown(),
        ...times(size, (index) => tavus.transcript([tavus.user(`Hi ${index}`, 5, 1)], 60 + index / 1000)),
      ]),
  },
  {
    name: 'properties of one event',
    size: 4_000,
    make: (size) =>
      tavus.conversation([
        tavus.joined(),
        tavus.shutdown(),
        tavus.event(
          'application.perception_analysis',
          61,
          Object.fromEntries(times(size, (index) => [`p${index}`, { a: [index] }])),
        ),
      ]),
  },
  {
    name: 'private URLs and texts',
    size: 1_500,
    make: (size) => ({
      ...tavus.conversation([
        tavus.joined(),
        tavus.shutdown(),
        tavus.transcript(
          times(size, (index) => tavus.user(`see https://hook.example/${index}/x`, index / 100, 0.001)),
        ),
        ...times(size, (index) => ({
          ...tavus.event('application.memory_consolidation', 5, { n: index }),
          webhook_url: `https://hook.example/${index}/x`,
        })),
      ]),
    }),
  },
  {
    name: 'private URLs that begin each other',
    size: 1_000,
    make: (size) => ({
      ...tavus.conversation([
        tavus.joined(),
        tavus.shutdown(),
        tavus.transcript(
          times(size, () => tavus.user(`see https://hook.example/${'a'.repeat(40)}b`, 5, 0.001)),
        ),
        ...times(size, (index) => ({
          ...tavus.event('application.memory_consolidation', 5, { n: index }),
          webhook_url: `https://hook.example/${'a'.repeat(index % 300)}`,
        })),
      ]),
    }),
  },
  {
    name: 'a long private URL',
    size: 100_000,
    make: (size) =>
      tavus.talk([tavus.user('a'.repeat(size), 5, 1)], {
        callback_url: `https://hook.example/${'a'.repeat(size)}`,
      }),
  },
  {
    name: 'a long reason',
    size: 200_000,
    make: (size) => tavus.conversation([tavus.joined(), tavus.shutdown(60, ` reached${' '.repeat(size)}x`)]),
  },
  {
    name: 'a long name',
    size: 100_000,
    make: (size) => tavus.talk([tavus.user('Hi.', 5, 1)], { conversation_name: '00-'.repeat(size) }),
  },
  {
    name: 'parts of a text',
    size: 20_000,
    make: (size) =>
      entries(2, (index) => ({
        role: index === 0 ? 'user' : 'assistant',
        content: times(size, () => ({ type: 'text', text: 'word ' })),
        timestamp: tavus.CREATED + index,
      })),
  },
  {
    name: 'a time that never ends',
    size: 300_000,
    make: (size) =>
      entries(2, () => ({
        role: 'user',
        content: 'Hi.',
        timestamp: `2026-05-28T20:26:40.${'1'.repeat(size)}`,
      })),
  },
];
