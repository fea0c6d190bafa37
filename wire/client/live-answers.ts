/** Live answers: the answer to a query, and each answer that differs from the one before. */
import { isFailure, retryOf } from "../../contracts/plain.ts"
import type { PlainClient } from "./plain-client.ts"
import { LIVE } from "../limits.ts"

/** One answer of a live query. */
export interface LiveAnswer<R> {
  /** The result; undefined if the query is for one row and that row does not exist. */
  readonly result: R | undefined
  /** The positions of the views that it was read from. */
  readonly position: string
}

/** The options of a live query. */
export interface LiveOptions {
  /** Positions that the first answer includes, such as `orders:1234`. */
  readonly after?: string | undefined
  /** Ends the live query. */
  readonly signal?: AbortSignal | undefined
  /** Called with each outage; the live query goes on by itself when it is over. */
  readonly onOutage?: ((failure: Error) => void) | undefined
}

/** Waits, but not beyond the signal. */
const rest = (ms: number, signal: AbortSignal | undefined): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener("abort", done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    if (signal?.aborted) done()
    else signal?.addEventListener("abort", done)
  })

/** The answer, or undefined once the signal has ended the wait for it. */
const unlessAborted = async <T>(
  answer: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T | undefined> => {
  if (!signal) return await answer
  let stop = () => {}
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined)
    signal.addEventListener("abort", stop)
  })
  try {
    return await Promise.race([answer, aborted])
  } finally {
    signal.removeEventListener("abort", stop)
    // The answer that nobody waits for may fail.
    answer.catch(() => {})
  }
}

/**
 * Asks, and asks again when the views have changed. Ends with the signal. Rejects with a failure
 * that another ask would only repeat.
 */
export async function* liveAnswers(
  { queryPlain }: Pick<PlainClient, "queryPlain">,
  name: string,
  params: unknown,
  { after, signal, onOutage }: LiveOptions,
): AsyncGenerator<LiveAnswer<unknown>, void, undefined> {
  let seen: string | undefined
  let shown: string | undefined
  while (!signal?.aborted) {
    let next: LiveAnswer<unknown> | undefined
    try {
      const options = seen === undefined ? { after } : { newerThan: seen, timeoutMs: LIVE.waitMs }
      next = await unlessAborted(queryPlain(name, params, options), signal)
      if (next === undefined) return
    } catch (error) {
      if (!isFailure(error)) throw error
      if (error._tag === "NotFound" && error.at !== undefined) {
        next = { result: undefined, position: error.at }
      } else if (retryOf(error._tag) === "never") {
        throw error
      } else {
        onOutage?.(error)
        await rest(LIVE.outageRestMs, signal)
        continue
      }
    }
    seen = next.position
    const text = JSON.stringify(next.result) ?? ""
    if (text !== shown) {
      shown = text
      yield { result: next.result, position: next.position }
    }
    await rest(LIVE.restMs, signal)
  }
}
