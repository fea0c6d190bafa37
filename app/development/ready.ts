/** Waiting for a server that has just been started until it answers. */
import { Effect, Schedule } from "effect"
import type { Child } from "./child.ts"
import { lastWords } from "./server.ts"
import { ServerError } from "./server-error.ts"

/** How long a server may take to start, if not told otherwise: a large log takes time to read. */
export const startTimeoutMs = 60_000

/**
 * Tries `probe` until it succeeds. Stops the server and throws a `ServerError` with its last lines
 * when it ends, when it takes too long, or when the start is called off.
 */
export async function untilReady(
  child: Child,
  probe: (signal: AbortSignal) => Promise<unknown>,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? startTimeoutMs
  const answers = Effect.tryPromise(probe).pipe(
    Effect.retry(Schedule.spaced("20 millis")),
    Effect.timeoutOrElse({
      duration: timeoutMs,
      orElse: () => Effect.fail(problem(child, `was not ready after ${timeoutMs / 1000} s`)),
    }),
  )
  const ends = Effect.promise(() => child.ended).pipe(
    Effect.flatMap((ending) => Effect.fail(problem(child, `${ending} while starting`))),
  )
  try {
    await Effect.runPromise(
      Effect.raceFirst(answers, ends),
      options.signal && { signal: options.signal },
    )
  } catch (error) {
    await child.stop()
    throw error instanceof ServerError ? error : problem(child, "was not waited for")
  }
}

const problem = (child: Child, what: string) =>
  new ServerError(`${child.name} ${what}; its last words: ${lastWords(child)}`)
