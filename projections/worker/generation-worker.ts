/** A generation worker: folds one worker's share of a generation, and resumes after failures. */
import { Effect } from "effect"
import { type Positions, positionsIn } from "../../contracts/internal.ts"
import { type Counter, METRIC, METRICS, pause, reportInfo, type Wire } from "../../wire/internal.ts"
import { BATCH_MESSAGES, BUILD_REST, RETRY_MS, STANDBY_MS, SWITCH_MS } from "../limits.ts"
import { type Feed, type FeedMessage, type FeedReader, reachedBy } from "../log/feed.ts"
import { checkStreams } from "../log/streams.ts"
import { type AnyProjection, contextsOf } from "../projection.ts"
import { isRaw } from "../raw-projection.ts"
import { type GenerationStatus, isFolded, nameOf } from "../store/generation.ts"
import { furtherOf, isFurther, type Lane, leastOf, reaches } from "../store/lane.ts"
import type { Store } from "../store/store.ts"
import { announce } from "./announcement.ts"
import { skippedOf } from "./keyed-event.ts"
import { logBatches } from "./log-batches.ts"
import { type HeldUp, heldUpBy } from "./held-up.ts"
import type { LaneProgress, LogFolder } from "./log-folder.ts"
import { Overtaken, Pass } from "./pass.ts"
import { BatchFailed, RawFolder } from "./raw-folder.ts"
import { RowFolder } from "./row-folder.ts"
import { Switch } from "./switch.ts"

/** What folding a generation takes. */
export interface GenerationWorkerOptions {
  readonly projection: AnyProjection
  readonly feed: Feed
  readonly store: Store
  /** Where progress is announced. */
  readonly wire: Wire
}

/** Folds lanes of a generation until it is stopped; after a failure it starts again. */
export class GenerationWorker {
  readonly #options: GenerationWorkerOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  /** The generation as the store last had it. */
  #status: GenerationStatus
  /** The numbers of the lanes that this worker folds. */
  #share: ReadonlySet<number>
  #pass: Pass | undefined
  #folder: LogFolder | undefined
  #heldUp: HeldUp | undefined
  #failures = 0
  #resting = false
  /** Whether this pass has reached the log and the store. */
  #begun = false
  /** Up to this position messages are taken one at a time, because one of a batch failed. */
  #carefulUntil: Positions | undefined
  #time: number | undefined
  readonly #folded: Counter

  constructor(
    options: GenerationWorkerOptions,
    status: GenerationStatus,
    share: ReadonlySet<number>,
  ) {
    this.#options = options
    this.#folded = METRICS.counters(METRIC.folded).with(options.projection.name)
    this.#status = status
    this.#share = share
    this.#running = this.#run()
  }

  /** The generation as last seen, with the worker's own lanes as they are now. */
  get status(): GenerationStatus {
    const own = new Map<number, Lane>(this.#folder?.lanes().map((lane) => [lane.lane, lane]))
    const lanes = this.#status.lanes.map((lane) => {
      const now = own.get(lane.lane)
      return now && now.revision >= lane.revision ? now : lane
    })
    return { ...this.#status, lanes }
  }

  /** Why it cannot continue, and since when; undefined while it can. */
  get heldUp(): HeldUp | undefined {
    return this.#heldUp
  }

  /** When the last message that it has folded was recorded, in milliseconds since 1970. */
  get time(): number | undefined {
    return this.#time
  }

