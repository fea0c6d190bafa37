/** Statistics of one kind of actor: its commands, how they ended, and how long they took. */
import type { Failure } from "../../contracts/internal.ts"

/** Counts commands. Rejections are answers, not errors. */
export class CommandStatistics {
  requests = 0
  errors = 0
  /** In words; empty if no command has failed. */
  lastError = ""
  /** From taking commands on to answering them, all together, in milliseconds. */
  processingMs = 0

  /** Counts a command that was answered after so long. */
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
