/** Samples the real log: what is stored there goes through today's code. It only reads. */
import { isFailure, messageOf, positionOf, Unavailable } from "../../contracts/internal.ts"
import {
  type Feed,
  type FeedMessage,
  type FoldedProjection,
  isRaw,
} from "../../projections/internal.ts"
import {
  type ContractsByName,
  type EventVersion,
  readMessage,
  scanVersions,
  type StoredEvent,
} from "../../wire/internal.ts"
import type { AppDefinition } from "../app.ts"
import { contractsRead } from "../follows/follows.ts"
import { SCHEMA } from "../limits.ts"
import { Census, type OldVersion, versionName } from "./census.ts"
import type { Finding } from "./finding.ts"
import type { MachineTrial } from "./machine.ts"
import { type ActorAt, foldOwn } from "./own-history.ts"
import { randomOf } from "./random.ts"
import { trialsOf } from "./trials.ts"

/** How much is read. */
export interface SampleOptions {
  /** The most messages that are tried, over all contexts, without the first of each version. */
  readonly sample: number
  readonly seed?: number
  /** Called with how many of how many messages are read. */
  readonly progress?: (done: number, of: number) => void
  readonly signal?: AbortSignal
}

/** What a sample holds. */
export interface LogSample {
  readonly findings: readonly Finding[]
  /** Messages and events that are in the logs. All of them are counted. */
  readonly messages: number
  readonly events: number
  /** Messages that today's code has read and folded. */
  readonly tried: number
  /** Actors whose own history was folded, and those with too long a history for that. */
  readonly histories: number
  readonly longHistories: number
  /** Events by version, such as `orders.order OrderPlaced v1`. */
  readonly seen: Readonly<Record<string, number>>
  /** The old versions among them: today's code writes others, and upcasts read these. */
  readonly old: readonly OldVersion[]
  /** Old versions that the contracts can read, and that are nowhere in the logs. */
  readonly unused: readonly string[]
}

/** A quarter of them newest first, and the others anywhere in the log. */
const sequencesOf = (last: number, most: number, random: () => number): Set<number> => {
  if (last <= most) return new Set(Array.from({ length: last }, (_, index) => index + 1))
  const chosen = new Set<number>()
  for (let at = last; chosen.size < Math.ceil(most / 4); at--) chosen.add(at)
  while (chosen.size < most) chosen.add(1 + Math.floor(random() * last))
  return chosen
}

/** The messages of a context up to one, in order. Rejects with `Unavailable` when none comes. */
async function* messagesUpTo(
  feed: Feed,
  context: string,
  last: number,
): AsyncGenerator<readonly FeedMessage[]> {
  if (last === 0) return
  const reader = await feed.open({ [context]: 0 })
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    for (let reached = 0; reached < last;) {
      const silence = new Promise<undefined>((resolve) => {
        timer = setTimeout(resolve, SCHEMA.silenceMs, undefined)
      })
      const found = await Promise.race([reader.next(SCHEMA.readsAtOnce), silence])
      clearTimeout(timer)
      if (found === undefined) {
        // The messages at its end may have been deleted.
        if (await isGone(feed, context, last)) return
        const at = positionOf(context, reached)
        throw new Unavailable({ message: `nothing comes from the log behind ${at}: try again` })
      }
      if (found.length === 0) return
      reached = found.at(-1)!.sequence
      yield reached > last ? found.filter(({ sequence }) => sequence <= last) : found
    }
  } finally {
    clearTimeout(timer)
    reader.close()
  }
}

/** The contract in the subject of a log. */
const actorName = (subject: string): string => {
  const begin = subject.indexOf(".") + 1
  const end = subject.indexOf(".", subject.indexOf(".", begin) + 1)
  return subject.slice(begin, end)
}

const isGone = async (feed: Feed, context: string, sequence: number): Promise<boolean> => {
  try {
    await feed.at(context, sequence)
    return false
  } catch (error) {
    if (isFailure(error) && error._tag === "NotFound") return true
    throw error
  }
}

class Sampling {
  readonly findings = new Map<string, Finding>()
  readonly census = new Census()
  messages = 0
  events = 0
  tried = 0
  histories = 0
  longHistories = 0
  readonly #app: AppDefinition
  readonly #contracts: ContractsByName
  readonly #feed: Feed
  readonly #trials = new Map<string, readonly MachineTrial[]>()
  /** The actors whose histories are folded: those of the last messages that were tried. */
  readonly #actors = new Map<string, ActorAt>()

  constructor(app: AppDefinition, feed: Feed) {
    this.#app = app
    this.#contracts = contractsRead(app)
    this.#feed = feed
  }

