import * as retell from '../../vendors/retell/retell-payload.ts';
import { type Families, type Json, speaker, times } from './family.ts';

/** Rows of a transcript, some milliseconds apart, and what was measured of them. */
function rows(size: number, make: (index: number) => unknown, latency: Json = {}, more: Json = {}): Json {
  return retell.talk(times(size, make), latency, more);
}

/** Words that last a millisecond, the `index`-th of their kind. */
function words(role: string, content: string, index: number): Json {
  return retell.said(role, content, index / 100, index / 100 + 0.001);
}

function talk(size: number, latency: Json = {}, more: Json = {}): Json {
  return rows(size, (index) => words(speaker(index), 'Yes.', index), latency, more);
}

function values(size: number): Json {
  return retell.kind(times(size, (index) => 1 + (index % 9)));
}

export const RETELL_FAMILIES: Families = [
  { name: 'rows', size: 1_500, make: (size) => talk(size) },
  {
    name: 'rows without a time',
    size: 1_500,
    make: (size) => rows(size, (index) => retell.said(speaker(index), 'Yes.')),
  },
  {
    name: 'rows of one instant',
    size: 1_500,
    make: (size) => rows(size, (index) => retell.said(speaker(index), 'Yes.', 5, 50)),
  },
  {
    name: 'rows of a user whom nobody answers',
    size: 1_500,
    make: (size) => rows(size, (index) => words('user', index % 3 === 0 ? 'Hello?' : '...', index)),
  },
  {
    name: 'rows of an agent who goes on',
    size: 1_500,
    make: (size) => rows(size, (index) => retell.said('agent', 'And so on.', index / 100, 50)),
  },
  {
    name: 'rows that nobody heard',
    size: 6_000,
    make: (size) =>
      rows(size, (index) =>
        retell.said(index === 0 ? 'user' : 'agent', '[No response, waiting for the next utterance.]', 1, 1),
      ),
  },
  {
    name: 'rows of roles that nobody knows',
    size: 1_500,
    make: (size) => rows(size, (index) => ({ role: `role_${index}`, content: 'x', time_sec: index / 100 })),
  },
  {
    name: 'words of one row',
    size: 15_000,
    make: (size) =>
      rows(2, (index) => ({
        ...{ role: speaker(index), content: 'word '.repeat(size) },
        words: times(size, (place) => ({
          word: 'word',
          start: index * 20 + place / 10_000,
          end: index * 20 + place / 10_000,
        })),
      })),
  },
  {
    name: 'calls and their results',
    size: 1_000,
    make: (size) =>
      rows(size * 2, (index) =>
        index % 2 === 0 ? retell.call(`c${index}`, index / 100) : retell.result(`c${index - 1}`, index / 100),
      ),
  },
  {
    name: 'calls of one round',
    size: 1_500,
    make: (size) =>
      rows(size * 2, (index) =>
        index < size ? retell.call(`c${index}`, 5) : retell.result(`c${index - size}`, 6),
      ),
  },
  {
    name: 'results of one call',
    size: 6_000,
    make: (size) => rows(size, (index) => (index === 0 ? retell.call('c', 5) : retell.result('c', 6))),
  },
  {
    name: 'steps of the graph',
    size: 1_500,
    make: (size) =>
      rows(size, (index) => ({
        ...{
          role: 'node_transition',
          former_node_id: `n${index}`,
          new_node_id: `n${index + 1}`,
          time_sec: index / 100,
        },
        transition_type: 'interrupt_go_back',
      })),
  },
  {
    name: 'interruptions by a graph that goes back, after as many questions',
    size: 5_000,
    make: (size) =>
      rows(size * 2, (index) =>
        index < size
          ? words('user', 'Hi?', index)
          : { role: 'node_transition', transition_type: 'interrupt_go_back' },
      ),
  },
  {
    name: 'keys that are pressed after as many calls',
    size: 5_000,
    make: (size) =>
      rows(size * 2, (index) =>
        index < size ? retell.call(`c${index}`, 5) : { role: 'dtmf', digit: '1', time_sec: index / 100 },
      ),
  },
  {
    name: 'events of one instant',
    size: 1_500,
    make: (size) => rows(size, (index) => ({ role: 'sms', content: `Hi ${index}`, time_sec: 5 })),
  },
  {
    name: 'events with many fields',
    size: 4_000,
    make: (size) =>
      rows(2, () => ({
        role: 'injected',
        ...Object.fromEntries(times(size, (index) => [`f${index}`, { a: [index] }])),
      })),
  },
  {
    name: 'those it was handed to',
    size: 3_000,
    make: (size) => rows(size, (index) => words('transfer_target', 'Hello.', index)),
  },
  {
    name: 'waits that were measured',
    size: 750,
    make: (size) =>
      talk(size * 2, {
        e2e: values(size),
        asr: values(size),
        llm: values(size),
        tts: values(size),
        knowledge_base: values(size),
      }),
  },
  {
    name: 'measurements without a place',
    size: 6_000,
    make: (size) =>
      talk(3, {
        e2e: values(size),
        asr: values(size),
        llm: values(size),
        tts: values(size),
        knowledge_base: values(size),
      }),
  },
  {
    name: 'measurements that are none',
    size: 20_000,
    make: (size) => talk(3, { e2e: { num: size, values: times(size, () => 'x') } }),
  },
  {
    name: 'tokens',
    size: 40_000,
    make: (size) => talk(3, {}, { llm_token_usage: { values: times(size, () => 1_510) } }),
  },
  {
    name: 'products that cost something',
    size: 2_000,
    make: (size) =>
      talk(
        3,
        {},
        {
          call_cost: {
            combined_cost: 9,
            product_costs: times(size, (index) => ({ product: `p${index}`, cost: 0.1 })),
          },
        },
      ),
  },
  {
    name: 'one product that is charged again and again',
    size: 20_000,
    make: (size) =>
      talk(3, {}, { call_cost: { product_costs: times(size, () => ({ product: 'tts', cost: 0.1 })) } }),
  },
  {
    name: 'analysis data',
    size: 2_000,
    make: (size) =>
      talk(
        3,
        {},
        {
          call_analysis: {
            custom_analysis_data: Object.fromEntries(times(size, (index) => [`d${index}`, { a: index }])),
          },
        },
      ),
  },
  {
    name: 'a long text of an analysis',
    size: 60_000,
    make: (size) => talk(3, {}, { call_analysis: { call_summary: 'So it goes. '.repeat(size) } }),
  },
  {
    name: 'metadata',
    size: 4_000,
    make: (size) =>
      talk(3, {}, { metadata: Object.fromEntries(times(size, (index) => [`m${index}`, ['x']])) }),
  },
  {
    name: 'dynamic variables',
    size: 10_000,
    make: (size) =>
      talk(
        3,
        {},
        { retell_llm_dynamic_variables: Object.fromEntries(times(size, (index) => [`v${index}`, 'x'])) },
      ),
  },
  {
    name: 'private URLs and texts',
    size: 1_000,
    make: (size) =>
      rows(
        size,
        (index) => words('user', `see https://hook.example/${index}/x`, index),
        {},
        {
          metadata: times(size, (index) => ({ callback_url: `https://hook.example/${index}/x` })),
        },
      ),
  },
  {
    name: 'private URLs that begin each other',
    size: 1_000,
    make: (size) =>
      rows(
        size,
        (index) => words('user', `see https://hook.example/${'a'.repeat(40)}b`, index),
        {},
        {
          metadata: times(size, (index) => ({
            callback_url: `https://hook.example/${'a'.repeat(index % 300)}`,
          })),
        },
      ),
  },
  {
    name: 'a long private text',
    size: 100_000,
    make: (size) => rows(1, () => words('user', 'a'.repeat(size), 1), {}, { access_token: 'a'.repeat(size) }),
  },
  {
    name: 'a long reason',
    size: 200_000,
    make: (size) => talk(3, {}, { disconnection_reason: `error_${'a'.repeat(size)}` }),
  },
  {
    name: 'a number that never ends as text',
    size: 300_000,
    make: (size) =>
      talk(
        3,
        {},
        { start_timestamp: '1'.repeat(size), end_timestamp: `2026-11-18T11:06:40.${'1'.repeat(size)}` },
      ),
  },
  {
    name: 'JSON in a text',
    size: 10_000,
    make: (size) =>
      rows(1, () => ({
        ...retell.call('c', 5),
        arguments: JSON.stringify(
          times(size, (index) => ({ key: `"${index}`, webhook_url: 'https://a.example' })),
        ),
      })),
  },
  {
    name: 'deep JSON',
    size: 100_000,
    make: (size) => ({ ...talk(3), deep: JSON.parse(`${'['.repeat(size)}${']'.repeat(size)}`) as unknown }),
  },
  {
    name: 'deep metadata',
    size: 2_000,
    make: (size) =>
      talk(
        3,
        {},
        {
          metadata: times(
            size / 20,
            () => JSON.parse(`${'{"a":['.repeat(60)}"${'x'.repeat(400)}"${']}'.repeat(60)}`) as unknown,
          ),
        },
      ),
  },
];
