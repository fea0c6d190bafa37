/** Followed logs: each is tried until it can be read, and again when its owner makes it again. */
import { messageOf } from "../../contracts/internal.ts"
import { reportInfo, reportWarning } from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"

/** A followed log that is read. */
interface ReadLog {
  /** Rejects if it cannot be read now. */
  readonly look: () => Promise<unknown>
  /** Whether it is still the log that was there when reading began. Rejects if it is not there. */
  readonly isSame: () => Promise<boolean>
  readonly close: () => void
}

/** The followed logs that some policies wait for. */
export class AwaitedLogs {
  readonly #reasons = new Map<string, string>()
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #stopped = false

  /** What is waited for, by policy and context, and why. */
  get waiting(): readonly string[] {
    return [...this.#reasons].map(([what, reason]) => `${what}: ${reason}`)
  }

  /** Whether this is waited for. */
  isWaiting(what: string): boolean {
    return this.#reasons.has(what)
  }

  /**
   * Begins to read, and tries again after each failure. Resolves after the first attempt. A log
   * that is lost meanwhile is waited for, and a new one in its place is read from its beginning.
   */
  async begin(what: string, read: () => Promise<ReadLog>): Promise<void> {
    if (this.#stopped) return
    try {
      const log = await read()
      this.#isThere(what)
      this.#later(POLICY.followedLookMs, () => this.#look(what, read, log))
    } catch (error) {
      this.#waits(what, error)
      this.#later(POLICY.followedMs, () => this.begin(what, read))
    }
  }

  /** Ends all attempts. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }

  async #look(what: string, read: () => Promise<ReadLog>, log: ReadLog): Promise<void> {
    try {
      await log.look()
      this.#isThere(what)
    } catch (error) {
      if (await this.#isOther(what, log, error)) {
        reportWarning(
          `${what}: its owner has made the log again, and it is read from its beginning`,
        )
        log.close()
        return await this.begin(what, read)
      }
    }
    this.#later(POLICY.followedLookMs, () => this.#look(what, read, log))
  }

  /** Whether another log is there now. Until then the failure says what is waited for. */
  async #isOther(what: string, log: ReadLog, failure: unknown): Promise<boolean> {
    try {
      if (!await log.isSame()) return true
      this.#waits(what, failure)
    } catch (error) {
      // It may be there and out of reach.
      this.#waits(what, error)
    }
    return false
  }

  #isThere(what: string): void {
    if (this.#reasons.delete(what)) reportInfo(`${what} is followed from now on`)
  }

  #waits(what: string, error: unknown): void {
    if (this.#stopped) return
    const reason = messageOf(error)
    if (this.#reasons.get(what) !== reason) reportWarning(`${what} waits: ${reason}`)
    this.#reasons.set(what, reason)
  }

  #later(ms: number, work: () => Promise<void>): void {
    if (this.#stopped) return
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void work()
    }, ms)
    this.#timers.add(timer)
  }
}