  /** Reads a log up to a message. Counts all of it, and tries what was chosen. */
  async context(
    context: string,
    last: number,
    chosen: ReadonlySet<number>,
    read: (count: number) => void,
  ): Promise<void> {
    const skips = await this.#feed.skips(context)
    const skipped = new Set([...skips.values()].map(({ sequence }) => sequence))
    const isSkipped = (_: string, sequence: number) => skipped.has(sequence)
    for await (const batch of messagesUpTo(this.#feed, context, last)) {
      for (const message of batch) this.#message(message, chosen, isSkipped)
      read(batch.length)
    }
    await this.#fold({ feed: this.#feed, contracts: this.#contracts, isSkipped })
  }

  #message(
    message: FeedMessage,
    chosen: ReadonlySet<number>,
    isSkipped: (context: string, sequence: number) => boolean,
  ): void {
    const { context, subject, sequence, payload } = message
    this.messages++
    const name = actorName(subject)
    if (isSkipped(context, sequence)) return
    const versions = this.#contracts.has(name) ? scanVersions(payload) : undefined
    const isTried = versions && this.#count(name, versions, message)
    if (versions && !isTried && !chosen.has(sequence)) return
    const found = readMessage(message, this.#contracts, isSkipped)
    const position = positionOf(context, sequence)
    if ("cause" in found) this.#broken(`a message of ${context}`, position, found.cause)
    if (found.kind !== "commit") return
    const { id, commit } = found
    if (!versions && !this.#count(name, commit.events, message) && !chosen.has(sequence)) return
    this.tried++
    for (const stored of commit.events) this.#event(name, stored, position)
    this.#remember({ context, name, id, commit })
  }

  /** Counts the events of a commit; returns whether it is among the first of a version. */
  #count(
    name: string,
    events: readonly EventVersion[],
    { context, sequence }: FeedMessage,
  ): boolean {
    let isFirst = false
    for (const { type, schema } of events) {
      this.events++
      const before = this.census.add(name, type, schema, context, sequence)
      if (before < SCHEMA.ofEachVersion) isFirst = true
    }
    return isFirst
  }

  #remember(at: ActorAt): void {
    const key = `${at.name} ${at.id}`
    this.#actors.delete(key)
    this.#actors.set(key, at)
    if (this.#actors.size <= SCHEMA.ownHistories) return
    for (const oldest of this.#actors.keys()) return void this.#actors.delete(oldest)
  }

  async #fold(reads: Parameters<typeof foldOwn>[0]): Promise<void> {
    const all = [...this.#actors.values()].values()
    this.#actors.clear()
    const worker = async () => {
      for (const at of all) {
        const machines = this.#trialsOf(at.name).map(({ machine }) => machine)
        const found = await foldOwn(reads, at, machines)
        if (found) this.histories++
        else this.longHistories++
        for (const { machine, version: { type, schema }, position, why } of found ?? []) {
          // A row can need events of other actors.
          const severity = machine.isOwn ? "breaks" : "notes"
          const subject = versionName(at.name, type, schema)
          this.#broken(subject, position, `${machine.name}, on its own history: ${why}`, severity)
        }
      }
    }
    await Promise.all(Array.from({ length: SCHEMA.historiesAtOnce }, worker))
  }

  #event(name: string, stored: StoredEvent, position: string): void {
    const subject = versionName(name, stored.type, stored.schema)
    const contract = this.#contracts.get(name)!
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
    const contract = this.#contracts.get(name)!
    const folded = this.#app.projections.filter((each): each is FoldedProjection => !isRaw(each))
    const trials = trialsOf(contract, actor, folded, SCHEMA.today)
    this.#trials.set(name, trials)
    return trials
  }
}

/**
 * Samples the logs of an application: all events are counted by version, and some are read and
 * folded: the newest, others anywhere, and the first of each version. Rejects with `Unavailable`
 * when a log cannot be read.
 */
export const sampleLog = async (
  app: AppDefinition,
  feed: Feed,
  { sample, seed = 1, progress, signal }: SampleOptions,
): Promise<LogSample> => {
  const contracts = contractsRead(app)
  const contexts = [...new Set([...contracts.values()].map(({ context }) => context))]
  const random = randomOf(seed)
  const share = Math.max(1, Math.floor(sample / Math.max(1, contexts.length)))
  const ends = new Map<string, number>()
  for (const context of contexts) ends.set(context, (await feed.stream(context)).last)
  const of = [...ends.values()].reduce((sum, last) => sum + last, 0)
  const sampling = new Sampling(app, feed)
  let done = 0
  for (const [context, last] of ends) {
    await sampling.context(context, last, sequencesOf(last, share, random), (count) => {
      signal?.throwIfAborted()
      progress?.(done += count, of)
    })
  }
  const { census, messages, events, tried, histories, longHistories } = sampling
  return {
    findings: [...sampling.findings.values()],
    ...{ messages, events, tried, histories, longHistories, seen: census.seen },
    ...census.of(contracts.values()),
  }
}
