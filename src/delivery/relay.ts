import type { Clock } from '../http/clock.ts';
import type { Endpoint } from './endpoint.ts';
import { Post } from './post.ts';
import type { Letter, Road } from './road.ts';
import { verdict } from './verdict.ts';

/** The road of OTLP that a vendor made: posted as it stands. */
export class Relay implements Road<Buffer> {
  readonly #post: Post;

  constructor(endpoint: Endpoint, clock: Clock) {
    this.#post = new Post({ endpoint, judge: (response) => verdict(response, endpoint, clock.now()) });
  }

  pack(json: Buffer): Letter {
    return { bytes: json.length, send: (signal) => this.#post.send(json, signal) };
  }

  async close(): Promise<void> {
    await this.#post.close();
  }
}
