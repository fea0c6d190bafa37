/** Watches whether a log accepts appends, and reports each change once. */
import { reportError, reportInfo } from "../../wire/internal.ts"
import { APPENDS } from "../limits.ts"

/** The clock of the watch, and where it reports; tests replace them. */
export interface AppendWatchOptions {
  /** The time in milliseconds, from any start. */
  readonly now?: () => number
  readonly error?: (line: string) => void
  readonly info?: (line: string) => void
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`

/** The watch over one log, as one process sees it. */
export class AppendWatch {
  readonly #log: string
  readonly #options: Required<AppendWatchOptions>
  /** Since when appends have been tried and no append was stored. */
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

  /** Notes that an append was stored. */
  stored(): void {
    // Nearly always so, and on the path of every command.
    if (this.#sinceMs === undefined) return
    const { now, info } = this.#options
    if (this.#said) {
      info(`the log ${this.#log} takes commits again, after ${seconds(now() - this.#sinceMs)}`)
    }
    this.#forget()
  }

  /** Notes that the server refused to store an append, with its reason. */
  refused(reason: string): void {
    this.#sinceMs ??= this.#options.now()
    this.#refusal = reason
    this.#say()
  }

  /** Notes that an append was not acknowledged within this time. */
  silent(timeoutMs: number): void {
    this.#sinceMs ??= this.#options.now() - timeoutMs
    this.#say()
  }

  /** Notes that the connection was lost and is back: what was known of the log is out of date. */
  reconnected(): void {
    this.#forget()
  }

  /** What is wrong; undefined while the log takes commits, or is not silent for long enough. */
  get trouble(): string | undefined {
    if (this.#sinceMs === undefined) return undefined
    const forMs = this.#options.now() - this.#sinceMs
    if (this.#refusal !== undefined) {
      return `the log ${this.#log} has taken no commits for ${seconds(forMs)}: ${this.#refusal}`
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
