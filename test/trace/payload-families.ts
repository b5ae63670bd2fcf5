import type { Provider } from '../../sandbox/index.ts';
import * as eleven from '../vendors/elevenlabs/elevenlabs-payload.ts';
import * as tavus from '../vendors/tavus/tavus-payload.ts';

type Json = Record<string, unknown>;

/** A kind of payload that can be made as large as one likes, in the one way in which that kind grows. */
export interface Family {
  readonly name: string;
  readonly provider: Provider;
  /** Large enough that what grows with the square shows, and small enough that what does not is done at once. */
  readonly size: number;
  readonly make: (size: number) => Json;
}

function times<Item>(size: number, make: (index: number) => Item): Item[] {
  return Array.from({ length: size }, (_, index) => make(index));
}

function id(index: number): string {
  return (index + 1).toString(16).padStart(16, '0');
}

/** A span of the vendor's with ids that are numbers: there are more than words would be unique for. */
function span(
  index: number,
  parent: number | undefined,
  name: string,
  values: Json = {},
  more: Json = {},
): Json {
  return {
    traceId: eleven.TRACE_ID,
    spanId: id(index),
    ...(parent === undefined ? {} : { parentSpanId: id(parent) }),
    name,
    startTimeUnixNano: eleven.nano(1),
    endTimeUnixNano: eleven.nano(2),
    attributes: eleven.attributes(values),
    status: { code: 1 },
    ...more,
  };
}

const ROOT = span(0, undefined, eleven.ROOT);

/** A conversation of the root and these. */
function spans(children: readonly Json[], parts: { rows?: readonly Json[]; more?: Json } = {}): Json {
  return eleven.conversation({ spans: [ROOT, ...children], ...parts });
}

function chain(
  size: number,
  name: (index: number) => string,
  values: (index: number) => Json = () => ({}),
): Json {
  return spans(times(size, (index) => span(index + 1, index, name(index), values(index))));
}

/** One row that calls as many tools, and their spans in the other order and in the other spelling. */
function calls(size: number, name: (index: number) => string, params: (index: number) => Json): Json {
  const row = eleven.row('agent', 'One moment.', 1, {
    tool_calls: times(size, (index) => ({
      request_id: `r${index}`,
      tool_name: name(index),
      params_as_json: JSON.stringify(params(index)),
    })),
    tool_results: times(size, (index) => ({
      request_id: `r${index}`,
      result_value: 'ok',
      tool_latency_secs: 0.5,
    })),
  });
  const turn = span(1, 0, eleven.AGENT, { 'elevenlabs.turn.index': 0 });
  const tools = times(size, (index) => {
    const place = size - 1 - index;
    const spelled = JSON.stringify(params(place)).replaceAll('"', "'").replaceAll(':', ': ');
    return span(2 + index, 1, `elevenlabs.tool.${name(place)}`, { 'elevenlabs.tool.params': spelled });
  });
  return spans([turn, ...tools], { rows: [row] });
}

function rows(size: number, make: (index: number) => Json, more: Json = {}): Json {
  return eleven.conversation({ rows: times(size, make), more });
}

function speaker(index: number): 'user' | 'agent' {
  return index % 2 === 0 ? 'user' : 'agent';
}

function reason(text: (size: number) => string): (size: number) => Json {
  return (size) =>
    eleven.conversation({
      rows: [eleven.row('user', 'Hi.', 1)],
      metadata: { termination_reason: text(size) },
    });
}

/** What an attribute says, in a span and in a transcript. */
function said(text: (size: number) => string): (size: number) => Json {
  return (size) => eleven.talk([eleven.row('user', text(size), 1), eleven.row('agent', text(size), 2)]);
}

