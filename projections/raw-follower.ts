/** A raw follower: reads the log for a raw projection, and lets its batches write. */
import {
  decodeCommit,
  isFailure,
  parseLogSubject,
  positionOf,
  type Positions,
  type RecordedEvent,
  recordedEvents,
} from "../contracts/mod.ts"
import { announce } from "./announcement.ts"
import type { Cursor, FeedMessage } from "./feed.ts"
import { type FollowerOptions, type FollowsLog, pick, rest } from "./follower.ts"
import type { Standing } from "./generation.ts"
import { reasonOf } from "./keyed-event.ts"
import { furtherOf, type Lane, reaches } from "./lane.ts"
import { LaneSaves, Overtaken } from "./lane-saves.ts"
import { BATCH_MESSAGES, BUILD_REST } from "./limits.ts"
import { contextsOf } from "./projection.ts"
import type { RawProjection, RawTools } from "./raw-projection.ts"
import { checkStreams } from "./streams.ts"

/** A batch that could not be written, or has an event that could not be read. */
export class BatchFailed extends Error {
  override readonly name = "BatchFailed"
  /** How many messages it had. */
  readonly messages: number

  constructor(messages: readonly FeedMessage[], cause: unknown) {
    const [first, last] = [messages[0]!, messages.at(-1)!]
      .map(({ context, sequence }) => positionOf(context, sequence))
    super(
      `the batch ${first === last ? "" : `from ${first} `}at ${last} failed: ${reasonOf(cause)}`,
      {
        cause,
      },
    )
    this.messages = messages.length
  }
}

/** The events that a projection's contracts have. Throws what reading them throws. */
const eventsOf = ({ from }: RawProjection, messages: readonly FeedMessage[]): RecordedEvent[] =>
  messages.flatMap(({ subject, payload, sequence }) => {
    const { name, id } = parseLogSubject(subject)
    const contract = from.find((each) => each.name === name)
    if (!contract) return []
    const isKnown = (type: string) => Object.hasOwn(contract.events, type)
    return recordedEvents(contract, id, decodeCommit(payload, sequence), isKnown)
  })

/** Follows the log for a raw projection, until it is stopped or cannot go on. */
export class RawFollower implements FollowsLog {
  readonly #options: FollowerOptions<RawProjection>
  readonly #first: Lane
  #standing: Standing
  #saves: LaneSaves<readonly RecordedEvent[]> | undefined
  #cursor: Cursor | undefined
  #stopped = false
  #error: unknown
  #given: Positions

  constructor(options: FollowerOptions<RawProjection>, standing: Standing, lane: Lane) {
    this.#options = options
    this.#standing = standing
    this.#given = pick(lane.positions, contextsOf(options.projection))
    this.#first = { ...lane, positions: this.#given }
  }

  lanes(): readonly Lane[] {
    return [this.#saves?.lane ?? this.#first]
  }

  get given(): Positions {
    return this.#given
  }

  update(standing: Standing): void {
    this.#standing = standing
  }

  announce(): void {
    this.#announce([])
  }

  async run(): Promise<void> {
    const { projection, feed, moved } = this.#options
    const cursor = this.#cursor = await feed.open(this.#given)
    try {
      if (this.#stopped) return
      const created = await checkStreams(feed, projection, [this.#first])
      const saves = this.#saves = this.#newSaves(created)
      this.announce()
      moved(undefined)
      while (!this.#stopped) {
        const messages = await cursor.next(this.#isCareful() ? 1 : BATCH_MESSAGES)
        if (messages.length === 0 || this.#stopped) continue
        const started = performance.now()
        await this.#take(messages, saves, created)
        if (this.#isBuilding()) await rest((performance.now() - started) * BUILD_REST)
      }
    } finally {
      cursor.close()
      await this.#saves?.stop()
    }
    if (this.#error !== undefined) throw this.#error
  }

  stop(): void {
    this.#stopped = true
    this.#cursor?.close()
  }

  #isBuilding(): boolean {
    return this.#standing.state === "building"
  }

  #isCareful(): boolean {
    const { carefulUntil } = this.#options
    return carefulUntil !== undefined && !reaches(this.#given, carefulUntil)
  }

  #newSaves(created: Lane["created"]): LaneSaves<readonly RecordedEvent[]> {
    const { projection, store } = this.#options
    return new LaneSaves<readonly RecordedEvent[]>({
      lane: this.#first,
      created,
      save: (events, before, after) => {
        const batch = async (tools: RawTools) => {
          if (events.length > 0) await projection.onBatch(events, tools)
        }
        return store.saveRaw(this.#standing, batch, before, after)
      },
      nothing: [],
      fail: (error) => {
        this.#error = error
        this.stop()
      },
    })
  }

  async #take(
    messages: readonly FeedMessage[],
    saves: LaneSaves<readonly RecordedEvent[]>,
    created: Lane["created"],
  ): Promise<void> {
    const reached: Record<string, number> = {}
    for (const { context, sequence } of messages) reached[context] = sequence
    this.#given = furtherOf(this.#given, reached)
    const after = { positions: this.#given, created, ahead: [] }
    try {
      const events = eventsOf(this.#options.projection, messages)
      if (events.length === 0) saves.move(after)
      else await saves.save(events, after)
      this.#announce(events.length === 0 ? [] : undefined)
    } catch (error) {
      const isOutage = isFailure(error) && error._tag === "Unavailable"
      throw isOutage || error instanceof Overtaken ? error : new BatchFailed(messages, error)
    }
    this.#options.moved(messages.at(-1)?.time)
  }

  #announce(keys: readonly string[] | undefined): void {
    const { wire } = this.#options
    for (const lane of this.lanes()) {
      announce(wire, this.#standing, this.#standing.lanes.length, lane, keys)
    }
  }
}
