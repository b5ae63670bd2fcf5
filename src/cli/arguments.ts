import { type Config, ConfigError, type SourceConfig } from '../config/config.ts';
import { parseDuration } from '../time/duration.ts';
import { isoToNanos } from '../time/nanos.ts';
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

/**
 * What `option` means: an ISO 8601 time, or a duration back from `now`, in unix milliseconds.
 * @throws ConfigError where it is neither.
 */
export function moment(option: string, text: string, now: number): number {
  const duration = parseDuration(text);
  if (duration !== undefined) return now - duration;
  const nanos = isoToNanos(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text);
  if (nanos === undefined) {
    throw new ConfigError(
      `${option} ${text}: expected a time such as 2026-05-01T00:00:00Z or a duration such as 7d.`,
    );
  }
  return Number(nanos / 1_000_000n);
}