const ELEVENLABS: readonly Omit<Family, 'provider'>[] = [
  {
    name: 'tool calls of one row',
    size: 1_500,
    make: (size) =>
      calls(
        size,
        () => 'lookup',
        (index) => ({ b: index, a: 'x' }),
      ),
  },
  {
    name: 'tool calls of equal parameters',
    size: 1_500,
    make: (size) =>
      calls(
        size,
        () => 'lookup',
        () => ({ b: 1, a: 'x' }),
      ),
  },
  {
    name: 'tool calls of as many names',
    size: 1_500,
    make: (size) =>
      calls(
        size,
        (index) => `tool${index}`,
        () => ({}),
      ),
  },
  {
    name: 'tool spans under no turn',
    size: 1_500,
    make: (size) =>
      spans(
        times(size, (index) =>
          span(index + 1, 0, 'elevenlabs.tool.lookup', { 'elevenlabs.tool.params': `{"n":${index}}` }),
        ),
        {
          rows: times(size, (index) =>
            eleven.row('agent', null, 1, {
              tool_calls: [{ tool_name: 'lookup', params_as_json: `{"n": ${size - index}}` }],
            }),
          ),
        },
      ),
  },
  {
    name: 'results of one request, before their calls',
    size: 4_000,
    make: (size) => ({
      ...rows(size, (index) =>
        index < size / 2
          ? eleven.row('agent', null, index, { tool_results: [{ request_id: 'r', result_value: 'ok' }] })
          : eleven.row('agent', null, index, { tool_calls: [{ request_id: 'r', tool_name: 'lookup' }] }),
      ),
    }),
  },
  { name: 'nested spans', size: 2_500, make: (size) => chain(size, (index) => `elevenlabs.step${index}`) },
  { name: 'nested turns', size: 2_500, make: (size) => chain(size, () => eleven.AGENT) },
  { name: 'nested tools', size: 2_500, make: (size) => chain(size, () => 'elevenlabs.tool.step') },
  {
    name: 'two equal branches',
    size: 1_500,
    make: (size) =>
      spans(times(size, (index) => span(index + 1, index < 2 ? 0 : index - 1, 'elevenlabs.tool.step'))),
  },
  {
    name: 'equal siblings',
    size: 3_000,
    make: (size) => spans(times(size, (index) => span(index + 1, 0, 'elevenlabs.step'))),
  },
  {
    name: 'equal siblings in a large resource',
    size: 1_500,
    make: (size) => {
      const payload = spans(times(size, (index) => span(index + 1, 0, 'elevenlabs.step')));
      const [resource] = (payload.otlp_traces as { resourceSpans: Json[] }).resourceSpans;
      Object.assign(resource ?? {}, {
        resource: { attributes: [{ key: 'note', value: { stringValue: 'x'.repeat(100 * size) } }] },
      });
      return payload;
    },
  },
  {
    name: 'turns of one second',
    size: 3_000,
    make: (size) =>
      spans(
        times(size, (index) =>
          span(index + 1, 0, index % 2 === 0 ? eleven.USER : eleven.AGENT, {
            'elevenlabs.turn.index': index,
          }),
        ),
        {
          rows: times(size, (index) => eleven.row(speaker(index), 'Yes.', 1)),
        },
      ),
  },
  {
    name: 'one cycle',
    size: 3_000,
    make: (size) =>
      spans(times(size, (index) => span(index + 1, ((index + 1) % size) + 1, 'elevenlabs.step'))),
  },
  {
    name: 'orphans',
    size: 3_000,
    make: (size) => spans(times(size, (index) => span(index + 1, 10_000_000 + index, 'elevenlabs.step'))),
  },
  {
    name: 'spans of one id',
    size: 3_000,
    make: (size) => spans(times(size, () => span(1, 0, 'elevenlabs.step', { note: 'x' }))),
  },
  {
    name: 'roots',
    size: 3_000,
    make: (size) => spans(times(size, (index) => span(index + 1, undefined, eleven.ROOT))),
  },
  {
    name: 'resources and scopes',
    size: 3_000,
    make: (size) => ({
      ...spans([]),
      otlp_traces: {
        resourceSpans: times(size, (index) => ({
          resource: { attributes: eleven.attributes({ 'service.name': `s${index}` }) },
          scopeSpans: [
            {
              scope: { name: `n${index}` },
              spans: [
                span(index, index === 0 ? undefined : 0, index === 0 ? eleven.ROOT : 'elevenlabs.step'),
              ],
            },
          ],
        })),
      },
    }),
  },
  {
    name: 'attributes of one span',
    size: 6_000,
    make: (size) =>
      spans([
        span(
          1,
          0,
          eleven.AGENT,
          Object.fromEntries(times(size, (index) => [`elevenlabs.metric.m${index}_ms`, index + 0.5])),
        ),
      ]),
  },
  {
    name: 'values in a list',
    size: 20_000,
    make: (size) =>
      spans([
        span(1, 0, eleven.AGENT, {
          list: { arrayValue: { values: times(size, (index) => ({ stringValue: `v${index}` })) } },
        }),
      ]),
  },
  {
    name: 'attributes that hold lists',
    size: 3_000,
    make: (size) =>
      spans([
        span(
          1,
          0,
          eleven.AGENT,
          Object.fromEntries(
            times(size, (index) => [
              `l${index}`,
              { arrayValue: { values: [{ stringValue: 'a' }, { intValue: '1' }] } },
            ]),
          ),
        ),
      ]),
  },
  {
    name: 'events and links of one span',
    size: 1_500,
    make: (size) =>
      spans([
        span(
          1,
          0,
          eleven.AGENT,
          {},
          {
            events: times(size, (index) => ({
              timeUnixNano: eleven.nano(1),
              name: `e${index}`,
              attributes: eleven.attributes({ a: 1, b: 'x' }),
            })),
            links: times(size, (index) => ({ traceId: eleven.TRACE_ID, spanId: id(index), attributes: [] })),
          },
        ),
      ]),
  },
  {
    name: 'events, one of them large',
    size: 1_000,
    make: (size) =>
      spans([
        span(
          1,
          0,
          eleven.AGENT,
          {},
          {
            events: times(size, (index) => ({
              name: 'e',
              attributes: eleven.attributes({ a: index === 0 ? 'x'.repeat(200 * size) : `y${index}` }),
            })),
          },
        ),
      ]),
  },
  {
    name: 'rows',
    size: 3_000,
    make: (size) => rows(size, (index) => eleven.row(speaker(index), 'Yes.', index)),
  },
  {
    name: 'rows without a time',
    size: 6_000,
    make: (size) => rows(size, (index) => eleven.row(speaker(index), 'Yes.', null)),
  },
  {
    name: 'rows of a user whom nobody answers',
    size: 6_000,
    make: (size) => rows(size, (index) => eleven.row('user', index % 3 === 0 ? 'Hello?' : '...', index)),
  },
  {
    name: 'rows of an agent who says nothing',
    size: 6_000,
    make: (size) =>
      rows(size, (index) => eleven.row(index === 0 ? 'user' : 'agent', index === 0 ? 'Hello?' : null, index)),
  },
  {
    name: 'metrics of one row',
    size: 4_000,
    make: (size) =>
      rows(2, (index) =>
        eleven.row(
          speaker(index),
          'Yes.',
          index,
          eleven.metrics(Object.fromEntries(times(size, (place) => [`m${place}`, 0.5]))),
        ),
      ),
  },
  {
    name: 'models of one row',
    size: 2_000,
    make: (size) =>
      rows(2, (index) =>
        eleven.row(speaker(index), 'Yes.', index, {
          llm_usage: {
            model_usage: Object.fromEntries(
              times(size, (place) => [`m${place}`, { input: { tokens: 1, price: 0.1 } }]),
            ),
          },
        }),
      ),
  },
  {
    name: 'documents of one row',
    size: 10_000,
    make: (size) =>
      rows(2, (index) =>
        eleven.row(speaker(index), 'Yes.', index, {
          rag_retrieval_info: { chunks: times(size, (place) => ({ document_id: `d${place}` })) },
        }),
      ),
  },
  {
    name: 'agents that hand over to each other',
    size: 3_000,
    make: (size) =>
      rows(size, (index) =>
        eleven.row(speaker(index), 'Yes.', index, { agent_metadata: { agent_id: `agent_${index}` } }),
      ),
  },
  {
    name: 'evaluations',
    size: 2_000,
    make: (size) =>
      rows(2, (index) => eleven.row(speaker(index), 'Yes.', index), {
        analysis: {
          evaluation_criteria_results: Object.fromEntries(
            times(size, (index) => [
              `c${index}`,
              { criteria_id: `c${index}`, result: 'success', rationale: 'because' },
            ]),
          ),
        },
      }),
  },
  {
    name: 'evaluations, one of them large',
    size: 2_000,
    make: (size) =>
      rows(2, (index) => eleven.row(speaker(index), 'Yes.', index), {
        analysis: {
          evaluation_criteria_results_list: times(size, (index) => ({
            criteria_id: `c${index}`,
            result: 'success',
            rationale: 'x'.repeat(index === 0 ? 200 * size : 1),
          })),
        },
      }),
  },
  {
    name: 'dynamic variables',
    size: 4_000,
    make: (size) =>
      rows(2, (index) => eleven.row(speaker(index), 'Yes.', index), {
        conversation_initiation_client_data: {
          dynamic_variables: Object.fromEntries(times(size, (index) => [`v${index}`, 'x'])),
        },
      }),
  },
  { name: 'a reason of "max"', size: 60_000, make: reason((size) => 'max'.repeat(size)) },
  { name: 'a reason of blanks', size: 100_000, make: reason((size) => `max${' '.repeat(size)}x`) },
  { name: 'a reason of words', size: 30_000, make: reason((size) => 'ended by the '.repeat(size)) },
  { name: 'a long text', size: 30_000, make: said((size) => 'So it goes. '.repeat(size)) },
  { name: 'a text of dots', size: 300_000, make: said((size) => `${'.'.repeat(size)}x`) },
  { name: 'a text of links', size: 10_000, make: said((size) => 'https://a.example/x?y=1 '.repeat(size)) },
  {
    name: 'one link with many parameters',
    size: 30_000,
    make: said((size) => `https://a.example/x?${'y=1&'.repeat(size)}`),
  },
  {
    name: 'one link with long words',
    size: 100_000,
    make: said((size) => `https://a.example/x?${'a'.repeat(size)}&${'b'.repeat(size)}`),
  },
  {
    name: 'one link of slashes',
    size: 20_000,
    make: said((size) => `https://a.example${'/abc'.repeat(size)}`),
  },
  {
    name: 'schemes without an end',
    size: 30_000,
    make: said((size) => `${'abcdefghijklmnopqrst.'.repeat(size)}://`),
  },
  {
    name: 'names of fields without a value',
    size: 30_000,
    make: said((size) => `authorization ${'"api_key" '.repeat(size)}`),
  },
  { name: 'a field and blanks', size: 200_000, make: said((size) => `authorization:${' '.repeat(size)}`) },
  { name: 'backslashes', size: 200_000, make: said((size) => `api_key${'\\'.repeat(size)}`) },
  { name: 'a key that never ends', size: 200_000, make: said((size) => `sk_${'a'.repeat(size)}_`) },
  {
    name: 'JSON in a text',
    size: 10_000,
    make: said((size) =>
      JSON.stringify(times(size, (index) => ({ key: `"${index}`, webhook_url: 'https://a.example' }))),
    ),
  },
  { name: 'brackets in a text', size: 100_000, make: said((size) => `${'['.repeat(size)}\\`) },
  {
    name: 'Python literals',
    size: 5_000,
    make: (size) =>
      spans([
        span(
          1,
          0,
          eleven.AGENT,
          Object.fromEntries(
            times(size, (index) => [
              `elevenlabs.llm_usage.m${index}.input`,
              `{'tokens': ${index}, 'price': 1_0.5, 'other': None}`,
            ]),
          ),
        ),
      ]),
  },
  {
    name: 'one long Python literal',
    size: 30_000,
    make: (size) =>
      spans([
        span(1, 0, eleven.AGENT, {
          'elevenlabs.llm_usage.m.input': `{${times(size, (index) => `'k_${index % 7}a${'b'.repeat(index % 30)}': ${index}`).join(', ')}}`,
        }),
      ]),
  },
  {
    name: 'deep JSON',
    size: 100_000,
    make: (size) => ({
      ...eleven.talk([eleven.row('user', 'Hi.', 1)]),
      deep: JSON.parse(`${'['.repeat(size)}${']'.repeat(size)}`) as unknown,
    }),
  },
  {
    name: 'deep JSON in a span',
    size: 2_000,
    make: (size) =>
      spans(
        times(size / 20, (index) =>
          span(
            index + 1,
            0,
            eleven.AGENT,
            {},
            { extra: JSON.parse(`${'{"a":['.repeat(60)}"${'x'.repeat(400)}"${']}'.repeat(60)}`) as unknown },
          ),
        ),
      ),
  },
];

/** Entries of a transcript, one a second. */
function entries(size: number, make: (index: number) => Json): Json {
  return tavus.talk(times(size, make));
}

const TAVUS: readonly Omit<Family, 'provider'>[] = [
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

export const FAMILIES: readonly Family[] = [
  ...ELEVENLABS.map((family) => ({ ...family, provider: 'elevenlabs' as const })),
  ...TAVUS.map((family) => ({ ...family, provider: 'tavus' as const })),
];
