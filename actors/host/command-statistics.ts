/** Statistics of one kind of actor: its commands, how they ended, and how long they took. */
import { type Failure, isFailure } from "../../contracts/internal.ts"
import type { ActorMetrics } from "../telemetry/actor-metrics.ts"
import type { CommandAnswer } from "./command.ts"

/** Counts commands. Rejections are answers, not errors. */
export class CommandStatistics {
  requests = 0
  errors = 0
  /** The last failure as text; empty if no command has failed. */
  lastError = ""
  /** The time between taking a command on and answering it, summed over all, in milliseconds. */
  processingMs = 0
  readonly #metrics: ActorMetrics

  constructor(metrics: ActorMetrics) {
    this.#metrics = metrics
  }

  /** Counts a command of this type that was answered after `tookMs` milliseconds. */
  add(type: string, tookMs: number, answer: CommandAnswer): void {
    this.requests++
    this.processingMs += tookMs
    if (isFailure(answer)) {
      this.#failed(answer)
      this.#metrics.failed(type, tookMs, answer._tag)
    } else if (answer.kind === "rejection") this.#metrics.rejected(type, tookMs, answer.type)
    else this.#metrics.accepted(type, tookMs)
  }

  /** Counts a command that was refused before it was taken on. */
  addRefused(failure: Failure): void {
    this.requests++
    this.#failed(failure)
    this.#metrics.refused(failure._tag)
  }

  /** Counts a command that was refused unread, because this node has too many in flight. */
  addOverloaded(): void {
    this.#metrics.refused("Overloaded")
  }

  /** Counts a command that was dropped unread, because it has no inbox for its answer. */
  addDropped(): void {
    this.#metrics.dropped.add()
  }

  #failed(failure: Failure): void {
    this.errors++
    this.lastError = `${failure._tag}: ${failure.message}`
  }
}
