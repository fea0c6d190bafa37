/** A follower: reads the log once for some lanes of a generation, and folds it into them. */
import type { Positions } from "../../contracts/internal.ts"
import { sliceOf } from "../../wire/internal.ts"
import type { FeedMessage } from "../log/feed.ts"
import type { Standing } from "../store/generation.ts"
import { type KeyedEvent, keyedEvents } from "./keyed-event.ts"
import type { Lane } from "../store/lane.ts"
import { LaneWriter } from "./lane-writer.ts"
import { type FollowerOptions, type FollowsLog, Reading } from "./reading.ts"
import type { Store } from "../store/store.ts"

/** Follows the log with some lanes of a generation, until it is stopped or cannot go on. */
export class Follower implements FollowsLog {
  readonly #options: FollowerOptions
  readonly #reading: Reading
  #writers: readonly LaneWriter[] = []
  /** Ends when the last of the saves that wait for each other has ended. */
  #turn: Promise<void> = Promise.resolve()
  /** When the last message was recorded that was given to the lanes. */
  #time: number | undefined

  constructor(options: FollowerOptions, standing: Standing, lanes: readonly Lane[]) {
    this.#options = options
    this.#reading = new Reading(options, standing, lanes)
  }

  lanes(): readonly Lane[] {
    return this.#writers.length > 0 ? this.#writers.map(({ lane }) => lane) : this.#reading.lanes
  }

  get given(): Positions {
    return this.#reading.given
  }

  update(standing: Standing): void {
    this.#reading.standing = standing
  }

  announce(): void {
    for (const lane of this.lanes()) this.#reading.announce(lane, undefined)
  }

  async run(): Promise<void> {
    const { projection, store, moved } = this.#options
    const skipped = await store.skipped(this.#reading.standing)
    await this.#reading.run({
      begin: (created) => {
        this.#writers = this.#reading.lanes.map((lane) => this.#writer(lane, created))
        this.announce()
        moved(undefined)
      },
      take: (messages) => this.#give(messages, keyedEvents(projection, messages, skipped)),
      end: () => Promise.all(this.#writers.map((writer) => writer.stop())),
    })
  }

  stop(): void {
    this.#reading.stop()
  }

  async #give(
    messages: readonly FeedMessage[],
    events: readonly KeyedEvent[],
  ): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.ready()))
    if (this.#reading.isStopped) return
    this.#time = messages.at(-1)?.time
    const parts = this.#split(events)
    const reached = this.#reading.advance(messages)
    for (const [index, writer] of this.#writers.entries()) {
      writer.take(parts[index] ?? [], reached)
    }
  }

  /** For each writer the events that are for it. */
  #split(events: readonly KeyedEvent[]): KeyedEvent[][] {
    const parts = this.#writers.map((): KeyedEvent[] => [])
    for (const event of events) {
      const slice = sliceOf(event.key)
      // Without a key it is noted by every lane, as each of them has rows of its actor's events.
      const everywhere = event.key === event.actorKey
      for (let index = 0; index < parts.length; index++) {
        const { from, to } = this.#reading.lanes[index]!
        if (!everywhere && (slice < from || slice >= to)) continue
        if (this.#writers[index]!.wants(slice, event)) parts[index]!.push(event)
      }
    }
    return parts
  }

  #writer(lane: Lane, created: Lane["created"]): LaneWriter {
    const { projection, store, moved } = this.#options
    const reading = this.#reading
    return new LaneWriter({
      projection,
      generation: reading.standing,
      lane,
      created,
      store: {
        load: store.load,
        refused: store.refused,
        // While it is built, the lanes leave all but one connection's share of Postgres to queries.
        save: (...given) => reading.isBuilding ? this.#saveInTurn(...given) : store.save(...given),
      },
      moved: (now, keys) => {
        reading.announce(now, keys)
        moved(this.#time)
      },
      fail: (error) => reading.fail(error),
    })
  }

  #saveInTurn(...given: Parameters<Store["save"]>): ReturnType<Store["save"]> {
    const saving = this.#turn.then(() => this.#options.store.save(...given))
    this.#turn = saving.then(() => {}, () => {})
    return saving
  }
}
