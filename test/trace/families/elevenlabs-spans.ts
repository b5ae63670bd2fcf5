import * as eleven from '../../vendors/elevenlabs/elevenlabs-payload.ts';
import { id, rows, span, spans } from './elevenlabs-payloads.ts';
import { type Families, type Json, speaker, times } from './family.ts';

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

/** What grows in the half with the spans. */
export const ELEVENLABS_SPANS: Families = [
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
