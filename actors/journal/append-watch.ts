/** Watches whether a log accepts appends, and reports each change once. */
import { reportError, reportInfo } from "../../wire/internal.ts"
import { APPENDS } from "../limits.ts"

/** How it speaks, and by which clock; a test has its own. */
export interface AppendWatchOptions {
  /** The time, in milliseconds since whenever. */
  readonly now?: () => number
  readonly error?: (line: string) => void
  readonly info?: (line: string) => void
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

/** One log as its node finds it. */
export class AppendWatch {
  readonly #log: string
  readonly #options: Required<AppendWatchOptions>
  /** Since when nothing was stored, while something was tried. */
  #sinceMs: number | undefined
  #refusal: string | undefined
  #said = false

  constructor(log: string, options: AppendWatchOptions = {}) {
    this.#log = log
    this.#options = {
      now: () => performance.now(),
      error: reportError,
      info: reportInfo,
      ...options,
    }
  }

  /** Something was stored. */
  stored(): void {
    // Nearly always: this is on the way of every command.
    if (this.#sinceMs === undefined) return
    const { now, info } = this.#options
    if (this.#said) {
      info(`the log ${this.#log} takes commits again, after ${seconds(now() - this.#sinceMs)}`)
    }
    this.#forget()
  }

  /** The server said that it does not store it, and why. */
  refused(reason: string): void {
    this.#sinceMs ??= this.#options.now()
    this.#refusal = reason
    this.#say()
  }

  /** Nobody acknowledged it within this time. */
  silent(timeoutMs: number): void {
    this.#sinceMs ??= this.#options.now() - timeoutMs
    this.#say()
  }

  /** The connection was lost and is there again: nothing is known of the log by now. */
  reconnected(): void {
    this.#forget()
  }

  /** What is wrong; undefined while nothing is, or not for long enough to say so. */
  get trouble(): string | undefined {
    if (this.#sinceMs === undefined) return undefined
    const forMs = this.#options.now() - this.#sinceMs
    if (this.#refusal !== undefined) {
      return `the log ${this.#log} takes no commits since ${seconds(forMs)}: ${this.#refusal}`
    }
    if (forMs < APPENDS.silentMs) return undefined
    return `the log ${this.#log} has acknowledged no commit for ${seconds(forMs)}, and its ` +
      "nats-server says nothing: it has no leader, or its disk is full or failing (see its log)"
  }

  #say(): void {
    const { trouble } = this
    if (this.#said || trouble === undefined) return
    this.#said = true
    this.#options.error(trouble)
  }

  #forget(): void {
    this.#sinceMs = undefined
    this.#refusal = undefined
    this.#said = false
  }
}
