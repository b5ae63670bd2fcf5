import { readFileSync } from 'node:fs';
import { DURATION_FORM, parseDuration } from '../time/duration.ts';
import { ConfigError } from './errors.ts';

/** Environment variables, read by name, each with what is allowed for it. An empty one counts as not set. */
export class Environment {
  readonly #variables: NodeJS.ProcessEnv;
  readonly #padded = new Set<string>();

  constructor(variables: NodeJS.ProcessEnv) {
    this.#variables = variables;
  }

  text(name: string): string | undefined {
    const given = this.#variables[name];
    const value = given?.trim();
    if (value === undefined || value === '') return undefined;
    if (value !== given) this.#padded.add(name);
    return value;
  }

  /** Variables that were read, and had blanks or line breaks around what was taken of them. */
  get padded(): readonly string[] {
    return [...this.#padded];
  }

  /**
   * A secret: the variable itself, or what stands in the file that `NAME_FILE` names, as containers are given theirs.
   * @throws ConfigError where both are set, or the file cannot be read; never with anything that is in it.
   */
  secret(name: string): string | undefined {
    const file = this.text(`${name}_FILE`);
    if (file === undefined) return this.text(name);
    if (this.text(name) !== undefined)
      throw new ConfigError(`${name} and ${name}_FILE are both set; set one.`);
    let content: string;
    try {
      content = readFileSync(file, 'utf8').trim();
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
      throw wrong(`${name}_FILE`, file, `expected the path of a file that can be read (${code})`);
    }
    if (content === '') throw wrong(`${name}_FILE`, file, 'expected a file that is not empty');
    return content;
  }

  /** The first of `names` that is set, with its name. */
  first(...names: string[]): { name: string; value: string } | undefined {
    for (const name of names) {
      const value = this.text(name);
      if (value !== undefined) return { name, value };
    }
    return undefined;
  }

  choice<Choice extends string>(name: string, choices: readonly Choice[], fallback: Choice): Choice {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const choice = choices.find((allowed) => allowed === value.toLowerCase());
    if (choice === undefined) throw wrong(name, value, `expected ${list(choices)}`);
    return choice;
  }

  /** Milliseconds. */
  duration(name: string, fallback: number, { least = 0 }: { least?: number } = {}): number {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const millis = parseDuration(value);
    if (millis === undefined) throw wrong(name, value, `expected ${DURATION_FORM}`);
    if (millis < least) throw wrong(name, value, `expected at least ${least} ms`);
    return millis;
  }

  /** A whole number of milliseconds, as the OpenTelemetry specification writes timeouts. */
  millis(setting: { name: string; value: string } | undefined, fallback: number): number {
    if (setting === undefined) return fallback;
    const millis = Number(setting.value);
    if (!/^\d{1,15}$/.test(setting.value)) {
      throw wrong(setting.name, setting.value, 'expected a whole number of milliseconds');
    }
    return millis;
  }

  flag(name: string, fallback: boolean): boolean {
    return this.choice(name, ['true', 'false'], fallback ? 'true' : 'false') === 'true';
  }
}

/** The one line that a wrong setting stops the start with. */
export function wrong(name: string, value: string, allowed: string): ConfigError {
  return new ConfigError(`${name}=${printable(value)}: ${allowed}.`);
}

/** `one, two or three`. */
export function list(choices: readonly string[]): string {
  return choices.length < 2 ? choices.join('') : `${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}`;
}

/** Values come from anywhere: one line, no control characters, not endless, and no credentials or query of a URL. */
function printable(value: string): string {
  const oneLine = [...value]
    .map((character) => (character < ' ' || character === '\x7f' ? ' ' : character))
    .join('');
  const withoutUser = oneLine.replace(/(:\/\/)\S*@/g, '$1').replace(/(:\/\/[^\s?#]*)[?#].*/, '$1?...');
  return withoutUser.length > 120 ? `${withoutUser.slice(0, 117)}...` : withoutUser;
}
