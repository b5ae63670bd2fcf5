import type { Attributes } from '../conversation.ts';
import type { Encoding } from './encode/span-encoder.ts';

/** What the user decided about one source; with the payload, all that a translation depends on. */
export interface TraceSettings {
  /** The configured source's name: `callspan.source`. */
  readonly source: string;
  /** `full` lets out what was said. */
  readonly content: 'none' | 'full';
  /** With `full`, also the system prompt and what was injected into it. */
  readonly systemPrompt: boolean;
  /** Resource attributes of the source: added, never overwriting the vendor's. */
  readonly resource: Attributes;
  /** Configured keys and header values: never let out, should a payload repeat one. */
  readonly secrets: readonly string[];
  /** What a vendor's own spans are written as: what their collector takes. @default 'json' */
  readonly encoding?: Encoding;
}
