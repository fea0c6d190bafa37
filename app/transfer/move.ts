/** Moves the events of a kind of actor to the log of its new name. */
import { type Journal, natsJournal } from "../../actors/internal.ts"
import { type AnyContract, contextOf, StoredProtobuf } from "../../contracts/internal.ts"
import {
  commandSubject,
  encodeCommit,
  encodeText,
  type NatsWire,
  nextAncestors,
  NO_HEADERS,
  pause,
  requestOf,
  type StoredCommit,
} from "../../wire/internal.ts"
import { actorIds } from "./actor-ids.ts"
import { MOVE } from "./limits.ts"
import { isMark, MARK_ID, markOf, type MovedContract } from "./move-mark.ts"

/** Why a move stops. What was copied stays, and another run goes on behind it. */
class MoveStopped extends Error {
  override readonly name = "MoveStopped"
}

/** An actor that cannot be moved, and why. */
export interface NotMoved {
  readonly id: string
  readonly problem: string
}

/** The result of a move. */
export interface Moved {
  /** Actors that were moved by this run, with how many events; and those moved before. */
  readonly actors: number
  readonly events: number
  readonly present: number
  /** The first actors that cannot be moved, and how many there are. */
  readonly refused: readonly NotMoved[]
  readonly refusedCount: number
}

/** How a move is watched. */
export interface MoveOptions {
  readonly progress: (progress: { readonly done: number; readonly of: number }) => void
  readonly signal?: AbortSignal
}

/** Something that only a person can solve, of one actor. */
class Refused extends Error {}

const versionOf = (commit: StoredCommit | undefined): number =>
  commit ? commit.base + commit.events.length : 0

/** Whether two commits hold the same events, wherever they stand. */
const isSame = (one: StoredCommit, other: StoredCommit): boolean =>
  one.base === other.base && one.events.length === other.events.length &&
  one.events.every(({ type, schema, command, time }, at) => {
    const twin = other.events[at]!
    return type === twin.type && schema === twin.schema && command === twin.command &&
      time === twin.time
  })

/** Moves one actor after another. */
class Moving {
  readonly #journal: Journal
  readonly #contract: MovedContract
  actors = 0
  events = 0
  present = 0
  readonly refused: NotMoved[] = []
  refusedCount = 0

  constructor(journal: Journal, contract: MovedContract) {
    this.#journal = journal
    this.#contract = contract
  }

  async actor(id: string): Promise<void> {
    try {
      const events = await this.#move(id)
      if (events === 0) this.present++
      else this.actors++
      this.events += events
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      this.refusedCount++
      if (this.refused.length < MOVE.named) this.refused.push({ id, problem: error.message })
    }
  }

  /** Writes that all actors were moved. */
  async finish(): Promise<void> {
    const { was } = this.#contract
    const last = await this.#journal.tail(was, MARK_ID, { fresh: true })
    if (!last) await this.#append(was, MARK_ID, undefined, markOf(this.#contract, undefined))
  }

