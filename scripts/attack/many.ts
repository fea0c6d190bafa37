/** Makes many requests at once, up to a bound, and summarizes their results. */
import type { HttpAnswer } from "./http/raw-http.ts"
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

/** How others were served meanwhile. */
export interface OthersServed {
  /** The slowest of their answers, in milliseconds. */
  readonly worstMs: number
  /** What they were answered, if most got no 200: a busy machine may lose a few answers. */
  readonly refused: string | undefined
}

/**
 * Asks questions one after another during the work. The time of an answer leaves out the time in
 * which a loaded machine did not let the shop `pid` run. A lost answer is not a fast one.
 */
export const othersDuring = async (
  work: Promise<unknown>,
  pid: number,
  ask: () => Promise<HttpAnswer>,
): Promise<OthersServed> => {
  let isOver = false
  const done = work.finally(() => isOver = true)
  let worstMs = 0
  const statuses: number[] = []
  while (!isOver) {
    const waited = startWait(pid)
    statuses.push((await ask()).status)
    worstMs = Math.max(worstMs, waited())
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await done
  const served = statuses.filter((status) => status === 200).length * 2 >= statuses.length
  return { worstMs, refused: served ? undefined : tallyOf(statuses) }
}

/** What is wrong with how others were served, if an answer may take so long. */
export const wrongFor = (
  what: string,
  mostMs: number,
  others: OthersServed,
): string | undefined => {
  if (others.refused !== undefined) return `${what} was answered: ${others.refused}`
  return others.worstMs > mostMs ? `${what} took ${others.worstMs.toFixed(0)} ms` : undefined
}
