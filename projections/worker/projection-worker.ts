/** The part of a worker that serves one projection: it prepares generations and folds its share. */
import { isFailure, messageOf, type Positions } from "../../contracts/internal.ts"
import { reportError, reportWarning } from "../../wire/internal.ts"
import { GenerationWorker, type GenerationWorkerOptions } from "./generation-worker.ts"
import {
  type GenerationState,
  type GenerationStatus,
  isFolded,
  positionsOf,
} from "../store/generation.ts"
import { reaches } from "../store/lane.ts"
import { hosted, type Member, ownerOf } from "../store/membership.ts"
import { type AnyProjection, contextsOf } from "../projection.ts"
import { Stall } from "./stall.ts"

/** How a generation is doing. */
export interface GenerationHealth {
  readonly generation: number
  readonly version: string
  readonly state: GenerationState
  /** The positions that all of its rows have reached. */
  readonly positions: Positions
  /** How many messages of the log it still has to fold. */
  readonly lag: number
  /** How many keys are parked, and how many events. */
  readonly parkedKeys: number
  readonly parkedEvents: number
}

/** The state of a projection: its serving generation and further facts. */
export interface ProjectionHealth extends Partial<GenerationHealth> {
  readonly name: string
  readonly positions: Positions
  /**
   * Whether a generation serves and is folded without being held up. A generation of another
   * version needs live workers of that version. One of this version must have reached where the log
   * ended at the start.
   */
  readonly ready: boolean
  /**
   * Whether this program's version has reached where the log ended when the worker started, and
   * goes on. False while its generation is built next to the serving one.
   */
  readonly caughtUp: boolean
  /** The age of the last folded message while there are more, in milliseconds. */
  readonly lagMs?: number
  /** The generation that is being built next to the serving one. */
  readonly building?: GenerationHealth
  /** Present if no live worker folds the serving generation. */
  readonly unfolded?: string
  /** Present if this program's version was refused and is therefore not folded. */
  readonly refused?: string
  /**
   * How many messages of its logs are not commits and not stepped over, if there are any. Nothing
   * waits for them.
   */
  readonly unreadable?: number
  /** Present if messages wait and none was folded for a while, although nothing fails. */
  readonly stalled?: string
  /** Why it cannot go on now. */
  readonly failure?: string
  /** Since when folding here has failed without a break. */
  readonly heldUpSince?: string
}

/** The report about a serving generation that nobody folds. */
const unfoldedText = (number: number, version: string): string =>
  `generation ${number} of version ${version} serves, and no process of that version folds it`

/** The part of a worker that serves one projection. */
export class ProjectionWorker {
  readonly #projection: AnyProjection
  readonly #options: Omit<GenerationWorkerOptions, "projection">
  readonly #worker: string
  readonly #generations = new Map<number, GenerationWorker>()
  #claimed = false
  #claiming: Promise<void> | undefined
  #members: readonly Member[] = []
  #statuses: readonly GenerationStatus[] = []
  #unreadable = 0
  #last: Positions | undefined
  #target: Positions | undefined
  #caughtUp = false
  #failure: string | undefined
  /** Why the end of the log is not known now. */
  #logFailure: string | undefined
  readonly #stall: Stall
  #looking = false
  #stopped = false

  constructor(
    projection: AnyProjection,
    options: Omit<GenerationWorkerOptions, "projection">,
    worker: string,
  ) {
    this.#projection = projection
    this.#options = options
    this.#worker = worker
    this.#stall = new Stall(projection.name)
  }

  /** Whether the program's version has a generation, with its lanes and indexes. */
  get claimed(): boolean {
    return this.#claimed
  }

  /**
   * Prepares a generation of the program's version, once, because another program may start later.
   * Resolves when that is done or has failed; at once if an earlier call is still in progress.
   */
  async claim(): Promise<void> {
    if (this.#claimed || this.#claiming) return
    this.#claiming = this.#claim()
    await this.#claiming
    this.#claiming = undefined
  }

  async #claim(): Promise<void> {
    try {
      await this.#options.store.claim(this.#projection)
      this.#claimed = true
    } catch (error) {
      this.fail(error)
    }
  }

  /** Adapts to the live workers and to what there is to fold. */
  async update(
    members: readonly Member[],
    statuses: readonly GenerationStatus[],
    unreadable: ReadonlyMap<string, number>,
  ): Promise<void> {
    const { name, version } = this.#projection
    this.#members = members
    this.#unreadable = contextsOf(this.#projection)
      .reduce((sum, context) => sum + (unreadable.get(context) ?? 0), 0)
    this.#statuses = statuses.filter(({ projection }) => projection === name)
    if (!this.#claimed) return
    const own = this.#statuses.filter((each) => each.version === version && isFolded(each))
    for (const [number, following] of this.#generations) {
      if (own.some((each) => each.number === number)) continue
      this.#generations.delete(number)
      await following.stop()
    }
    for (const status of own) await this.#share(members, status)
    void this.#look()
    this.#failure = undefined
    const serving = this.#known().find(({ state }) => state === "serving")
    if (serving) this.#stall.note(positionsOf(serving), this.#lag(serving))
  }

  /** Records why the projection could not be served. */
  fail(error: unknown): void {
    this.#failure = this.#reported(error, this.#failure)
  }

  /**
   * Logs why the projection could not be served, unless the reason is `before`; returns it as text.
   */
  #reported(error: unknown, before: string | undefined): string {
    const reason = messageOf(error)
    if (before !== reason) {
      const what = `the projection ${this.#projection.name} cannot be served`
      if (isFailure(error) && error._tag === "Unavailable") reportWarning(`${what}: ${reason}`)
      else reportError(what, error)
    }
    return reason
  }

