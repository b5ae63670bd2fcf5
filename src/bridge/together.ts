/**
 * Waits until every task has ended, well or not. The first failure ends the others.
 * @param end tells the tasks that are left to end.
 * @throws what the first task to fail has failed with.
 */
export async function together(tasks: readonly Promise<unknown>[], end: () => void): Promise<void> {
  const failures: unknown[] = [];
  await Promise.all(
    tasks.map((task) =>
      task.catch((error: unknown) => {
        failures.push(error);
        end();
      }),
    ),
  );
  if (failures.length > 0) throw failures[0];
}
