import { MessageChannel } from 'node:worker_threads';

/** A way out of this process's memory that leads nowhere: what is handed to it is freed. */
const nowhere = (() => {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
})();

/**
 * Gives the memory of a chunk back at once; nobody may read it any more. Left to the engine, tens of megabytes of what has
 * been read are waiting to be collected while a recording comes in, for only their handles count as memory to it.
 */
export function freeChunk({ buffer, byteLength }: Buffer): void {
  // One that shares its memory with others is not ours to give.
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) nowhere.postMessage(null, [buffer]);
}
