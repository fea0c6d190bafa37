/** Waits until a server that was just started answers. */
import { Effect, Schedule } from "effect"
import type { Child } from "./child.ts"
import { lastWords } from "./server.ts"
import { ServerError } from "./server-error.ts"

/** How long a server has to start by default: reading a large log takes time. */
const startTimeoutMs = 60_000

const isFinal = (error: unknown): error is ServerError => error instanceof ServerError

/**
 * Repeats `probe` until it succeeds, or throws a `ServerError`, which waiting does not cure. When
 * the server ends, takes too long, or the start is cancelled, it stops the server and throws a
 * `ServerError` with the server's last lines.
 */
export async function untilReady(
  child: Child,
  probe: (signal: AbortSignal) => Promise<unknown>,
  options: { readonly timeoutMs?: number; readonly signal?: AbortSignal | undefined } = {},
): Promise<void> {
  const timeoutMs = options.timeoutMs ?? startTimeoutMs
  const answers = Effect.tryPromise({ try: probe, catch: (error) => error }).pipe(
    Effect.retry({ schedule: Schedule.spaced("20 millis"), while: (error) => !isFinal(error) }),
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
