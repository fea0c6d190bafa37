/** A raw follower: reads the log for a raw projection, and lets its batches write. */
import {
  decodeCommit,
  parseLogSubject,
  type RecordedEvent,
  recordedEvents,
} from "../../wire/internal.ts"
import { isFailure, positionOf, type Positions } from "../../contracts/internal.ts"
import type { FeedMessage } from "../log/feed.ts"
import type { Standing } from "../store/generation.ts"
import { reasonOf } from "./keyed-event.ts"
import type { Lane } from "../store/lane.ts"
import { LaneSaves, Overtaken } from "./lane-saves.ts"
import type { RawProjection, RawTools } from "../raw-projection.ts"
import { type FollowerOptions, type FollowsLog, Reading } from "./reading.ts"

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
  readonly #reading: Reading
  #saves: LaneSaves<readonly RecordedEvent[]> | undefined

  constructor(options: FollowerOptions<RawProjection>, standing: Standing, lane: Lane) {
    this.#options = options
    this.#reading = new Reading(options, standing, [lane])
  }

  lanes(): readonly Lane[] {
    return this.#saves ? [this.#saves.lane] : this.#reading.lanes
  }

  get given(): Positions {
    return this.#reading.given
  }

  update(standing: Standing): void {
    this.#reading.standing = standing
  }

  announce(): void {
    this.#announce([])
  }

  async run(): Promise<void> {
    let created: Lane["created"] = {}
    await this.#reading.run({
      begin: (found) => {
        created = found
        this.#saves = this.#newSaves(created)
        this.announce()
        this.#options.moved(undefined)
      },
      take: (messages) => this.#take(messages, created),
      end: async () => await this.#saves?.stop(),
    })
  }

  stop(): void {
    this.#reading.stop()
  }

  #newSaves(created: Lane["created"]): LaneSaves<readonly RecordedEvent[]> {
    const { projection, store } = this.#options
    const reading = this.#reading
    return new LaneSaves<readonly RecordedEvent[]>({
      lane: reading.lanes[0]!,
      created,
      save: (events, before, after) => {
        const batch = async (tools: RawTools) => {
          if (events.length > 0) await projection.onBatch(events, tools)
        }
        return store.saveRaw(reading.standing, batch, before, after)
      },
      nothing: [],
      fail: (error) => reading.fail(error),
    })
  }

  async #take(messages: readonly FeedMessage[], created: Lane["created"]): Promise<void> {
    this.#reading.advance(messages)
    const after = { positions: this.given, created, ahead: [] }
    try {
      const events = eventsOf(this.#options.projection, messages)
      if (events.length === 0) this.#saves?.move(after)
      else await this.#saves?.save(events, after)
      this.#announce(events.length === 0 ? [] : undefined)
    } catch (error) {
      const isOutage = isFailure(error) && error._tag === "Unavailable"
      throw isOutage || error instanceof Overtaken ? error : new BatchFailed(messages, error)
    }
    this.#options.moved(messages.at(-1)?.time)
  }

  #announce(keys: readonly string[] | undefined): void {
    for (const lane of this.lanes()) this.#reading.announce(lane, keys)
  }
}
