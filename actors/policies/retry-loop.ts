/** The retry loop: repeats a piece of work until it is done, and names what is stuck. */
import { setMaxListeners } from "node:events"
import { Effect, Exit, Schedule, Semaphore } from "effect"
import { isFailure, isOutageName, messageOf } from "../../contracts/internal.ts"
import { limited, reportError, reportInfo, reportWarning } from "../../wire/internal.ts"

/** Waits between attempts: they grow up to half a minute and never end. */
const backoff = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("30 seconds")])

/** An outage ends by itself, and a waiting event should not wait for long after that. */
const soon = Schedule.min([Schedule.exponential("100 millis"), Schedule.spaced("2 seconds")])

const isOutage = (error: unknown): boolean => isFailure(error) && isOutageName(error._tag)

/** How long an outage holds something up before the process log says so, in milliseconds. */
const HELD_UP_MS = 10_000

/** How many characters of a reason are kept. */
const REASON = 2_000

/** How many stacks are logged in a row, and how soon there is room for one more. */
const STACKS = { burst: 10, everyMs: 60_000 }

/** Logs what is stuck, with its stack, up to the rate of `STACKS`. */
const report = (() => {
  let cause: unknown
  const write = limited((message) => reportError(message, cause), STACKS)
  return (message: string, error: unknown): void => {
    cause = error
    write(message)
  }
})()

interface Stuck {
  reason: string
  readonly sinceMs: number
  /** Whether it was logged. */
  said: boolean
}

/** Repeats each piece of work until it is done or the loop is stopped. */
export class RetryLoop {
  readonly #stuck = new Map<string, Stuck>()
  readonly #stopping = new AbortController()
  readonly #permits: Semaphore.Semaphore
  /** Whether the log says that an outage holds something up. */
  #heldUp = false

  /** Makes at most `atOnce` attempts at a time; waiting work does not count. */
  constructor(atOnce: number) {
    this.#permits = Semaphore.makeUnsafe(atOnce)
    // Every attempt in flight listens for the stop, and the runtime warns of more than ten.
    setMaxListeners(0, this.#stopping.signal)
  }

  /** Each piece of work that is stuck now, with the reason. */
  get stuck(): readonly string[] {
    return [...this.#stuck].map(([what, { reason }]) => `${what}: ${reason}`)
  }

  /** Since when the first of these is stuck; undefined when nothing is. */
  get since(): string | undefined {
    const [first] = this.#stuck.values()
    return first && new Date(Date.now() - performance.now() + first.sinceMs).toISOString()
  }

  /** Repeats `attempt` until it resolves; false if the loop was stopped before. Never rejects. */
  async until(what: string, attempt: () => Promise<void>): Promise<boolean> {
    const attempts = Effect.tryPromise({ try: attempt, catch: (error) => error }).pipe(
      this.#permits.withPermits(1),
      Effect.tapError((error) => Effect.sync(() => this.#failed(what, error))),
      Effect.retry({ schedule: soon, while: isOutage }),
      Effect.retry(backoff),
      Effect.ensuring(Effect.sync(() => this.#ended(what))),
    )
    const { signal } = this.#stopping
    return Exit.isSuccess(await Effect.runPromiseExit(attempts, { signal }))
  }

  /** Stops all work. Work that is not done yet stays undone. */
  stop(): void {
    this.#stopping.abort()
  }

  #failed(what: string, error: unknown): void {
    const reason = messageOf(error).slice(0, REASON)
    const nowMs = performance.now()
    const stuck = this.#stuck.get(what) ?? { reason, sinceMs: nowMs, said: false }
    stuck.reason = reason
    if (!stuck.said && !isOutage(error)) {
      stuck.said = true
      report(`${what} cannot go on`, error)
    } else if (!stuck.said && nowMs - stuck.sinceMs > HELD_UP_MS && !this.#heldUp) {
      // One line for all of them, because an outage holds up everything.
      stuck.said = this.#heldUp = true
      reportWarning(`${what} is held up: ${reason}`)
    }
    this.#stuck.set(what, stuck)
  }

  #ended(what: string): void {
    this.#stuck.delete(what)
    if (!this.#heldUp || this.#stuck.size > 0) return
    this.#heldUp = false
    reportInfo("nothing is held up now")
  }
}
