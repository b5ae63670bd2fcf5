import { readFileSync } from 'node:fs';
import { parseJson } from '../../src/http/json.ts';
import type { Encoding } from '../../src/trace/encode/span-encoder.ts';
import { readElevenLabs } from '../../src/vendors/elevenlabs/payload.ts';
import { translateElevenLabs } from '../../src/vendors/elevenlabs/translate.ts';
import { translationSettings } from '../translation-settings.ts';

/**
 * From a vendor's answer to the bytes on the wire, without HTTP and gzip: what callspan itself costs. Prints the CPU
 * milliseconds of one conversation. `encode.js json|protobuf PAYLOADS ROUNDS`: a file with a payload a line.
 */

const [encoding = 'json', path = '', rounds = '1'] = process.argv.slice(2);
const settings = { ...translationSettings('elevenlabs'), encoding: encoding as Encoding };
const payloads = linesOf(readFileSync(path));

/** Starts are passed over: a bridge runs for weeks, and no compiler is measured in them. */
encode(Math.ceil(Number(rounds) / 2));
const before = process.cpuUsage();
const bytes = encode(Number(rounds));
const { user, system } = process.cpuUsage(before);
const conversations = Number(rounds) * payloads.length;
process.stdout.write(
  JSON.stringify({
    cpuMillis: (user + system) / 1_000 / conversations,
    bytes: Math.round(bytes / conversations),
  }),
);

function encode(times: number): number {
  let bytes = 0;
  for (let round = 0; round < times; round++) {
    for (const payload of payloads) {
      const read = readElevenLabs(parseJson(payload));
      const translated = translateElevenLabs(read, read.id ?? '', settings);
      if (translated?.batch.kind !== 'otlp') throw new Error('a payload of the benchmark came to nothing');
      bytes += translated.batch.spans.body.length;
    }
  }
  return bytes;
}

function linesOf(text: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < text.length; ) {
    const end = text.indexOf(10, from);
    lines.push(text.subarray(from, end));
    from = end + 1;
  }
  return lines;
}
