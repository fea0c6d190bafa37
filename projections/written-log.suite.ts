/** A log that tests write to and read from, in memory or on a NATS server. */
import assert from "node:assert/strict"
import { provisionStreams } from "../actors/mod.ts"
import {
  type AnyContract,
  encodeCommit,
  logSubject,
  MemoryLog,
  type Message,
  type NatsWire,
  natsWire,
  NO_HEADERS,
  requestOf,
} from "../contracts/mod.ts"
import { type Feed, memoryFeed, natsFeed } from "./mod.ts"

/** What a commit of one event is made of. */
export interface Entry {
  readonly contract: AnyContract
  readonly id: string
  readonly event: Message<"event">
}

/** A log and how to read it. */
export interface WrittenLog {
  readonly feed: Feed
  /** Appends a commit for each entry, in order; resolves when all are stored. */
  readonly write: (entries: readonly Entry[]) => Promise<void>
}

/** Makes commits, each of which says how many events its actor has had before. */
class Commits {
  readonly #bases = new Map<string, number>()

  next({ contract, id, event }: Entry): { readonly subject: string; readonly bytes: Uint8Array } {
    const subject = logSubject(contract.name, id)
    const base = this.#bases.get(subject) ?? 0
    this.#bases.set(subject, base + 1)
    const events = [{ ...contract.codec.plain(event), command: "c", time: 0 }]
    return { subject, bytes: encodeCommit({ base, ancestors: [], events }) }
  }
}

/** One entry for each event of an actor. */
export const entries = (contract: AnyContract, id: string, ...events: Message<"event">[]) =>
  events.map((event): Entry => ({ contract, id, event }))

/** A log in memory, that nothing has been written to. */
export const memoryWrittenLog = (log = new MemoryLog()): WrittenLog => {
  const commits = new Commits()
  return {
    feed: memoryFeed(log),
    write: (all) => {
      for (const entry of all) {
        const { context } = entry.contract
        const { subject, bytes } = commits.next(entry)
        log.append(context, subject, log.stream(context).last.get(subject) ?? 0, bytes)
      }
      return Promise.resolve()
    },
  }
}

/** A log over a wire that is closed by its owner. Makes the streams of these contexts. */
export const natsWrittenLog = async (
  wire: NatsWire,
  contexts: readonly string[],
): Promise<WrittenLog> => {
  await provisionStreams(wire, contexts)
  const commits = new Commits()
  return { feed: natsFeed(wire), write: (all) => writeTo(wire, commits, all) }
}

/** Only the last message is acknowledged: those before it on a connection are stored before it. */
const writeTo = async (wire: NatsWire, commits: Commits, all: readonly Entry[]) => {
  const last = new Map(all.map((entry) => [entry.contract.context, entry]))
  for (const entry of all) {
    const { subject, bytes } = commits.next(entry)
    if (last.get(entry.contract.context) === entry) {
      const reply = await requestOf(wire, subject, bytes, NO_HEADERS, 30_000)
      assert.equal(reply.type, "reply")
    } else wire.publish(subject, bytes)
  }
}

/** A wire that is closed after the test. */
export const wireOf = async (
  scope: { after(work: () => Promise<void>): void },
  url: string,
): Promise<NatsWire> => {
  const wire = await natsWire({ url, name: "test" })
  scope.after(() => wire.close())
  return wire
}
