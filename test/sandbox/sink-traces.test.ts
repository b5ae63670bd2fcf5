import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Json, type Sink, type SinkOptions, startSink } from '../../sandbox/index.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const ROOT = 'b7ad6b7169203331';
const CHILD = '00f067aa0ba902b7';

let sink: Sink;

beforeEach(async () => {
  sink = await startSink();
});

afterEach(() => sink.close());

async function again(options: SinkOptions): Promise<void> {
  await sink.close();
  sink = await startSink(options);
}

function span(more: Json = {}): Json {
  return {
    traceId: TRACE,
    spanId: ROOT,
    name: 'conversation',
    kind: 3,
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000001000000000',
    attributes: [{ key: 'session.id', value: { stringValue: 'abc' } }],
    status: { code: 1 },
    ...more,
  };
}

function request(...spans: Json[]): Json {
  return {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'tavus-cvi' } }] },
        scopeSpans: [{ scope: { name: 'callspan', version: '1' }, spans }],
      },
    ],
  };
}

async function post(
  body: unknown,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  const raw = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(sink.tracesUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof raw === 'string' ? raw : Buffer.from(raw),
  });
  return { status: response.status, text: await response.text() };
}

describe('the sink', () => {
  it('takes a right request, plain or compressed, and remembers it', async () => {
    const child = span({ spanId: CHILD, parentSpanId: ROOT, name: 'turn' });
    expect(await post(request(span()))).toEqual({ status: 200, text: '{"partialSuccess":{}}' });
    expect(
      (await post(gzipSync(JSON.stringify(request(child))), { 'content-encoding': 'gzip' })).status,
    ).toBe(200);

    expect(sink.traces()).toEqual([TRACE]);
    expect(sink.spans(TRACE).map((stored) => stored.spanId)).toEqual([ROOT, CHILD]);
    expect(sink.span(TRACE, CHILD)).toMatchObject({
      arrivals: 1,
      forms: [
        {
          count: 1,
          span: child,
          resource: { attributes: [{ key: 'service.name' }] },
          scope: { name: 'callspan', version: '1' },
        },
      ],
    });
    expect(sink.span(TRACE, 'ffffffffffffffff')).toBeUndefined();
    expect(sink.violations).toEqual([]);
  });

  it('tells a span that was sent again from one that was changed', async () => {
    await post(request(span()));
    await post(request(span()));
    expect(sink.span(TRACE, ROOT)).toMatchObject({ arrivals: 2, forms: [{ count: 2 }] });
    expect(sink.arrivals(TRACE)).toBe(2);
    expect(sink.differing()).toEqual([]);

    await post(request(span({ name: 'renamed' })));
    expect(sink.differing()).toMatchObject([{ spanId: ROOT, forms: [{ count: 2 }, { count: 1 }] }]);
  });

  it('tells a span that came in another resource or scope from the same one', async () => {
    const [group] = request(span()).resourceSpans as Json[];
    await post(request(span()));
    await post({ resourceSpans: [{ ...group, resource: { attributes: [] } }] });
    expect(sink.span(TRACE, ROOT)?.forms).toHaveLength(2);
  });

  it('keeps digests only where that is asked for', async () => {
    await again({ keep: 'digests' });
    await post(request(span()));
    await post(request(span()));
    await post(request(span({ name: 'renamed' })));
    const [form] = sink.span(TRACE, ROOT)?.forms ?? [];
    expect(form).toEqual({ digest: expect.any(String), count: 2 });
    expect(sink.differing()).toHaveLength(1);
  });

  it('keeps the headers of a request where that is asked for', async () => {
    await again({ log: true });
    await post(request(span()), { 'x-team': 'blue' });
    expect(sink.requests.all[0]).toMatchObject({ route: 'traces', headers: { 'x-team': 'blue' } });
  });

  it('forgets everything when it is told to', async () => {
    await post(request(span()));
    await post(request(span({ kind: 9 })));
    sink.clear();
    expect([sink.traces(), sink.violations, sink.requests.total]).toEqual([[], [], 0]);
  });

  it.each([
    ['text/plain', {}, 415],
    ['application/x-protobuf', {}, 415],
    ['application/json; charset=utf-8', {}, 200],
    ['application/json', { 'content-encoding': 'br' }, 415],
  ])('answers content type %s with %j: %i', async (type, more, status) => {
    expect((await post(request(span()), { 'content-type': type, ...more })).status).toBe(status);
  });

  it('refuses what it cannot read', async () => {
    expect((await post('{"resourceSpans":')).status).toBe(400);
    expect((await post('[]')).status).toBe(400);
    expect((await post('not gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post(new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x7d]))).status).toBe(400);
    expect((await fetch(sink.tracesUrl)).status).toBe(405);
    expect((await fetch(`${sink.url}/v1/logs`, { method: 'POST' })).status).toBe(404);
  });

  it.each([413, 400] as const)('refuses a body over its limit with %i', async (tooLarge) => {
    await again({ maxBytes: 2000, tooLarge });
    const attributes = [{ key: 'text', value: { stringValue: 'x'.repeat(3000) } }];
    const long = request(span({ attributes }));
    expect(await post(long)).toEqual({ status: tooLarge, text: 'request body too large' });
    expect((await post(gzipSync(JSON.stringify(long)), { 'content-encoding': 'gzip' })).status).toBe(
      tooLarge,
    );
    expect((await post(request(span()))).status).toBe(200);
  });
});

describe('strict reading', () => {
  const link = { traceId: TRACE, spanId: CHILD };
  const value = (any: unknown) => span({ attributes: [{ key: 'a', value: any }] });
  const { name: _, ...nameless } = span();
  const { kind: __, ...kindless } = span();

  it.each<[string, Json]>([
    ['spans[0].traceId must be 32', span({ traceId: TRACE.toUpperCase() })],
    ['spans[0].traceId must be 32', span({ traceId: '0'.repeat(32) })],
    ['spans[0].traceId must be 32', span({ traceId: 'abc' })],
    ['spans[0].spanId must be 16', span({ spanId: '32_hex_chars' })],
    ['spans[0].parentSpanId must be 16', span({ parentSpanId: null })],
    ['spans[0].parentSpanId must be 16', span({ parentSpanId: '' })],
    ['spans[0].parentSpanId must not be the span itself', span({ parentSpanId: ROOT })],
    ['spans[0].trace_id is no field of OTLP', span({ trace_id: TRACE })],
    ['spans[0].name must be a string that is not empty', nameless],
    ['spans[0].name must be a string that is not empty', span({ name: '' })],
    ['spans[0].kind must be a whole number from 1 to 5', kindless],
    ['spans[0].kind must be a whole number from 1 to 5', span({ kind: 0 })],
    ['spans[0].kind must be a whole number from 1 to 5', span({ kind: 'SPAN_KIND_CLIENT' })],
    ['startTimeUnixNano must be a string of decimal digits', span({ startTimeUnixNano: 1_700_000_000 })],
    ['startTimeUnixNano must be a string of decimal digits', span({ startTimeUnixNano: '17e17' })],
    ['startTimeUnixNano must not be zero', span({ startTimeUnixNano: '0' })],
    ['spans[0] ends before it starts', span({ endTimeUnixNano: '1699999999999999999' })],
    ['status.code must be a whole number from 0 to 2', span({ status: { code: 3 } })],
    ['status.message must be a string', span({ status: { code: 2, message: null } })],
    ['value must have exactly one kind of value', value({})],
    ['value must have exactly one kind of value', value({ stringValue: 'a', intValue: 1 })],
    ['value must be an object', value(null)],
    ['value.stringValue must be a string', value({ stringValue: 1 })],
    ['value.boolValue must be a boolean', value({ boolValue: 'true' })],
    ['value.intValue must be a 64-bit integer', value({ intValue: 1.5 })],
    ['value.intValue must be a 64-bit integer', value({ intValue: '9223372036854775808' })],
    ['value.intValue must be a 64-bit integer', value({ intValue: 2 ** 53 })],
    ['value.doubleValue must be a finite number', value({ doubleValue: 'NaN' })],
    ['value.doubleValue must be a finite number', value({ doubleValue: null })],
    ['value.bytesValue must be base64', value({ bytesValue: 'äö' })],
    [
      'value.arrayValue.values[1].intValue must be',
      value({ arrayValue: { values: [{ intValue: 1 }, { intValue: {} }] } }),
    ],
    [
      'value.kvlistValue.values[0].key must be',
      value({ kvlistValue: { values: [{ key: '', value: { intValue: 1 } }] } }),
    ],
    [
      'attributes[1].key repeats a',
      span({ attributes: ['x', 'y'].map((text) => ({ key: 'a', value: { stringValue: text } })) }),
    ],
    ['attributes must be an array', span({ attributes: { a: 1 } })],
    ['droppedAttributesCount must be a whole number', span({ droppedAttributesCount: -1 })],
    ['events[0].timeUnixNano must be', span({ events: [{ name: 'e', timeUnixNano: 5 }] })],
    ['events[0].name must be a string', span({ events: [{ timeUnixNano: '5' }] })],
    ['links[0].traceId must be 32', span({ links: [{ ...link, traceId: 'x' }] })],
    [
      'links[0].attributes[0].value must be an object',
      span({ links: [{ ...link, attributes: [{ key: 'a' }] }] }),
    ],
  ])('finds that %s …', async (sentence, wrong) => {
    const { status, text } = await post(request(wrong));
    expect(status).toBe(400);
    expect(JSON.parse(text)).toEqual({ code: 3, message: expect.stringContaining(sentence) });
    expect(sink.violations[0]).toContain(sentence);
    expect(sink.traces()).toEqual([]);
  });

  it('finds a span id that comes twice in one request', async () => {
    expect((await post(request(span(), span({ name: 'twin' })))).text).toContain(
      'comes twice in one request',
    );
  });

  it('finds a payload of another shape', async () => {
    for (const wrong of [
      {},
      { resource_spans: [] },
      { resourceSpans: [{ scopeSpans: null }] },
      { resourceSpans: [null] },
    ]) {
      expect((await post(wrong)).status).toBe(400);
    }
    expect((await post({ resourceSpans: [] })).status).toBe(200);
  });

  it('takes all that OTLP allows', async () => {
    const attributes = [
      { stringValue: 'ü\u0000\u200f👩‍👩‍👧' },
      { boolValue: false },
      { intValue: 7 },
      { intValue: '-9223372036854775808' },
      { doubleValue: 1.5e-7 },
      { bytesValue: 'AAEC' },
      { arrayValue: { values: [{ stringValue: 'a' }, { arrayValue: { values: [] } }] } },
      { kvlistValue: { values: [{ key: 'k', value: { intValue: '1' } }] } },
    ].map((any, place) => ({ key: `k${place}`, value: any }));
    const full = span({
      attributes,
      flags: 257,
      traceState: 'a=b',
      droppedAttributesCount: 2,
      events: [{ name: 'e', timeUnixNano: '1700000000000000001', attributes, droppedAttributesCount: 0 }],
      droppedEventsCount: 0,
      links: [{ ...link, attributes, droppedAttributesCount: 0, flags: 1 }],
      droppedLinksCount: 0,
      status: { code: 2, message: 'm' },
    });
    expect(await post(request(full))).toMatchObject({ status: 200 });
  });

  it('is switched off to measure speed', async () => {
    await again({ strict: false });
    expect((await post(request(span({ kind: 99 })))).status).toBe(200);
    expect(sink.traces()).toEqual([TRACE]);
    expect(sink.violations).toEqual([]);
  });
});

describe('scripted answers', () => {
  it('keeps what it takes and leaves out what it says it rejected', async () => {
    sink.faults.add({ fault: { kind: 'partial-success', rejected: 1, message: 'too old' }, times: 1 });
    const { text } = await post(request(span(), span({ spanId: CHILD })));
    expect(JSON.parse(text)).toEqual({ partialSuccess: { rejectedSpans: '1', errorMessage: 'too old' } });
    expect(sink.spans(TRACE).map((stored) => stored.spanId)).toEqual([ROOT]);
  });

  it('refuses without keeping, or after it has kept', async () => {
    sink.faults.add({ fault: { kind: 'status', status: 503, headers: { 'retry-after': '1' } }, times: 1 });
    sink.faults.add({ fault: { kind: 'status', status: 503, accepts: true }, times: 1 });
    expect((await post(request(span()))).status).toBe(503);
    expect(sink.arrivals(TRACE)).toBe(0);
    expect((await post(request(span()))).status).toBe(503);
    expect(sink.arrivals(TRACE)).toBe(1);
  });

  it('takes the spans and dies before it says so', async () => {
    sink.faults.add({ fault: { kind: 'accept-then-reset' }, times: 1 });
    await expect(post(request(span()))).rejects.toThrow('fetch failed');
    expect(sink.arrivals(TRACE)).toBe(1);
  });

  it('stays silent, with the spans or without them', async () => {
    for (const accepts of [false, true]) {
      sink.clear();
      sink.faults.clear();
      sink.faults.add({ fault: { kind: 'silence', accepts } });
      const controller = new AbortController();
      const body = JSON.stringify(request(span()));
      const headers = { 'content-type': 'application/json' };
      const answer = fetch(sink.tracesUrl, { method: 'POST', headers, body, signal: controller.signal });
      while (sink.requests.total === 0) await new Promise(setImmediate);
      await new Promise(setImmediate);
      controller.abort();
      await expect(answer).rejects.toThrow('aborted');
      expect(sink.arrivals(TRACE)).toBe(accepts ? 1 : 0);
    }
  });
});
