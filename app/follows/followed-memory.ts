/** The logs of other applications in memory: a test says what has happened there. */
import type { AnyContract, EventOf } from "../../contracts/internal.ts"
import {
  checkId,
  encodeCommit,
  logSubject,
  type MemoryLog,
  nextAncestors,
  type StoredEvent,
} from "../../wire/internal.ts"

/** An application: its name, and the contracts that it follows. */
interface Follower {
  readonly name: string
  readonly follows: readonly AnyContract[]
}

/** What has been written of one actor of another application. */
interface Written {
  readonly sequence: number
  readonly events: number
  readonly ancestors: readonly number[]
}

const NOTHING: Written = { sequence: 0, events: 0, ancestors: [] }

/** Writes what happens in applications that another one follows. */
export class FollowedInMemory {
  readonly #app: Follower
  readonly #log: MemoryLog
  readonly #now: () => number
  readonly #written = new Map<string, Written>()

  constructor(app: Follower, log: MemoryLog, now: () => number) {
    this.#app = app
    this.#log = log
    this.#now = now
  }

  /**
   * Writes events of an actor as one commit. Returns their position. Throws `TypeError` for a
   * contract that the application does not follow, and `Invalid` for fields that do not fit.
   */
  write<K extends AnyContract>(contract: K, id: string, events: readonly EventOf<K>[]): string {
    const { name, context, codec } = contract
    if (!this.#app.follows.some((followed) => followed.name === name)) {
      throw new TypeError(
        `${this.#app.name} does not follow ${name}: an event of its own comes of a command`,
      )
    }
    if (events.length === 0) throw new TypeError(`say which events have happened to ${name} ${id}`)
    const subject = logSubject(name, checkId(id))
    const { sequence: last, events: base, ancestors } = this.#written.get(subject) ?? NOTHING
    const [command, time] = [`happened-${subject}-${base}`, this.#now()]
    const stored = events.map((event): StoredEvent => {
      const { type, schema, data } = codec.plain(event)
      return { type, schema, data, command, time }
    })
    const own = last === 0 ? [] : nextAncestors(ancestors, last)
    const bytes = encodeCommit({ base, ancestors: own, events: stored }, contract)
    const { sequence } = this.#log.append(context, subject, last, bytes)
    this.#written.set(subject, { sequence, events: base + events.length, ancestors: own })
    return `${context}:${sequence}`
  }
}
