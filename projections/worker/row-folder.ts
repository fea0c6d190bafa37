/** A row folder: folds the log into the rows of some lanes, each of which takes its own events. */
import type { Positions } from "../../contracts/internal.ts"
import { sliceOf, TRACING } from "../../wire/internal.ts"
import type { FeedMessage } from "../log/feed.ts"
import type { FoldedProjection } from "../projection.ts"
import type { Generation } from "../store/generation.ts"
import type { Lane } from "../store/lane.ts"
import type { Store } from "../store/store.ts"
import { keyed, type KeyedEvent, learnSkips } from "./keyed-event.ts"
import { LaneWriter } from "./lane-writer.ts"
import type { LogFolder, Writing } from "./log-folder.ts"
import { endWith, foldSpans } from "../telemetry/fold-spans.ts"
import { oneAtATime } from "./one-at-a-time.ts"
import type { Pass } from "./pass.ts"

/** What folding rows takes. */
export interface RowFolderOptions {
  readonly projection: FoldedProjection
  readonly generation: Generation
  readonly lanes: readonly Lane[]
  /** For each context, when the stream was created that is read. */
  readonly created: Lane["created"]
  readonly store: Store
  /** What is not folded: discarded events, and messages that are stepped over. */
  readonly skipped: Set<string>
  readonly pass: Pass
  /** Whether another generation serves meanwhile. */
  readonly isBuilding: () => boolean
}

/** Folds rows, one writer for each lane. */
export class RowFolder implements LogFolder {
  readonly #projection: FoldedProjection
  readonly #store: Store
  readonly #skipped: Set<string>
  readonly #writers: readonly LaneWriter[]
  readonly #generation: Generation
  readonly #isBuilding: () => boolean

  constructor(options: RowFolderOptions) {
    const { projection, lanes, store, skipped, isBuilding } = options
    this.#projection = projection
    this.#generation = options.generation
    this.#isBuilding = isBuilding
    this.#store = store
    this.#skipped = skipped
    const inTurn = oneAtATime()
    // While building, the lanes save one at a time and leave the other connections to queries.
    const save: Store["save"] = (...given) =>
      isBuilding() ? inTurn(() => store.save(...given)) : store.save(...given)
    const { load, refused } = store
    this.#writers = lanes.map((lane) =>
      new LaneWriter({ ...options, lane, store: { load, refused, save } })
    )
  }

  lanes(): readonly Lane[] {
    return this.#writers.map(({ lane }) => lane)
  }

  async take(messages: readonly FeedMessage[], reached: Positions): Promise<Writing[]> {
    await learnSkips(this.#store, messages, this.#skipped)
    const { events, unreadable } = keyed(this.#projection, messages, this.#skipped)
    // Before anything behind them is saved, so that none is skipped silently.
    if (unreadable.length > 0) await this.#store.noteUnreadable(unreadable)
    const parts = this.#split(events)
    const writing = Promise.all(
      this.#writers.map((writer, index) => writer.take(parts[index] ?? [], reached)),
    )
    if (TRACING !== undefined && !this.#isBuilding()) this.#trace(events, writing)
    return await writing
  }

  async stop(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.stop()))
  }

  #trace(events: readonly KeyedEvent[], writing: Promise<Writing[]>): void {
    const { projection, number } = this.#generation
    const spans = foldSpans(projection, number, events.map(({ recorded }) => recorded))
    endWith(spans, writing.then((all) => Promise.all(all.map(({ done }) => done))))
  }

  /** Splits events by writer. */
  #split(events: readonly KeyedEvent[]): KeyedEvent[][] {
    const parts = this.#writers.map((): KeyedEvent[] => [])
    for (const event of events) {
      const slice = sliceOf(event.key)
      // Every lane records an event without a key, because each has rows of its actor's events.
      const everywhere = event.key === event.actorKey
      for (let index = 0; index < parts.length; index++) {
        const writer = this.#writers[index]!
        if (!everywhere && (slice < writer.lane.from || slice >= writer.lane.to)) continue
        if (writer.wants(slice, event)) parts[index]!.push(event)
      }
    }
    return parts
  }
}
