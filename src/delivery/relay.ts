import type { Clock } from '../time/clock.ts';
import type { Endpoint } from './endpoint.ts';
import { Post } from './post.ts';
import type { PreparedRequest, Transport } from './transport.ts';
import { verdict } from './verdict.ts';

/** The transport of OTLP that a vendor made: posted as it stands. */
export class Relay implements Transport<Buffer> {
  readonly #post: Post;

  constructor(endpoint: Endpoint, clock: Clock) {
    this.#post = new Post({ endpoint, judge: (response) => verdict(response, endpoint, clock.now()) });
  }

  pack(json: Buffer): PreparedRequest {
    return { bytes: json.length, send: (signal) => this.#post.send(json, signal) };
  }

  async close(): Promise<void> {
    await this.#post.close();
  }
}
