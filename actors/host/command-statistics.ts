/** Statistics of one kind of actor: its commands, how they ended, and how long they took. */
import type { Failure } from "../../contracts/internal.ts"

/** Counts commands. Rejections are answers, not errors. */
export class CommandStatistics {
  requests = 0
  errors = 0
  /** The last failure as text; empty if no command has failed. */
  lastError = ""
  /** The time between taking a command on and answering it, summed over all, in milliseconds. */
  processingMs = 0

  /** Counts a command that was answered after `tookMs` milliseconds. */
  add(tookMs: number): void {
    this.requests++
    this.processingMs += tookMs
  }

  /** Counts a command that failed. */
  addFailed(tookMs: number, failure: Failure): void {
    this.add(tookMs)
    this.errors++
    this.lastError = `${failure._tag}: ${failure.message}`
  }
}
