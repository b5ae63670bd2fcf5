/** A length for a person: `0.42 s`, `12.3 s`, `2 min 5 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`;
  if (seconds < 100) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** Between ticks of an axis, in seconds. */
export const STEPS = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600];

/** Round moments on an axis of `seconds`, at most `most` of them: places and labels. */
export function axisTicks(seconds: number, most: number): { at: number; label: string }[] {
  if (!(seconds > 0)) return [{ at: 0, label: '0 s' }];
  const step = STEPS.find((candidate) => seconds / candidate <= most) ?? seconds / most;
  const ticks = [];
  for (let index = 0; index * step <= seconds; index++) {
    const at = index * step;
    ticks.push({ at, label: at < 600 ? `${Number(at.toFixed(1))} s` : `${Math.round(at / 60)} min` });
  }
  return ticks;
}
