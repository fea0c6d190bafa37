/** A following: one generation that a worker folds, with the lanes that are the worker's share. */
import { Effect } from "effect"
import { isFailure, type Positions } from "../../contracts/internal.ts"
import { reportError, reportInfo, reportWarning } from "../../wire/internal.ts"
import { Follower } from "./follower.ts"
import { isFolded, nameOf, type Standing } from "../store/generation.ts"
import { type Lane, leastOf } from "../store/lane.ts"
import { Overtaken } from "./lane-saves.ts"
import { RETRY_MS, STANDBY_MS, SWITCH_MS } from "../limits.ts"
import { type AnyProjection, contextsOf } from "../projection.ts"
import { BatchFailed, RawFollower } from "./raw-follower.ts"
import { isRaw } from "../raw-projection.ts"
import type { FollowerOptions, FollowsLog } from "./reading.ts"
import { Switch } from "./switch.ts"

/** What following a generation takes. */
export type FollowingOptions = Omit<FollowerOptions<AnyProjection>, "moved" | "carefulUntil">

/** Folds lanes of a generation until it is stopped; after a failure it starts again. */
export class Following {
  readonly #options: FollowingOptions
  readonly #stopping = new AbortController()
  readonly #running: Promise<void>
  #standing: Standing
  #share: ReadonlySet<number>
  #follower: FollowsLog | undefined
  #failure: string | undefined
  #failures = 0
  #resting = false
  #carefulUntil: Positions | undefined
  #time: number | undefined

  constructor(
    options: FollowingOptions,
    standing: Standing,
    share: ReadonlySet<number>,
  ) {
    this.#options = options
    this.#standing = standing
    this.#share = share
    this.#running = this.#run()
  }

  /** The generation as it was last seen, but for the worker's own lanes as they are now. */
  get standing(): Standing {
    const own = new Map<number, Lane>(this.#follower?.lanes().map((lane) => [lane.lane, lane]))
    const lanes = this.#standing.lanes.map((lane) => {
      const now = own.get(lane.lane)
      return now && now.revision >= lane.revision ? now : lane
    })
    return { ...this.#standing, lanes }
  }

  /** Why it cannot go on now. */
  get failure(): string | undefined {
    return this.#failure
  }

  /** When the last message that it has folded was recorded, in milliseconds since 1970. */
  get time(): number | undefined {
    return this.#time
  }

  /** Takes note of what has become of the generation, and which of its lanes are to be folded. */
  update(standing: Standing, share: ReadonlySet<number>): void {
    const same = share.size === this.#share.size &&
      [...share].every((lane) => this.#share.has(lane)) &&
      standing.lanes.length === this.#standing.lanes.length
    this.#standing = standing
    this.#share = share
    this.#follower?.update(standing)
    if (!same) this.#follower?.stop()
  }

  /** What failed before may fail again, so it is forgotten only when there is nothing to do. */
  caughtUp(): void {
    if (this.#follower && !this.#resting) this.#failure = undefined
  }

  /** Resolves when no save is under way any more. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#follower?.stop()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      try {
        await this.#follow()
      } catch (error) {
        const restMs = error instanceof Overtaken ? STANDBY_MS : this.#fail(error)
        this.#resting = true
        await Effect.runPromiseExit(Effect.sleep(restMs), { signal })
        this.#resting = false
      }
    }
  }

  async #follow(): Promise<void> {
    const { store, projection } = this.#options
    const all = await store.standings([projection.name])
    const standing = all.find(({ number }) => number === this.#standing.number)
    if (!standing || !isFolded(standing)) throw new Overtaken("the generation is not folded")
    this.#standing = standing
    const lanes = standing.lanes.filter(({ lane }) => this.#share.has(lane))
    if (this.#stopping.signal.aborted || lanes.length === 0) return
    const follower = this.#follower = this.#newFollower(standing, lanes)
    const switching = this.#switching(follower)
    try {
      await follower.run()
    } catch (error) {
      // Which event it is shows when they are folded one by one.
      if (!(error instanceof BatchFailed) || error.messages === 1) throw error
      this.#carefulUntil = follower.given
    } finally {
      clearInterval(switching)
    }
  }

  #newFollower(standing: Standing, lanes: readonly Lane[]): FollowsLog {
    const { projection } = this.#options
    const options = {
      ...this.#options,
      moved: (time: number | undefined) => this.#moved(time),
      carefulUntil: this.#carefulUntil,
    }
    return isRaw(projection)
      ? new RawFollower({ ...options, projection }, standing, lanes[0]!)
      : new Follower({ ...options, projection }, standing, lanes)
  }

  /** Looks again and again whether a generation that is built can serve. */
  #switching(follower: FollowsLog): ReturnType<typeof setInterval> | undefined {
    if (this.#standing.state !== "building") return undefined
    const { feed, store, projection } = this.#options
    const toSwitch = new Switch(feed, store, contextsOf(projection))
    return setInterval(() => {
      const standing = this.#standing
      if (standing.state !== "building") return
      const own = leastOf(follower.lanes().map(({ positions }) => positions))
      toSwitch.attempt(standing, own).then((done) => {
        if (!done) return
        reportInfo(`${nameOf(standing)} serves from now on`)
        this.#standing = { ...this.#standing, state: "serving" }
        follower.update(this.#standing)
        follower.announce()
      }, (error) => void this.#fail(error))
    }, SWITCH_MS)
  }

  #moved(time: number | undefined): void {
    if (time === undefined) return
    this.#time = time
    this.#failure = undefined
    this.#failures = 0
  }

  /** Notes a failure; returns how long to rest, in milliseconds. */
  #fail(error: unknown): number {
    const reason = error instanceof Error ? error.message : String(error)
    if (this.#failure !== reason) {
      const what = `${nameOf(this.#standing)} cannot go on`
      if (isFailure(error) && error._tag === "Unavailable") reportWarning(`${what}: ${reason}`)
      else reportError(what, error)
    }
    this.#failure = reason
    return Math.min(50 * 2 ** this.#failures++, RETRY_MS)
  }
}
