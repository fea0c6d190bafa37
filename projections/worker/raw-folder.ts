/** A raw folder: gives the log to a raw projection, batch by batch, and lets its SQL write. */
import { isFailure, positionOf, type Positions } from "../../contracts/internal.ts"
import { readMessage, type RecordedEvent, recordedEvents } from "../../wire/internal.ts"
import type { FeedMessage } from "../log/feed.ts"
import type { RawProjection, RawTools } from "../raw-projection.ts"
import type { Generation } from "../store/generation.ts"
import type { Lane } from "../store/lane.ts"
import type { Store } from "../store/store.ts"
import { learnSkips, reasonOf, skipsOf, unreadableMessage } from "./keyed-event.ts"
import type { UnreadableMessage } from "../store/unreadable.ts"
import { endWith, foldSpans } from "../telemetry/fold-spans.ts"
import { LaneSaves } from "./lane-saves.ts"
import type { LogFolder, Writing } from "./log-folder.ts"
import { Overtaken, type Pass } from "./pass.ts"

/** A batch that could not be written, or that has an unreadable event. */
export class BatchFailed extends Error {
  override readonly name = "BatchFailed"
  /** How many messages the batch had. */
  readonly messages: number

  constructor(messages: readonly FeedMessage[], cause: unknown) {
    const [first, last] = [messages[0]!, messages.at(-1)!]
      .map(({ context, sequence }) => positionOf(context, sequence))
    const from = first === last ? "" : `from ${first} `
    super(`the batch ${from}at ${last} failed: ${reasonOf(cause)}`, { cause })
    this.messages = messages.length
  }
}

/** What a batch holds for a raw projection. */
interface RawBatch {
  readonly events: readonly RecordedEvent[]
  /** Messages of its contracts that are not commits. Nothing waits for them. */
  readonly unreadable: readonly UnreadableMessage[]
}

/** The events of the projection's contracts. Throws what reading an event throws. */
const batchOf = (
  { from }: RawProjection,
  messages: readonly FeedMessage[],
  skipped: ReadonlySet<string>,
): RawBatch => {
  const unreadable: UnreadableMessage[] = []
  const contracts = new Map(from.map((contract) => [contract.name, contract]))
  const isSkipped = skipsOf(skipped)
  const events = messages.flatMap((source) => {
    const message = readMessage(source, contracts, isSkipped)
    if ("cause" in message) unreadable.push(unreadableMessage(source, message.cause))
    if (message.kind !== "commit") return []
    const { contract, id, commit } = message
    return recordedEvents(contract, id, commit, (type) => Object.hasOwn(contract.events, type))
  })
  return { events, unreadable }
}

/** What folding a raw projection takes. */
export interface RawFolderOptions {
  readonly projection: RawProjection
  readonly generation: Generation
  readonly lane: Lane
  /** For each context, when the stream was created that is read. */
  readonly created: Lane["created"]
  readonly store: Store
  /** The messages that are stepped over. */
  readonly skipped: Set<string>
  readonly pass: Pass
}

/** Folds one lane, one batch at a time: it reads nothing ahead of a transaction. */
export class RawFolder implements LogFolder {
  readonly #options: RawFolderOptions
  readonly #saves: LaneSaves<readonly RecordedEvent[]>

  constructor(options: RawFolderOptions) {
    const { projection, generation, store } = options
    this.#options = options
    this.#saves = new LaneSaves<readonly RecordedEvent[]>({
      ...options,
      save: (events, before, after) => {
        const batch = async (tools: RawTools) => {
          if (events.length > 0) await projection.onBatch(events, tools)
        }
        return store.saveRaw(generation, batch, before, after)
      },
      nothing: [],
    })
  }

  lanes(): readonly Lane[] {
    return [this.#saves.lane]
  }

  async take(messages: readonly FeedMessage[], reached: Positions): Promise<Writing[]> {
    const { projection, created, store, skipped } = this.#options
    const positions = { ...this.#saves.lane.positions, ...reached }
    const after = { positions, created, ahead: [] }
    try {
      await learnSkips(store, messages, skipped)
      const { events, unreadable } = batchOf(projection, messages, skipped)
      if (unreadable.length > 0) await store.noteUnreadable(unreadable)
      if (events.length === 0) this.#saves.move(after)
      else {
        const saving = this.#saves.save(events, after)
        endWith(foldSpans(projection.name, this.#options.generation.number, events), saving)
        await saving
      }
      const keys = events.length === 0 ? [] : undefined
      return [{ done: Promise.resolve({ lane: this.#saves.lane, keys }) }]
    } catch (error) {
      const isOutage = isFailure(error) && error._tag === "Unavailable"
      throw isOutage || error instanceof Overtaken ? error : new BatchFailed(messages, error)
    }
  }

  async stop(): Promise<void> {
    await this.#saves.stop()
  }
}
