import { varintSize, writeVarint } from './byte-buffer.ts';
import type { Encoding, Envelope } from './span-encoder.ts';

/** A scope that spans stand in, and its resource. Scopes of one resource share the object, and stand together. */
export interface EncodedScope {
  readonly resource: Envelope;
  readonly scope: Envelope;
}

/** What spans were written as. One entry a span, parents first. */
export interface SpanTable {
  readonly encoding: Encoding;
  readonly scopes: readonly EncodedScope[];
  /** All spans, one behind the other. */
  readonly bytes: Buffer;
  /** Where each begins, and at last where the last one ends. */
  readonly offsets: Uint32Array;
  /** The place of each span's scope among the scopes. */
  readonly scopeOf: Uint32Array;
  readonly ids: readonly string[];
  readonly parents: readonly (string | undefined)[];
}

/** Fields of the messages around spans: `resource_spans` of the request, `scope_spans` of a resource. */
const RESOURCE_SPANS = (1 << 3) | 2;
const SCOPE_SPANS = (2 << 3) | 2;
const COMMA = Buffer.from(',');

/** Spans as bytes, of which any may be chosen: a request is put together from slices and nothing is written twice. */
export class EncodedSpans {
  readonly #table: SpanTable;
  /** Of the table's spans those that are meant, ascending. */
  readonly #chosen: Uint32Array;

  constructor(table: SpanTable, chosen: Uint32Array = Uint32Array.from(table.ids.keys())) {
    this.#table = table;
    this.#chosen = chosen;
  }

  get encoding(): Encoding {
    return this.#table.encoding;
  }

  get ids(): string[] {
    return Array.from(this.#chosen, (span) => this.#table.ids[span] ?? '');
  }

  /** Those whose id `isWanted`. */
  select(isWanted: (id: string) => boolean): EncodedSpans {
    const { ids } = this.#table;
    return new EncodedSpans(
      this.#table,
      this.#chosen.filter((span) => isWanted(ids[span] ?? '')),
    );
  }

  /** Each span with its weight in bytes, and what a request with it has to say besides. */
  weigh(): { id: string; parentId: string | undefined; bytes: number; envelopes: readonly Weight[] }[] {
    const { ids, parents, scopes, scopeOf } = this.#table;
    const weights = new Map<Envelope, Weight>();
    const weightOf = (envelope: Envelope): Weight => {
      let weight = weights.get(envelope);
      if (weight === undefined) {
        weight = { bytes: envelope.head.length + envelope.tail.length + LENGTH };
        weights.set(envelope, weight);
      }
      return weight;
    };
    return Array.from(this.#chosen, (span) => {
      const { resource, scope } = scopes[scopeOf[span] ?? 0] as EncodedScope;
      return {
        id: ids[span] ?? '',
        parentId: parents[span],
        bytes: this.#bytesOf(span).length + 1,
        envelopes: [weightOf(resource), weightOf(scope)],
      };
    });
  }

  /** One request. */
  body(): Buffer {
    const resources = this.#groups();
    return this.encoding === 'json' ? jsonBody(resources) : protobufBody(resources);
  }

  #groups(): Map<Envelope, Map<Envelope, Buffer[]>> {
    const { scopes, scopeOf } = this.#table;
    const byScope = scopes.map((): Buffer[] => []);
    for (const span of this.#chosen) byScope[scopeOf[span] ?? 0]?.push(this.#bytesOf(span));
    const resources = new Map<Envelope, Map<Envelope, Buffer[]>>();
    for (const [index, { resource, scope }] of scopes.entries()) {
      const spans = byScope[index];
      if (spans === undefined || spans.length === 0) continue;
      let inner = resources.get(resource);
      if (inner === undefined) {
        inner = new Map();
        resources.set(resource, inner);
      }
      inner.set(scope, spans);
    }
    return resources;
  }

  #bytesOf(span: number): Buffer {
    const { bytes, offsets } = this.#table;
    return bytes.subarray(offsets[span], offsets[span + 1]);
  }
}

interface Weight {
  readonly bytes: number;
}

/** Commas, brackets, or the tag and the length of a message: never more than this around an envelope. */
const LENGTH = 8;

type Groups = ReadonlyMap<Envelope, ReadonlyMap<Envelope, readonly Buffer[]>>;

function jsonBody(resources: Groups): Buffer {
  const parts: Buffer[] = [Buffer.from('{"resourceSpans":[')];
  let isFirst = true;
  for (const [resource, scopes] of resources) {
    if (!isFirst) parts.push(COMMA);
    isFirst = false;
    parts.push(resource.head);
    let isFirstScope = true;
    for (const [scope, spans] of scopes) {
      if (!isFirstScope) parts.push(COMMA);
      isFirstScope = false;
      parts.push(scope.head);
      for (let index = 0; index < spans.length; index++) {
        if (index > 0) parts.push(COMMA);
        parts.push(spans[index] as Buffer);
      }
      parts.push(scope.tail);
    }
    parts.push(resource.tail);
  }
  parts.push(Buffer.from(']}'));
  return Buffer.concat(parts);
}

function protobufBody(resources: Groups): Buffer {
  const parts: Buffer[] = [];
  for (const [resource, scopes] of resources) {
    const inner: Buffer[] = [resource.head];
    for (const [scope, spans] of scopes)
      inner.push(...message(SCOPE_SPANS, [scope.head, ...spans, scope.tail]));
    inner.push(resource.tail);
    parts.push(...message(RESOURCE_SPANS, inner));
  }
  return Buffer.concat(parts);
}

/** A message as a field, before it is put together. */
function message(tag: number, parts: readonly Buffer[]): Buffer[] {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const head = Buffer.alloc(1 + varintSize(size));
  head[0] = tag;
  writeVarint(head, 1, size);
  return [head, ...parts];
}
