import type { Attributes, AttributeValue } from '../conversation.ts';
import type { Description } from './describe.ts';
import type { AttributeBlock, AttributeSink } from './encode/span-encoder.ts';

/** What a description says, as an object: for what is compared or handed over, not for what is written. */
export function attributesOf(describe: Description): Attributes {
  const sink = new ObjectSink();
  describe(sink);
  return sink.attributes;
}

class ObjectSink implements AttributeSink {
  readonly attributes: Attributes = {};

  put(key: string, value: AttributeValue): void {
    this.attributes[key] = value;
  }

  putBlock(block: AttributeBlock): void {
    block(this);
  }
}