  /** Takes the new state of the generation, and which of its lanes to fold. */
  update(status: GenerationStatus, share: ReadonlySet<number>): void {
    const same = share.size === this.#share.size &&
      [...share].every((lane) => this.#share.has(lane)) &&
      status.lanes.length === this.#status.lanes.length
    this.#status = status
    this.#share = share
    if (!same) this.#pass?.end()
  }

  /** Forgets a failure only when there is nothing left to do, because it may recur until then. */
  caughtUp(): void {
    if (this.#begun && !this.#resting) this.#heldUp = undefined
  }

  /** Resolves when no save is in progress. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#pass?.end()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await this.#goThrough(await this.#nextLanes())
      } catch (error) {
        const restMs = error instanceof Overtaken ? STANDBY_MS : this.#fail(error)
        this.#resting = true
        await Effect.runPromiseExit(Effect.sleep(restMs), { signal })
        this.#resting = false
      }
    }
  }

  /** The worker's lanes as the store has them, with positions in the projection's contexts only. */
  async #nextLanes(): Promise<readonly Lane[]> {
    const { store, projection } = this.#options
    const all = await store.statuses([projection.name])
    const status = all.find(({ number }) => number === this.#status.number)
    if (!status || !isFolded(status)) throw new Overtaken("the generation is not folded")
    this.#status = status
    const contexts = contextsOf(projection)
    return status.lanes.filter(({ lane }) => this.#share.has(lane))
      .map((lane) => ({ ...lane, positions: positionsIn(lane.positions, contexts) }))
  }

  /** Folds the log into these lanes until the pass ends. Rejects with why it failed. */
  async #goThrough(lanes: readonly Lane[]): Promise<void> {
    const { projection, feed } = this.#options
    if (this.#stopping.signal.aborted || lanes.length === 0) return
    const pass = this.#pass = new Pass()
    this.#begun = false
    const reader = await feed.open(leastOf(lanes.map(({ positions }) => positions)))
    let switching: ReturnType<typeof setInterval> | undefined
    let folder: LogFolder | undefined
    try {
      // Checked once the reader is open: from here on, the reader notices a changed stream itself.
      const created = await checkStreams(feed, projection, lanes)
      folder = this.#folder = await this.#newFolder(lanes, created, pass)
      this.#begun = true
      for (const lane of lanes) this.#announce({ lane, keys: undefined })
      switching = this.#switching(folder)
      await this.#fold(reader, lanes, folder, pass)
    } finally {
      clearInterval(switching)
      reader.close()
      await folder?.stop()
    }
    pass.check()
  }

  async #newFolder(
    lanes: readonly Lane[],
    created: Lane["created"],
    pass: Pass,
  ): Promise<LogFolder> {
    const { projection, feed, store } = this.#options
    const generation = this.#status
    const contexts = contextsOf(projection)
    if (isRaw(projection)) {
      const skipped = await skippedOf(feed, contexts, new Set())
      const lane = lanes[0]!
      return new RawFolder({ projection, generation, lane, created, store, skipped, pass })
    }
    const skipped = await skippedOf(feed, contexts, await store.skipped(generation))
    const isBuilding = () => this.#isBuilding
    const options = { generation, lanes, created, store, skipped, pass, isBuilding }
    return new RowFolder({ projection, ...options })
  }

  /** Folds one batch after another: while one is written, the next one is read and folded. */
  async #fold(
    reader: FeedReader,
    lanes: readonly Lane[],
    folder: LogFolder,
    pass: Pass,
  ): Promise<void> {
    let given = leastOf(lanes.map(({ positions }) => positions))
    let taking: Promise<void> = Promise.resolve()
    const most = () => this.#isCareful(given) ? 1 : BATCH_MESSAGES
    try {
      for await (const messages of logBatches(reader, most, pass.signal)) {
        const started = performance.now()
        await taking
        if (pass.signal.aborted) break
        const reached = reachedBy(messages)
        given = furtherOf(given, reached)
        taking = this.#take(folder, messages, reached, given, pass)
        if (this.#isBuilding) await pause((performance.now() - started) * BUILD_REST)
      }
    } finally {
      await taking
    }
  }

  /** Resolves when another batch can be taken, or the pass has ended. */
  async #take(
    folder: LogFolder,
    messages: readonly FeedMessage[],
    reached: Positions,
    given: Positions,
    pass: Pass,
  ): Promise<void> {
    const time = messages.at(-1)?.time
    this.#folded.add(messages.length)
    try {
      for (const { done } of await folder.take(messages, reached)) {
        done.then((progress) => this.#moved(progress, time), (error) => pass.fail(error))
      }
    } catch (error) {
      if (!(error instanceof BatchFailed) || error.messages === 1) return pass.fail(error)
      // Folding one by one will show which event it is.
      this.#carefulUntil = given
      pass.end()
    }
  }

  /** Checks repeatedly whether a generation that is being built can serve. */
  #switching(folder: LogFolder): ReturnType<typeof setInterval> | undefined {
    if (!this.#isBuilding) return undefined
    const { feed, store, projection } = this.#options
    const toSwitch = new Switch(feed, store, contextsOf(projection))
    return setInterval(() => {
      const status = this.#status
      if (status.state !== "building") return
      const own = leastOf(folder.lanes().map(({ positions }) => positions))
      toSwitch.attempt(status, own).then((done) => {
        if (!done) return
        reportInfo(`${nameOf(status)} serves from now on`)
        this.#status = { ...this.#status, state: "serving" }
        for (const lane of folder.lanes()) this.#announce({ lane, keys: undefined })
      }, (error) => void this.#fail(error))
    }, SWITCH_MS)
  }

  /** Whether another generation serves meanwhile. */
  get #isBuilding(): boolean {
    return this.#status.state === "building"
  }

  #isCareful(given: Positions): boolean {
    return this.#carefulUntil !== undefined && !reaches(given, this.#carefulUntil)
  }

  /** Announces how far a lane is. An earlier save may not have been announced. */
  #announce({ lane, keys }: LaneProgress): void {
    announce(this.#options.wire, this.#status, this.#status.lanes.length, lane, keys)
  }

  #moved(progress: LaneProgress, time: number | undefined): void {
    this.#announce(progress)
    this.#time = time
    // Other lanes go on while one fails repeatedly: only the lane furthest behind counts.
    if (this.#heldUp && !isFurther(this.#least(), this.#heldUp.at)) return
    this.#heldUp = undefined
    this.#failures = 0
  }

  /** The positions that all of the worker's own lanes have reached. */
  #least(): Positions {
    const { lanes } = this.status
    return leastOf(lanes.filter(({ lane }) => this.#share.has(lane)).map((lane) => lane.positions))
  }

  /** Records a failure; returns how long to rest, in milliseconds. */
  #fail(error: unknown): number {
    this.#heldUp = heldUpBy(error, nameOf(this.#status), this.#heldUp, this.#least())
    return Math.min(50 * 2 ** this.#failures++, RETRY_MS)
  }
}
