import { type DestinationStream, pino } from 'pino';
import type { LogLevel } from '../config/config.ts';
import { printableJson, printableValue } from '../show/printable.ts';

/** callspan's own log: JSON lines in a pipe, readable lines on a terminal. Messages are short and never content. */
export interface Log {
  debug: Write;
  info: Write;
  warn: Write;
  error: Write;
  /** The same log, with `fields` in every line. */
  child(fields: Fields): Log;
}

type Fields = Readonly<Record<string, unknown>>;

interface Write {
  (fields: Fields, message: string): void;
  (message: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** @default standard error, so that standard output holds only what a command is asked for */
  readonly stream?: NodeJS.WriteStream | DestinationStream;
}

/** @example const log = await createLog({ level: 'info' }); log.info({ source: 'kiosk' }, 'polling'); */
export async function createLog({ level, stream = process.stderr }: LogOptions): Promise<Log> {
  const isTerminal = 'isTTY' in stream && stream.isTTY;
  const options = {
    level,
    base: {},
    timestamp: pino.stdTimeFunctions.isoTime,
    // Words, because nobody has pino's numbers by heart.
    formatters: { level: (label: string) => ({ level: label }) },
    // On the line as it is written, so that no field, name of a field or message goes by it.
    hooks: { streamWrite: isTerminal ? printableLine : printableJson },
  };
  // An annotation, because pino's own type has any property, `then` among them.
  const log: Log = pino(options, isTerminal ? await prettified(stream) : stream);
  return log;
}

/** For a reader that prints what it has parsed. */
function printableLine(line: string): string {
  return `${JSON.stringify(printableValue(JSON.parse(line)))}\n`;
}

/** Only a terminal needs it, and it takes a while to load. */
async function prettified(stream: NodeJS.WriteStream | DestinationStream): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({ colorize: true, translateTime: 'SYS:HH:MM:ss', destination: stream, sync: true });
}
