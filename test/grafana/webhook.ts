import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What Alertmanager sends to a webhook (its documentation, "Webhook receiver"). */
export interface Notification {
  readonly status: 'firing' | 'resolved';
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly {
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

/** Somebody who is on call: keeps every notification that Alertmanager sends. */
export class Webhook {
  readonly url: string;
  readonly notifications: Notification[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      this.notifications.push(JSON.parse(Buffer.concat(chunks).toString('utf8')));
      response.end();
    });
  }

  static async open(): Promise<Webhook> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new Webhook(server);
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
