/** Samples the real log: what is stored there goes through today's code. It only reads. */
import { isFailure, messageOf, positionOf } from "../../contracts/internal.ts"
import { type Feed, type FoldedProjection, isRaw } from "../../projections/internal.ts"
import { readMessage, type StoredEvent } from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import { contractsRead } from "../follows/follows.ts"
import { SCHEMA } from "../limits.ts"
import type { Finding } from "./finding.ts"
import type { MachineTrial } from "./machine.ts"
import { randomOf } from "./random.ts"
import { trialsOf } from "./trials.ts"

/** How much is read. */
export interface SampleOptions {
  /** The most messages, over all contexts. */
  readonly sample: number
  readonly seed?: number
  /** Called with how many of how many messages are read. */
  readonly progress?: (done: number, of: number) => void
}

/** What a sample holds. */
export interface LogSample {
  readonly findings: readonly Finding[]
  /** Messages that were read, and events in them. */
  readonly messages: number
  readonly events: number
  /** Events by version, such as `orders.order OrderPlaced v1`. */
  readonly seen: Readonly<Record<string, number>>
}

/** A quarter of them newest first, and the others anywhere in the log. */
const sequencesOf = (last: number, most: number, random: () => number): number[] => {
  if (last <= most) return Array.from({ length: last }, (_, index) => index + 1)
  const chosen = new Set<number>()
  for (let at = last; chosen.size < Math.ceil(most / 4); at--) chosen.add(at)
  while (chosen.size < most) chosen.add(1 + Math.floor(random() * last))
  return [...chosen]
}

class Sampling {
  readonly findings = new Map<string, Finding>()
  readonly seen: Record<string, number> = {}
  messages = 0
  events = 0
  readonly #app: AppDefinition
  readonly #feed: Feed
  readonly #trials = new Map<string, readonly MachineTrial[]>()

  constructor(app: AppDefinition, feed: Feed) {
    this.#app = app
    this.#feed = feed
  }

  async context(context: string, sequences: readonly number[], read: () => void): Promise<void> {
    const skips = await this.#feed.skips(context)
    const contracts = contractsRead(this.#app)
    const skipped = new Set([...skips.values()].map(({ sequence }) => sequence))
    const isSkipped = (_: string, sequence: number) => skipped.has(sequence)
    for (let at = 0; at < sequences.length; at += SCHEMA.readsAtOnce) {
      const batch = sequences.slice(at, at + SCHEMA.readsAtOnce)
      for (const message of await Promise.all(batch.map((each) => this.#at(context, each)))) {
        read()
        if (!message) continue
        this.messages++
        const found = readMessage(message, contracts, isSkipped)
        const position = positionOf(context, message.sequence)
        if ("cause" in found) this.#broken(`a message of ${context}`, position, found.cause)
        if (found.kind !== "commit") continue
        for (const stored of found.commit.events) this.#event(found.contract.name, stored, position)
      }
    }
  }

  /** A message; undefined where the log has none. */
  async #at(context: string, sequence: number) {
    try {
      return await this.#feed.at(context, sequence)
    } catch (error) {
      if (isFailure(error) && error._tag === "NotFound") return undefined
      throw error
    }
  }

  #event(name: string, stored: StoredEvent, position: string): void {
    const subject = `${name} ${stored.type} v${stored.schema}`
    this.events++
    this.seen[subject] = (this.seen[subject] ?? 0) + 1
    const contract = contractsRead(this.#app).get(name)!
    try {
      const event = contract.codec.event(stored)
      const events = "kind" in event ? [event] : event
      for (const trial of this.#trialsOf(name)) {
        const failure = trial.failure(events)
        if (!failure) continue
        const why = `${trial.machine.name}: ${messageOf(failure.error)}`
        this.#broken(subject, position, why, failure.isCertain ? "breaks" : "notes")
      }
    } catch (error) {
      this.#broken(subject, position, error)
    }
  }

  #broken(
    subject: string,
    position: string,
    cause: unknown,
    severity: Finding["severity"] = "breaks",
  ): void {
    const known = this.findings.get(`${severity} ${subject}`)
    if (!known && this.findings.size >= SCHEMA.sampled) return
    this.findings.set(`${severity} ${subject}`, {
      severity,
      direction: "back",
      subject,
      message: known?.message ?? `at ${position}: ${messageOf(cause)}`,
      failed: (known?.failed ?? 0) + 1,
      advice: "let today's code take it: say in the contract what became of it, or step over it",
    })
  }

  #trialsOf(name: string): readonly MachineTrial[] {
    const known = this.#trials.get(name)
    if (known) return known
    const actor = this.#app.actors.find(({ contract }) => contract.name === name)
    const contract = contractsRead(this.#app).get(name)!
    const folded = this.#app.projections.filter((each): each is FoldedProjection => !isRaw(each))
    const trials = trialsOf(contract, actor, folded, SCHEMA.today)
    this.#trials.set(name, trials)
    return trials
  }
}

/** Samples the logs of an application. Rejects with `Unavailable` when a log cannot be read. */
export const sampleLog = async (
  app: AppDefinition,
  feed: Feed,
  { sample, seed = 1, progress }: SampleOptions,
): Promise<LogSample> => {
  const contexts = [...new Set([...contractsRead(app).values()].map(({ context }) => context))]
  const random = randomOf(seed)
  const share = Math.max(1, Math.floor(sample / Math.max(1, contexts.length)))
  const chosen = new Map<string, number[]>()
  for (const context of contexts) {
    const { last } = await feed.stream(context)
    chosen.set(context, sequencesOf(last, share, random))
  }
  const of = [...chosen.values()].reduce((sum, { length }) => sum + length, 0)
  const sampling = new Sampling(app, feed)
  let done = 0
  for (const [context, sequences] of chosen) {
    await sampling.context(context, sequences, () => progress?.(++done, of))
  }
  const { findings, messages, events, seen } = sampling
  return { findings: [...findings.values()], messages, events, seen }
}
