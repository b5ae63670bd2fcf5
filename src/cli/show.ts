import { readFile } from 'node:fs/promises';
import {
  ConfigError,
  list,
  loadConfig,
  type SourceConfig,
  settingsForFile,
  traceSettings,
} from '../config/config.ts';
import { LedgerError } from '../ledger/errors.ts';
import { page } from '../show/page.ts';
import { printableJson } from '../show/printable.ts';
import { viewOf } from '../show/view.ts';
import { waterfall } from '../show/waterfall.ts';
import { systemClock } from '../time/clock.ts';
import type { OtlpTraces } from '../trace/otlp.ts';
import { toOtlp } from '../trace/span-batch.ts';
import { createSource } from '../vendors/create-source.ts';
import { profileOf, profiles, providerOf } from '../vendors/registry.ts';
import { retraceAsSent } from '../vendors/retrace.ts';
import { type TranslateOptions, translate } from '../vendors/translate.ts';
import type { Translated } from '../vendors/vendor.ts';
import { oneId, oneSource } from './arguments.ts';
import { EXIT, stopSignal } from './exit.ts';
import { traceOf } from './known-trace.ts';
import { tell } from './output.ts';
import { writePrivateFile } from './private-file.ts';

export interface ShowOptions {
  readonly file?: string;
  readonly json: boolean;
  readonly html?: string;
  readonly source?: string;
}

/** `callspan show`: one conversation as the collector would get it, for a person, without any collector. */
export async function show(
  provider: string | undefined,
  id: string | undefined,
  options: ShowOptions,
): Promise<number> {
  const traces =
    options.file === undefined
      ? await fromVendor(provider, id, options)
      : await fromFile(options.file, provider);
  if (options.html !== undefined) await writePrivateFile(options.html, page(viewOf(traces)));
  if (options.json) process.stdout.write(`${printableJson(JSON.stringify(traces, null, 2))}\n`);
  else if (options.html === undefined)
    process.stdout.write(waterfall(viewOf(traces), terminal(process.stdout)));
  return EXIT.ok;
}

/** What a stream can show; of a pipe, what the shell says that its terminal can. */
export function terminal(stream: NodeJS.WriteStream): { columns: number; color: boolean } {
  const color = stream.isTTY ? process.env.NO_COLOR === undefined : process.env.FORCE_COLOR !== undefined;
  return { columns: stream.columns ?? columnsOf(process.env.COLUMNS) ?? 110, color };
}

function columnsOf(text: string | undefined): number | undefined {
  const columns = Number(text);
  return Number.isInteger(columns) && columns > 0 ? columns : undefined;
}

async function fromVendor(
  provider: string | undefined,
  id: string | undefined,
  { source: name }: ShowOptions,
): Promise<OtlpTraces> {
  if (provider === undefined || id === undefined) {
    throw new ConfigError('callspan show needs a provider and a conversation id, or --file with a payload.');
  }
  oneId(id);
  const settings = await loadConfig();
  const config = oneSource(settings, provider, name);
  const own = await translatedFrom(config, id);
  const known = await traceInLedger(settings.state, config.name, id);
  return toOtlp((known === undefined ? own : retraceAsSent(own, config.name, known)).batch);
}

/** In which trace it was sent, or is to be. Nothing is shown any less where the ledger cannot say. */
async function traceInLedger(state: string, source: string, id: string): Promise<string | undefined> {
  try {
    return await traceOf(state, source, id);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    tell(`${error.message} The trace id shown is the payload's own.`);
    return undefined;
  }
}

/** A conversation as the vendor has it now, as callspan would deliver it. */
export async function translatedFrom(config: SourceConfig, id: string): Promise<Translated> {
  const { provider, settle } = config;
  const settings = traceSettings(config);
  return await translated(await fetchPayload(config, id), { provider, id, settle, ...settings });
}

/** The payload of one conversation, as the vendor has it now. */
export async function fetchPayload(config: SourceConfig, id: string): Promise<unknown> {
  const source = await createSource(config, traceSettings(config), systemClock);
  try {
    return await source.payload(id, stopSignal());
  } finally {
    await source.close();
  }
}

async function fromFile(file: string, asked: string | undefined): Promise<OtlpTraces> {
  const body = await readJson(file);
  // What this command prints with --json is what it can show.
  if (isOtlp(body)) return body;
  return toOtlp((await translatedBody(file, body, asked)).batch);
}

function isOtlp(body: unknown): body is OtlpTraces {
  return (
    typeof body === 'object' && body !== null && 'resourceSpans' in body && Array.isArray(body.resourceSpans)
  );
}

/** A payload in a file, as callspan would deliver it. @throws ConfigError where it is none. */
export async function translatedFile(file: string): Promise<Translated> {
  return await translatedBody(file, await readJson(file));
}

async function readJson(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const problem =
      error instanceof SyntaxError
        ? 'it is not JSON'
        : error instanceof Error
          ? error.message
          : String(error);
    throw new ConfigError(`${file} cannot be read: ${problem}.`);
  }
}

async function translatedBody(file: string, body: unknown, asked?: string): Promise<Translated> {
  const provider = providerOf(body);
  if (provider === undefined) {
    const vendors = list(profiles().map(({ title }) => title));
    throw new ConfigError(
      `${file} is no conversation of ${vendors}; expected what their API answers for one.`,
    );
  }
  if (asked !== undefined && asked !== provider) {
    const title = profileOf(provider)?.title ?? provider;
    tell(
      `${file} is a conversation of ${title}, not of ${profileOf(asked)?.title ?? asked}; shown as what it is.`,
    );
  }
  return await translated(body, { provider, ...settingsForFile(provider) });
}

/** Longer than anything is waited for after the end of a conversation, in milliseconds. */
const ALL_THE_TIME = 365 * 86_400_000;

/** As if nothing more came: whoever looks now wants to see what there is. */
async function translated(body: unknown, options: TranslateOptions): Promise<Translated> {
  const result = await translate(body, {
    ...options,
    encoding: 'json',
    now: systemClock.now() + ALL_THE_TIME,
  });
  if (result.kind === 'ready') return result.translated;
  const why = result.kind === 'pending' ? 'the conversation has not ended' : 'there is nothing in it';
  throw new Error(`There is nothing to show, ${why}: ${result.reason}.`);
}
