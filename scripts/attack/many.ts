/** Makes many requests at once, up to a bound, and summarizes their results. */
import { startWait } from "./run-queue.ts"

/** Does the work for each number, `atOnce` at a time; resolves to the results in order. */
export const many = async <Result>(
  count: number,
  atOnce: number,
  work: (number: number) => Promise<Result>,
): Promise<Result[]> => {
  const results: Result[] = []
  let next = 0
  const lane = async () => {
    for (let number = next++; number < count; number = next++) results[number] = await work(number)
  }
  await Promise.all(Array.from({ length: Math.min(count, atOnce) }, lane))
  return results
}

/** How often each value occurs, as `200: 3, 503: 1`. */
export const tallyOf = (values: readonly (string | number)[]): string => {
  const counts = new Map<string | number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return [...counts].map(([value, count]) => `${value}: ${count}`).join(", ")
}

/**
 * The longest time of questions that are asked one after another during the work, in milliseconds.
 * It leaves out the time in which a loaded machine did not let the shop `pid` run.
 */
export const slowestDuring = async (
  work: Promise<unknown>,
  pid: number,
  ask: () => Promise<unknown>,
): Promise<number> => {
  let isOver = false
  const done = work.finally(() => isOver = true)
  let worst = 0
  while (!isOver) {
    const waited = startWait(pid)
    await ask()
    worst = Math.max(worst, waited())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await done
  return worst
}