  health(): ProjectionHealth {
    const { name, version } = this.#projection
    const statuses = this.#known()
    const serving = statuses.find(({ state }) => state === "serving")
    const building = statuses.find(({ state }) => state === "building")
    const following = serving && this.#generations.get(serving.number)
    const holdsUp = this.#failure ?? following?.heldUp?.reason ?? this.#logFailure
    const heldUp = following?.heldUp ??
      [...this.#generations.values()].find((each) => each.heldUp !== undefined)?.heldUp
    const failure = holdsUp ?? heldUp?.reason
    const unfolded = serving && this.#unfolded(serving)
    const own = statuses.filter((each) => each.version === version)
    const refused = own.length > 0 && own.every(({ state }) => state === "refused")
    this.#noteCaughtUp()
    const lag = serving ? this.#lag(serving) : 0
    const stalled = holdsUp === undefined && unfolded === undefined && serving
      ? this.#stall.of(positionsOf(serving), lag)
      : undefined
    return {
      name,
      ...(serving ? this.#healthOf(serving) : { positions: {} }),
      ...(lag > 0 && following?.time !== undefined ? { lagMs: Date.now() - following.time } : {}),
      ...(building ? { building: this.#healthOf(building) } : {}),
      ...(unfolded === undefined ? {} : { unfolded }),
      ...(refused ? { refused: `version ${version} was rolled back from` } : {}),
      ...(stalled === undefined ? {} : { stalled }),
      ready: serving !== undefined && holdsUp === undefined && unfolded === undefined &&
        stalled === undefined &&
        (serving.version !== version || this.#caughtUp),
      caughtUp: this.#caughtUp && failure === undefined && !refused,
      ...(this.#unreadable > 0 ? { unreadable: this.#unreadable } : {}),
      ...(failure === undefined ? {} : { failure }),
      ...(heldUp ? { heldUpSince: new Date(heldUp.since).toISOString() } : {}),
    }
  }

  /** Resolves when no save is in progress. */
  async stop(): Promise<void> {
    await this.#claiming
    this.#stopped = true
    await Promise.all([...this.#generations.values()].map((following) => following.stop()))
  }

  async #share(members: readonly Member[], status: GenerationStatus): Promise<void> {
    const { name, version } = this.#projection
    const host = hosted(name, version)
    const owned = status.lanes.filter(({ lane }) =>
      ownerOf(members, host, status.number, lane) === this.#worker
    )
    const share = new Set(owned.map(({ lane }) => lane))
    const following = this.#generations.get(status.number)
    if (following && share.size > 0) return following.update(status, share)
    if (following) {
      this.#generations.delete(status.number)
      await following.stop()
    } else if (share.size > 0) {
      const options = { ...this.#options, projection: this.#projection }
      this.#generations.set(status.number, new GenerationWorker(options, status, share))
    }
  }

  /** Reads where the log ends. A heartbeat does not wait for this: the log may be unavailable. */
  async #look(): Promise<void> {
    if (this.#looking) return
    this.#looking = true
    try {
      const last: Record<string, number> = {}
      for (const context of contextsOf(this.#projection)) {
        last[context] = (await this.#options.feed.stream(context)).last
      }
      this.#last = last
      this.#target ??= last
      this.#logFailure = undefined
      this.#noteCaughtUp()
    } catch (error) {
      if (!this.#stopped) this.#logFailure = this.#reported(error, this.#logFailure)
    } finally {
      this.#looking = false
    }
  }

  #unfolded({ number, version }: GenerationStatus): string | undefined {
    const host = hosted(this.#projection.name, version)
    if (this.#members.some(({ hosts }) => hosts.includes(host))) return undefined
    return unfoldedText(number, version)
  }

  #noteCaughtUp(): void {
    const { version } = this.#projection
    for (const status of this.#known()) {
      if (status.version !== version || !isFolded(status)) continue
      const positions = positionsOf(status)
      if (this.#last && reaches(positions, this.#last)) {
        this.#generations.get(status.number)?.caughtUp()
      }
      this.#caughtUp ||= this.#target !== undefined && reaches(positions, this.#target)
    }
  }

  /** The generations, with the newer state of those that are folded here. */
  #known(): readonly GenerationStatus[] {
    return this.#statuses.map((each) => this.#generations.get(each.number)?.status ?? each)
  }

  #lag(status: GenerationStatus): number {
    const positions = positionsOf(status)
    return Object.entries(this.#last ?? {})
      .reduce((sum, [context, last]) => sum + Math.max(0, last - (positions[context] ?? 0)), 0)
  }

  #healthOf(status: GenerationStatus): GenerationHealth {
    const { number, version, state, parkedKeys, parkedEvents } = status
    return {
      generation: number,
      version,
      state,
      positions: positionsOf(status),
      lag: this.#lag(status),
      parkedKeys,
      parkedEvents,
    }
  }
}
