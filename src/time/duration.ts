const UNITS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A hundred years: what is longer is a slip of the pen, and no date reaches back so far. In milliseconds. */
const LONGEST = 36_500 * 86_400_000;

/** `500ms`, `30s`, `5m`, `24h`, `7d`, `0s` as milliseconds; undefined where `text` is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const unit = UNITS[match?.[2] ?? ''];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  const millis = Math.round(Number(match[1]) * unit);
  return millis <= LONGEST ? millis : undefined;
}

export const DURATION_FORM = 'a duration such as 500ms, 30s, 5m or 24h';

/** What `parseDuration` reads as so many milliseconds, in the largest unit that it is a whole number of. */
export function writeDuration(millis: number): string {
  if (millis === 0) return '0s';
  const fitting = Object.entries(UNITS).filter(([, unit]) => millis % unit === 0);
  const [unit, length] = fitting.at(-1) ?? ['ms', 1];
  return `${millis / length}${unit}`;
}

/** Milliseconds for a person: `1.5 s`, `3 min`, `2 h 5 min`. */
export function formatDuration(millis: number): string {
  if (millis < 1_000) return `${Math.round(millis)} ms`;
  if (millis < 60_000) return `${Number((millis / 1_000).toFixed(1))} s`;
  const minutes = Math.round(millis / 60_000);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d${hours % 24 === 0 ? '' : ` ${hours % 24} h`}`;
}
