/** Watches whether a log still holds what was read of it, and refuses to use one that was lost. */
import { type LogMessage, reportError, reportInfo } from "../../wire/internal.ts"
import { isFailure, messageOf, positionOf } from "../../contracts/internal.ts"
import { PRESENCE } from "../limits.ts"

/** Reads a log from its leader. */
export interface PresenceReader {
  /** The last message; undefined for an empty or missing log. Rejects if that cannot be told. */
  readonly last: () => Promise<LogMessage | undefined>
  /** The message with this sequence; likewise. */
  readonly at: (sequence: number) => Promise<LogMessage | undefined>
}

type Known = Pick<LogMessage, "sequence" | "time">

const isSame = (one: Known | undefined, other: Known): boolean =>
  one !== undefined && one.sequence === other.sequence && one.time === other.time

/** The log of one context, as this process has seen it. Nothing is ever deleted from a log. */
export class LogPresence {
  readonly #context: string
  readonly #read: PresenceReader
  /** The latest message that was seen. */
  #known: Known | undefined
  #misses = 0
  #looking = false
  #lost: string | undefined

  constructor(context: string, read: PresenceReader) {
    this.#context = context
    this.#read = read
  }

  /** Why the log must not be used, and the way out; undefined while it is as it was. */
  get lost(): string | undefined {
    return this.#lost
  }

  /** Looks once, unless a look is under way. A log that cannot be read now is not judged. */
  async look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const last = await this.#read.last()
      if (await this.#holdsKnown(last)) this.#found(last)
      else this.#missed(last)
    } catch (error) {
      // The commands that meet an outage say so.
      if (!isFailure(error)) throw error
    } finally {
      this.#looking = false
    }
  }

  async #holdsKnown(last: Known | undefined): Promise<boolean> {
    const known = this.#known
    if (!known || isSame(last, known)) return true
    return last !== undefined && last.sequence > known.sequence &&
      isSame(await this.#read.at(known.sequence), known)
  }

  #found(last: Known | undefined): void {
    this.#misses = 0
    this.#known = last && { sequence: last.sequence, time: last.time }
    if (this.#lost === undefined) return
    this.#lost = undefined
    reportInfo(`the log of ${this.#context} is again as it was: commands are taken`)
  }

  /** A leader that was just elected may be behind for a moment, so one look is not enough. */
  #missed(last: Known | undefined): void {
    this.#misses++
    if (this.#misses < PRESENCE.misses) return
    const context = this.#context
    const known = positionOf(context, this.#known?.sequence ?? 0)
    const is = last === undefined
      ? "is missing or empty"
      : last.sequence < (this.#known?.sequence ?? 0)
      ? `ends at ${positionOf(context, last.sequence)}`
      : `has another message at ${known}`
    const lost = `the log of ${context} ${is}, but this process has read it up to ${known}: it ` +
      "was lost or replaced while the application ran. Restore a backup. Or, to go on without " +
      `what is missing, run leftfold provision --begin-again ${context} and restart all processes`
    if (this.#lost === undefined) reportError(lost)
    this.#lost = lost
  }
}

/** Looks at these logs from time to time, until it is closed. */
export const watchPresence = (all: readonly LogPresence[]): { readonly close: () => void } => {
  const look = () => {
    for (const presence of all) {
      presence.look().catch((error) => reportError(`watching a log: ${messageOf(error)}`))
    }
  }
  look()
  const timer = setInterval(look, PRESENCE.everyMs)
  return { close: () => clearInterval(timer) }
}
