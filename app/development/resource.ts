/** Turns promises into Effects that fail with one sentence and clean up after themselves. */
import { Effect, type Scope } from "effect"
import { ServerError } from "./server-error.ts"
import { messageOf } from "../../contracts/internal.ts"

/** Anything that can be stopped. */
export interface Stoppable {
  stop(): Promise<void>
}

/** The thrown error as a `ServerError`, which names the work that failed. */
const asServerError = (thrown: unknown, doing?: string): ServerError =>
  thrown instanceof ServerError
    ? thrown
    : new ServerError(doing ? `${doing}: ${messageOf(thrown)}` : messageOf(thrown))

/** Does work that may fail with a `ServerError`. */
export const attempt = <Result>(work: () => Promise<Result>): Effect.Effect<Result, ServerError> =>
  Effect.tryPromise({ try: () => work(), catch: (thrown) => asServerError(thrown) })

/**
 * Starts something, and stops it when the scope closes. An interruption aborts the signal, waits
 * for the start to finish, and stops its result. A stop that takes longer than `stopLimitMs` is not
 * waited for.
 */
export const resource = <Result extends Stoppable>(
  doing: string,
  stopLimitMs: number,
  start: (signal: AbortSignal) => Promise<Result>,
): Effect.Effect<Result, ServerError, Scope.Scope> => {
  const within = (work: () => Promise<unknown>) =>
    Effect.promise(work).pipe(Effect.timeoutOption(stopLimitMs), Effect.ignoreCause)
  const starting = Effect.callback<Result, ServerError>((resume) => {
    const interruption = new AbortController()
    const started = start(interruption.signal)
    started.then(
      (result) => resume(Effect.succeed(result)),
      (thrown) => resume(Effect.fail(asServerError(thrown, doing))),
    )
    return within(() => {
      interruption.abort()
      return started.then((result) => result.stop(), () => {})
    })
  })
  const stop = (result: Result) => within(() => result.stop())
  return Effect.acquireRelease(starting, stop, { interruptible: true })
}
