/** The metrics of one kind of actor: its commands, its turns, its appends and its wakes. */
import { type Counter, type Histogram, METRIC, METRICS, RecentMost } from "../../wire/internal.ts"
import type { Failure } from "../../contracts/internal.ts"

const SYSTEM = "nats"

/** The command of messages that could not be read. */
const OTHER = "_OTHER"

/** The series of one type of command. */
class CommandSeries {
  readonly #actor: string
  readonly #type: string
  readonly #durations = new Map<string, Histogram>()
  readonly #counts = new Map<string, Counter>()
  readonly #accepted: Counter
  readonly #duration: Histogram

  constructor(actor: string, type: string) {
    this.#actor = actor
    this.#type = type
    this.#accepted = this.#count("accepted", "")
    this.#duration = this.#took("")
  }

  accepted(tookMs: number): void {
    this.#accepted.add()
    this.#duration.record(tookMs / 1_000)
  }

  rejected(tookMs: number, rejection: string): void {
    this.#count("rejected", rejection).add()
    this.#duration.record(tookMs / 1_000)
  }

  failed(tookMs: number, tag: string): void {
    this.#count("failed", tag).add()
    this.#took(tag).record(tookMs / 1_000)
  }

  /** Counts a command that was refused before it was taken on. */
  refused(tag: string): void {
    this.#count("failed", tag).add()
  }

  #count(outcome: string, reason: string): Counter {
    const known = this.#counts.get(reason)
    if (known) return known
    const series = METRICS.counters(METRIC.commands)
    const made = series.with(this.#actor, this.#type, outcome, reason)
    this.#counts.set(reason, made)
    return made
  }

  #took(tag: string): Histogram {
    const known = this.#durations.get(tag)
    if (known) return known
    const template = `cmd.${this.#actor}.{id}.${this.#type}`
    const series = METRICS.histograms(METRIC.processDuration)
    const made = series.with(SYSTEM, "process", template, "", tag)
    this.#durations.set(tag, made)
    return made
  }
}

/** How an append ended, other than by being stored. */
export type AppendError = "conflict" | "refused" | "unknown"

/** The metrics of one kind of actor. */
export class ActorMetrics {
  readonly #name: string
  readonly #commands = new Map<string, CommandSeries>()
  readonly #stored: Histogram
  readonly #woken: Histogram
  readonly turnCommands: Histogram
  readonly conflicts: Counter
  /** Commands that were dropped unread, because they have no inbox for their answer. */
  readonly dropped: Counter
  /** The most commands that waited for one actor. */
  readonly mailbox = new RecentMost()

  constructor(name: string) {
    this.#name = name
    this.#stored = this.#append("")
    this.#woken = METRICS.histograms(METRIC.wakeDuration).with(name)
    this.turnCommands = METRICS.histograms(METRIC.turnCommands).with(name)
    this.conflicts = METRICS.counters(METRIC.conflicts).with(name)
    this.dropped = METRICS.counters(METRIC.commandsDropped).with(name)
  }

  /** Counts a command of this type that was accepted. */
  accepted(type: string, tookMs: number): void {
    this.#of(type).accepted(tookMs)
  }

  /** Counts a command of this type that was rejected. */
  rejected(type: string, tookMs: number, rejection: string): void {
    this.#of(type).rejected(tookMs, rejection)
  }

  /** Counts a command of this type that failed. */
  failed(type: string, tookMs: number, tag: Failure["_tag"]): void {
    this.#of(type).failed(tookMs, tag)
  }

  /** Counts a command that was refused before it was read. */
  refused(tag: Failure["_tag"]): void {
    this.#of(OTHER).refused(tag)
  }

  stored(tookMs: number): void {
    this.#stored.record(tookMs / 1_000)
  }

  notStored(tookMs: number, error: AppendError): void {
    if (error === "conflict") this.conflicts.add()
    this.#append(error).record(tookMs / 1_000)
  }

  woken(tookMs: number): void {
    this.#woken.record(tookMs / 1_000)
  }

  notWoken(tookMs: number, tag: string): void {
    METRICS.histograms(METRIC.wakeDuration).with(this.#name, tag).record(tookMs / 1_000)
  }

  #append(error: string): Histogram {
    const template = `evt.${this.#name}.{slice}.{id}`
    return METRICS.histograms(METRIC.operationDuration).with(SYSTEM, "send", template, error)
  }

  #of(type: string): CommandSeries {
    const known = this.#commands.get(type)
    if (known) return known
    const made = new CommandSeries(this.#name, type)
    this.#commands.set(type, made)
    return made
  }
}

const known = new Map<string, ActorMetrics>()

/** The metrics of the actors of this name; all hosts of a process share them. */
export const actorMetrics = (name: string): ActorMetrics => {
  const metrics = known.get(name) ?? new ActorMetrics(name)
  known.set(name, metrics)
  return metrics
}