  /** Moves one actor; resolves to how many events were copied. */
  async #move(id: string): Promise<number> {
    const { was, name } = this.#contract
    if (this.#journal.skipped(was, id).length > 0) {
      throw new Refused("a message of its log is stepped over, which a copy could not say")
    }
    const end = await this.#closed(id)
    if (!end) return 0
    let last = await this.#journal.tail(name, id, { fresh: true })
    const begun = versionOf(last)
    if (last) await this.#checkBegun(id, last, end)
    for (let at = 0; at < end.sequence && versionOf(last) < end.base;) {
      const commit = await this.#journal.from(was, id, at + 1)
      if (!commit) throw new MoveStopped("the replica that was read is behind: move again")
      at = commit.sequence
      if (commit.events.length === 0 || versionOf(commit) <= versionOf(last)) continue
      if (commit.base !== versionOf(last)) {
        throw new Refused(`event ${versionOf(last) + 1} of ${was} ${id} is missing in its log`)
      }
      last = await this.#append(name, id, last, commit)
    }
    return Math.max(0, end.base - begun)
  }

  /** The last message of the old log, behind which nothing is decided any longer. */
  async #closed(id: string): Promise<StoredCommit | undefined> {
    const { was, name } = this.#contract
    const last = await this.#journal.tail(was, id, { fresh: true })
    if (!last) return undefined
    const to = isMark(last)
    if (to === undefined) return await this.#append(was, id, last, markOf(this.#contract, last))
    if (to === name) return last
    throw new Refused(`it was moved to ${to} before`)
  }

  /** Throws unless the new log holds what was copied, and then perhaps what came after a move. */
  async #checkBegun(id: string, last: StoredCommit, end: StoredCommit): Promise<void> {
    const { was, name } = this.#contract
    const own = new Refused(`${name} ${id} has events of its own, so two pasts would be mixed`)
    const copies = await Promise.all(
      [name, was].map((each) => this.#journal.from(each, id, 1)),
    )
    const [copy, first] = copies
    if (!copy || !first) throw new MoveStopped("the replica that was read is behind: move again")
    if (!isSame(copy, first)) throw own
    if (versionOf(last) >= end.base) return
    for (let at = 0;;) {
      const commit = await this.#journal.from(was, id, at + 1)
      if (!commit || commit.base > last.base) throw own
      if (commit.base === last.base && commit.events.length > 0) {
        if (isSame(commit, last)) return
        throw own
      }
      at = commit.sequence
    }
  }

  /** Appends a copy of a commit. Another writer, and an outcome that stays unknown, stop it. */
  async #append(
    name: string,
    id: string,
    last: StoredCommit | undefined,
    { base, events: all }: Pick<StoredCommit, "base" | "events">,
  ): Promise<StoredCommit> {
    const ancestors = last ? nextAncestors(last.ancestors, last.sequence) : []
    // Policies have had these events already, under the old name.
    const events = all.map((event) => ({ ...event, imported: true as const }))
    const bytes = this.#encoded({ base, ancestors, events })
    for (let tries = 0; tries < MOVE.tries; tries++) {
      if (tries > 0) await pause(MOVE.pauseMs)
      const appended = await this.#tried(name, id, last?.sequence ?? 0, bytes)
      if (typeof appended === "number") return { base, ancestors, events, sequence: appended }
      const now = await this.#journal.tail(name, id, { fresh: true })
      if (now && isSame(now, { base, ancestors, events, sequence: 0 })) return now
      if (now?.sequence !== last?.sequence) {
        throw new MoveStopped(`others write to ${name} ${id}: stop the nodes, and move again`)
      }
    }
    throw new MoveStopped(`the log of ${name} takes no commit: move again`)
  }

  #encoded(commit: Parameters<typeof encodeCommit>[0]): Uint8Array {
    const { name, codec } = this.#contract
    // Fields that only a newer release knows have no other form.
    const isProtobuf = commit.events.some(({ data }) => data instanceof StoredProtobuf)
    if (isProtobuf && !codec.protobuf) {
      throw new Refused(`its events are stored as Protobuf, and ${name} has no numbers`)
    }
    const contract = isProtobuf
      ? { ...this.#contract, stored: "protobuf" as const }
      : this.#contract
    return encodeCommit(commit, contract)
  }

  /** The sequence under which a commit was stored; undefined if it may not be. */
  #tried(
    name: string,
    id: string,
    after: number,
    bytes: Uint8Array,
  ): Promise<number | undefined> {
    return new Promise((resolve, reject) =>
      this.#journal.append(name, id, after, bytes, MOVE.timeoutMs, (appended) => {
        if (appended.type === "stored") return resolve(appended.sequence)
        if (appended.type !== "refused") return resolve(undefined)
        reject(new MoveStopped(`the log of ${name}: ${appended.reason}`))
      })
    )
  }
}

/** Throws `MoveStopped` while a node decides for these actors. */
const checkIdle = async (wire: NatsWire, names: readonly string[]): Promise<void> => {
  for (const name of names) {
    const subject = commandSubject(name, MARK_ID, "LeftfoldAsksWhoIsThere")
    const reply = await requestOf(wire, subject, encodeText("{}"), NO_HEADERS, MOVE.timeoutMs)
    if (reply.type === "no-responders") continue
    throw new MoveStopped(
      `nodes still decide for ${name}: stop all that run its actors, move, and then start those ` +
        "of the new release",
    )
  }
}

/**
 * Moves all events of a kind of actor from the log of its old name. What is there already is left
 * out, so a move that was stopped or killed is run again. Rejects with `MoveStopped` or a failure.
 */
export const moveActors = async (
  wire: NatsWire,
  contract: AnyContract & { readonly was: string },
  { progress, signal }: MoveOptions,
): Promise<Moved> => {
  const { was, name } = contract
  await checkIdle(wire, [was, name])
  const journal = natsJournal(wire)
  await journal.learnSkips(was)
  await journal.learnSkips(name)
  const moving = new Moving(journal, contract)
  let slices = 0
  for await (const page of actorIds(wire, { context: contextOf(was), name: was })) {
    const ids = page.map(({ id }) => id).filter((id) => id !== MARK_ID).values()
    const worker = async () => {
      for (const id of ids) {
        signal?.throwIfAborted()
        await moving.actor(id)
      }
    }
    await Promise.all(Array.from({ length: MOVE.actors }, worker))
    progress({ done: ++slices, of: MOVE.slices })
  }
  if (moving.refusedCount === 0) await moving.finish()
  const { actors, events, present, refused, refusedCount } = moving
  return { actors, events, present, refused, refusedCount }
}
