/** Followed logs that cannot be read yet: each is tried again until it can, or until the end. */
import { messageOf } from "../../contracts/internal.ts"
import { reportInfo, reportWarning } from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"

/** The followed logs that some policies wait for. */
export class AwaitedLogs {
  readonly #reasons = new Map<string, string>()
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()
  #stopped = false

  /** What is waited for, by policy and context, and why. */
  get waiting(): readonly string[] {
    return [...this.#reasons].map(([what, reason]) => `${what}: ${reason}`)
  }

  /** Begins to read, and tries again after each failure. Resolves after the first attempt. */
  async begin(what: string, read: () => Promise<void>): Promise<void> {
    if (this.#stopped) return
    try {
      await read()
      if (this.#reasons.delete(what)) reportInfo(`${what} is followed from now on`)
    } catch (error) {
      const reason = messageOf(error)
      if (this.#reasons.get(what) !== reason) reportWarning(`${what} waits: ${reason}`)
      if (this.#stopped) return
      this.#reasons.set(what, reason)
      const timer = setTimeout(() => {
        this.#timers.delete(timer)
        void this.begin(what, read)
      }, POLICY.followedMs)
      this.#timers.add(timer)
    }
  }

  /** Ends all attempts. */
  stop(): void {
    this.#stopped = true
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
