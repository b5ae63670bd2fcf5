import type { Clock } from '../http/clock.ts';
import type { OtlpTraces } from '../trace/otlp.ts';
import type { Endpoint } from './endpoint.ts';
import { Post } from './post.ts';
import type { Letter, Road } from './road.ts';
import { verdict } from './verdict.ts';

/** The road of OTLP that a vendor made: posted as it stands. */
export class Relay implements Road<OtlpTraces> {
  readonly #post: Post;

  constructor(endpoint: Endpoint, clock: Clock) {
    this.#post = new Post({ endpoint, judge: (response) => verdict(response, endpoint, clock.now()) });
  }

  /** Serializes once: what is measured here is what is sent. */
  pack(payload: OtlpTraces): Letter {
    const body = Buffer.from(JSON.stringify(payload));
    return { bytes: body.length, send: (signal) => this.#post.send(body, signal) };
  }

  async close(): Promise<void> {
    await this.#post.close();
  }
}
