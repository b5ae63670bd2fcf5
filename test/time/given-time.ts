/**
 * For what has to end within a limit of true time, and does so beside other work only if the limit is long enough:
 * tried with `millis`, and where the result is not in time, with ten and a hundred times as much. What would not be in
 * time on any machine is not in time in the end either.
 */
export async function givenTime<Result>(
  millis: number,
  attempt: (millis: number) => Promise<Result>,
  isInTime: (result: Result) => boolean,
): Promise<Result> {
  for (const factor of [1, 10]) {
    const result = await attempt(millis * factor);
    if (isInTime(result)) return result;
  }
  return await attempt(millis * 100);
}
