/** The retry loop: repeats work until it is done or given up, and names what is stuck. */
import { setMaxListeners } from "node:events"
import { Cause, Effect, Exit, Semaphore } from "effect"
import { isFailure, isOutage, messageOf, retryOf } from "../../contracts/internal.ts"
import {
  limited,
  type LineFields,
  reportError,
  reportInfo,
  reportWarning,
} from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"
import type { Patience } from "../policy.ts"

/** Pauses between attempts, in milliseconds: they double up to the longest. */
const PAUSE = { firstMs: 100, longestMs: 30_000 }

/** An outage ends by itself, and a waiting event should not wait for long after that. */
const OUTAGE_PAUSE_MS = 2_000

/** How long an outage holds something up before the process log says so, in milliseconds. */
const HELD_UP_MS = 10_000

/** How many characters of a reason are kept. */
const REASON = 2_000

/** How many stacks are logged in a row, and how soon there is room for one more. */
const STACKS = { burst: 10, everyMs: 60_000 }

/** Logs what is stuck, with its stack, up to the rate of `STACKS`. */
const report = (() => {
  let cause: unknown
  const write = limited((message, fields) => reportError(message, cause, fields), STACKS)
  return (message: string, error: unknown, fields?: LineFields): void => {
    cause = error
    write(message, fields)
  }
})()

/** What the lines about some work have, asked for when there is a line. */
type FieldsOf = () => LineFields | undefined

/** How many causes of an error are looked at. */
const CAUSES = 8

/** Whether an answer said that the same command can never be taken, such as `NotFound`. */
const isHopeless = (error: unknown): boolean => {
  let cause = error
  for (let depth = 0; depth < CAUSES && cause instanceof Error; depth++) {
    if (isFailure(cause) && cause._tag !== "Internal" && retryOf(cause._tag) === "never") {
      return true
    }
    cause = cause.cause
  }
  return false
}

/** The message of an error, at most 2,000 characters. */
export const reasonOf = (error: unknown): string => messageOf(error).slice(0, REASON)

/** Work that has failed too often or for too long. */
export interface GivenUp {
  readonly error: unknown
  /** How many attempts were made. */
  readonly attempts: number
  /** When the first attempt failed, in milliseconds since 1970. */
  readonly sinceMs: number
}

/** How a piece of work ended. Work that was `stopped` stays undone. */
export type Ended = "done" | "stopped" | GivenUp

/** What is known of work that has failed so far. */
class Failing {
  attempts = 0
  outages = 0
  readonly sinceMs = Date.now()
  /** When it first failed for another reason than an outage. */
  #failsSinceMs: number | undefined

  /** Notes a failure; whether the work is given up. */
  failed(error: unknown, { attempts, retryMs, outageMs }: Patience): boolean {
    this.attempts++
    const nowMs = Date.now()
    if (isOutage(error)) {
      this.outages++
      return nowMs - this.sinceMs >= outageMs
    }
    this.#failsSinceMs ??= nowMs
    const failures = this.attempts - this.outages
    const isLast = attempts < Infinity && isHopeless(error)
    const most = isLast ? Math.min(attempts, POLICY.hopelessAttempts) : attempts
    return failures >= most || nowMs - this.#failsSinceMs >= retryMs
  }

  /** How long to pause before the next attempt, in milliseconds. */
  pauseMs(error: unknown): number {
    const longest = isOutage(error) ? OUTAGE_PAUSE_MS : PAUSE.longestMs
    const before = isOutage(error) ? this.outages : this.attempts - this.outages
    return Math.min(longest, PAUSE.firstMs * 2 ** Math.min(before - 1, 16))
  }
}

interface Stuck {
  reason: string
  readonly sinceMs: number
  /** Whether it was logged. */
  said: boolean
}

/** Repeats each piece of work until it is done, given up, or the loop is stopped. */
export class RetryLoop {
  readonly #stuck = new Map<string, Stuck>()
  /** Since when each attempt runs, on the clock of `performance`. */
  readonly #running = new Map<string, number>()
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

  /** Each piece of work that is tried again now, with the reason. */
  get stuck(): readonly string[] {
    return [...this.#stuck].map(([what, { reason }]) => `${what}: ${reason}`)
  }

  /** Attempts that have been running for long, with the time. */
  get slow(): readonly string[] {
    const nowMs = performance.now()
    const found: string[] = []
    for (const [what, since] of this.#running) {
      // The first ones have been running for longest.
      if (nowMs - since < POLICY.slowMs) break
      found.push(`${what} has been running for ${Math.round((nowMs - since) / 1_000)} s`)
    }
    return found
  }

  /** Since when the first of these is stuck, in milliseconds since 1970. */
  get sinceMs(): number | undefined {
    const [first] = this.#stuck.values()
    return first && Date.now() - performance.now() + first.sinceMs
  }

  /**
   * Repeats `attempt`; without patience, until it resolves. Never rejects. The lines of the log
   * have these fields.
   */
  async until(
    what: string,
    attempt: () => Promise<void>,
    patience?: Patience,
    fields?: FieldsOf,
  ): Promise<Ended> {
    let failing: Failing | undefined
    try {
      for (;;) {
        const exit = await this.#permitted(what, attempt)
        if (exit === "done" || exit === "stopped") return exit
        failing ??= new Failing()
        this.#failed(what, exit.error, fields)
        const given = failing.failed(exit.error, patience ?? FOREVER)
        const { attempts, sinceMs } = failing
        if (given) return { error: exit.error, attempts, sinceMs }
        if (!(await this.#pause(failing.pauseMs(exit.error)))) return "stopped"
      }
    } finally {
      this.#ended(what)
    }
  }

  /** Stops all work. Work that is not done yet stays undone. */
  stop(): void {
    this.#stopping.abort()
  }

  async #permitted(
    what: string,
    attempt: () => Promise<void>,
  ): Promise<"done" | "stopped" | { readonly error: unknown }> {
    const noted = () => {
      this.#running.set(what, performance.now())
      return attempt()
    }
    const one = Effect.tryPromise({ try: noted, catch: (error) => error }).pipe(
      Effect.ensuring(Effect.sync(() => this.#running.delete(what))),
      this.#permits.withPermits(1),
    )
    const exit = await Effect.runPromiseExit(one, { signal: this.#stopping.signal })
    if (Exit.isSuccess(exit)) return "done"
    if (this.#stopping.signal.aborted) return "stopped"
    return { error: Cause.squash(exit.cause) }
  }

  /** Resolves to whether the loop goes on. */
  async #pause(ms: number): Promise<boolean> {
    const { signal } = this.#stopping
    return Exit.isSuccess(await Effect.runPromiseExit(Effect.sleep(ms), { signal }))
  }

  #failed(what: string, error: unknown, fields?: FieldsOf): void {
    const reason = reasonOf(error)
    const nowMs = performance.now()
    const stuck = this.#stuck.get(what) ?? { reason, sinceMs: nowMs, said: false }
    stuck.reason = reason
    if (!stuck.said && !isOutage(error)) {
      stuck.said = true
      report(`${what} cannot go on`, error, fields?.())
    } else if (!stuck.said && nowMs - stuck.sinceMs > HELD_UP_MS && !this.#heldUp) {
      // One line for all of them, because an outage holds up everything.
      stuck.said = this.#heldUp = true
      reportWarning(`${what} is held up: ${reason}`, fields?.())
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

const FOREVER: Patience = {
  timeLimitMs: Infinity,
  attempts: Infinity,
  retryMs: Infinity,
  outageMs: Infinity,
}
