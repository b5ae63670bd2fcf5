import { crc32 } from 'node:zlib';

/** Which of so many branches of a vendor, each of which is a source, has a conversation. */
export function branchOf(id: string, branches: number): number {
  return crc32(id) % branches;
}
