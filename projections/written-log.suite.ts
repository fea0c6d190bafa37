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

const commitOf = ({ contract, event }: Entry): Uint8Array =>
  encodeCommit({
    base: 0,
    ancestors: [],
    events: [{ ...contract.codec.plain(event), command: "c", time: 0 }],
  })

/** One entry for each event of an actor. */
export const entries = (contract: AnyContract, id: string, ...events: Message<"event">[]) =>
  events.map((event): Entry => ({ contract, id, event }))

/** A log in memory. */
export const memoryWrittenLog = (log = new MemoryLog()): WrittenLog => ({
  feed: memoryFeed(log),
  write: (all) => {
    for (const entry of all) {
      const { contract: { name, context }, id } = entry
      const subject = logSubject(name, id)
      const last = log.stream(context).last.get(subject) ?? 0
      log.append(context, subject, last, commitOf(entry))
    }
    return Promise.resolve()
  },
})

/** A log over a wire that is closed by its owner. Makes the streams of these contexts. */
export const natsWrittenLog = async (
  wire: NatsWire,
  contexts: readonly string[],
): Promise<WrittenLog> => {
  await provisionStreams(wire, contexts)
  return { feed: natsFeed(wire), write: (all) => writeTo(wire, all) }
}

/** Only the last message is acknowledged: those before it on a connection are stored before it. */
const writeTo = async (wire: NatsWire, all: readonly Entry[]) => {
  const last = new Map(all.map((entry) => [entry.contract.context, entry]))
  for (const entry of all) {
    const { contract: { name, context }, id } = entry
    const subject = logSubject(name, id)
    if (last.get(context) === entry) {
      const reply = await requestOf(wire, subject, commitOf(entry), NO_HEADERS, 30_000)
      assert.equal(reply.type, "reply")
    } else wire.publish(subject, commitOf(entry))
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
