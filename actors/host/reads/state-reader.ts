/** Reads the states of actors, now or in the past, from kept states and the rest of the log. */
import { ANCESTORS, type StoredCommit } from "../../../wire/internal.ts"
import { NotFound, positionOf, TooLarge } from "../../../contracts/internal.ts"
import { type ActorLog, holds } from "./actor-log.ts"
import type { AnyActor } from "../../actor.ts"
import { CommitSearch } from "./commit-search.ts"
import { endOf } from "../history.ts"
import { READS } from "../../limits.ts"
import type { FoldedState, RecentStates } from "./recent-states.ts"
import { evolved, type Resident } from "../resident.ts"
import { decodeSnapshot } from "../snapshot.ts"
import type { Snapshots } from "../../journal/snapshots.ts"
import { stretch } from "./stretch.ts"

/** What is known of an actor in addition to its log. */
export interface Known {
  readonly snapshots: Snapshots
  readonly recent: RecentStates
  /** The actor in memory, if it is there. */
  readonly resident: Resident | undefined
}

/** Which state is wanted; the last one by default. */
export interface Wanted {
  /** How many events the state is folded from. */
  readonly version?: number | undefined
  /** Only events before the first one later than this time count; in milliseconds since 1970. */
  readonly at?: number | undefined
}

/** A state, and its place in the log. */
export interface StateAt extends FoldedState {
  /** The position of its last event; absent for a state before the first event. */
  readonly position?: string
  /** When that event happened, in milliseconds since 1970. */
  readonly time?: number
}

const foldedOf = ({ state, version, latest }: FoldedState): FoldedState => ({
  state,
  version,
  latest,
})

const LATEST = Number.POSITIVE_INFINITY

/** Reads states of one actor for one question. */
export class StateReader {
  readonly #actor: AnyActor
  readonly #log: ActorLog
  readonly #known: Known

  constructor(actor: AnyActor, log: ActorLog, known: Known) {
    this.#actor = actor
    this.#log = log
    this.#known = known
  }

  /** Reads a state. Rejects with `NotFound` for a missing version, `TooLarge` past a limit. */
  async read({ version, at = LATEST }: Wanted): Promise<StateAt> {
    const { name, id } = this.#log
    const tail = await this.#tail()
    const last = tail ? endOf(tail) : 0
    if (!tail || last === 0) throw new NotFound({ message: `${name} ${id} has no events` })
    if (version !== undefined && version > last) {
      throw new NotFound({ message: `${name} ${id} is at version ${last}, not ${version}` })
    }
    const isPast = at !== LATEST || (version ?? last) < last
    const to = version ?? last
    const from = await this.#nearest(tail, to, at)
    if (at === LATEST && isPast && to - from.version > READS.pastEvents) {
      throw this.#tooMany(from.version, last)
    }
    return await this.#fold(new CommitSearch(this.#log, tail), from, { to, at, isPast, last })
  }

  /** The last commit. The actor in memory can know of a later one than the leader that was read. */
  async #tail(): Promise<StoredCommit | undefined> {
    const tail = await this.#log.tail()
    const sequence = this.#known.resident?.sequence ?? 0
    return sequence > (tail?.sequence ?? 0) ? await this.#log.commit(sequence) : tail
  }

  /** The latest known state that is not past a version and a time. */
  async #nearest(tail: StoredCommit, to: number, at: number): Promise<FoldedState> {
    const { resident, recent } = this.#known
    const none: FoldedState = { state: this.#actor.initial, version: 0, latest: -Infinity }
    const better = (one: FoldedState, other: FoldedState | undefined): FoldedState =>
      other && other.version <= to && other.latest <= at && other.version > one.version
        ? other
        : one
    // The actor in memory moves on while the log is read.
    const now = resident && foldedOf(resident)
    const found = better(better(none, now), recent.get(this.#key))
    if (to - found.version <= ANCESTORS || tail.ancestors.length < ANCESTORS) return found
    return better(found, await this.#snapshot())
  }

  get #key(): string {
    return `${this.#log.name} ${this.#log.id}`
  }

  /** The snapshot, if it is of this very log. */
  async #snapshot(): Promise<FoldedState | undefined> {
    const { name, id } = this.#log
    const bytes = this.#actor.state && await this.#known.snapshots.read(name, id)
    const resident = bytes && decodeSnapshot(this.#actor, bytes)?.resident
    if (!resident) return undefined
    const commit = await this.#log.from(resident.sequence)
    const isOurs = commit?.sequence === resident.sequence && endOf(commit) === resident.version
    return isOurs ? resident : undefined
  }

  async #fold(
    search: CommitSearch,
    from: FoldedState,
    { to, at, isPast, last }: { to: number; at: number; isPast: boolean; last: number },
  ): Promise<StateAt> {
    let { state, version, latest } = from
    let place: StoredCommit | undefined
    reading: for await (const commits of stretch(this.#log, search, from.version, to)) {
      for (const commit of commits) {
        const end = Math.min(endOf(commit), to)
        while (version < end) {
          const stored = commit.events[version - commit.base]!
          if (stored.time > at) break reading
          if (isPast && version - from.version >= READS.pastEvents) {
            throw this.#tooMany(from.version, last)
          }
          if (!commit.skipped) state = evolved(this.#actor, state, stored, commit.sequence)
          latest = Math.max(latest, stored.time)
          place = commit
          version++
        }
      }
    }
    const folded = { state, version, latest }
    const isLong = version - from.version > READS.keptAfter
    if (isLong && !isPast) this.#known.recent.keep(this.#key, folded)
    if (version === 0) return folded
    const held = place && holds(place, version) ? place : await search.at(version)
    const { time } = held.events[version - held.base - 1]!
    return { ...folded, position: positionOf(this.#actor.contract.context, held.sequence), time }
  }

  #tooMany(from: number, last: number): TooLarge {
    const { name, id } = this.#log
    const message = `a past state of ${name} ${id} is folded from at most ` +
      `${READS.pastEvents} events, and this one needs more from version ${from} on: ask for a ` +
      `version up to ${from + READS.pastEvents}, for the state at version ${last}, or for pages ` +
      "of its history"
    return new TooLarge({ message })
  }
}
