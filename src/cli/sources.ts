import { type Config, ConfigError, type SourceConfig } from '../config/config.ts';
import { checkedId } from '../vendors/conversation-id.ts';

/**
 * The one source that a command means.
 * @param provider a provider, or the name of a source.
 * @param name what `--source` says, where there are several.
 */
export function oneSource(config: Config, provider: string, name: string | undefined): SourceConfig {
  const fitting = config.sources.filter(
    (source) =>
      (source.provider === provider || source.name === provider) && (name ?? source.name) === source.name,
  );
  const [source] = fitting;
  const names = config.sources.map((known) => `${known.name} (${known.provider})`).join(', ');
  if (source === undefined) {
    throw new ConfigError(`There is no source ${name ?? provider} of ${provider}; configured: ${names}.`);
  }
  if (fitting.length > 1)
    throw new ConfigError(`Several sources are ${provider}; name one with --source: ${names}.`);
  return source;
}

/** The id that a command is given, as it is. @throws ConfigError where it can be none, before anybody is asked for it. */
export function oneId(id: string): string {
  if (checkedId(id) !== undefined) return id;
  const shown = id.length > 60 ? `${id.slice(0, 60)}…` : id;
  throw new ConfigError(
    `"${shown}" is no conversation's id: expected at most 200 characters, none of them invisible.`,
  );
}
