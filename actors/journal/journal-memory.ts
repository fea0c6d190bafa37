/** The journal's memory twin. */
import { logSubject, type MemoryLog, memorySkips } from "../../wire/internal.ts"
import { contextOf, Unavailable } from "../../contracts/internal.ts"
import {
  BrokenHistory,
  type Journal,
  type Meter,
  type PlainJournal,
  readCommit,
} from "./journal.ts"
import { SkippingJournal } from "./skipping-journal.ts"

const MAX_COMMIT_BYTES = 1_048_576

/** Makes a journal that keeps its commits in this log. */
export const memoryJournal = (log: MemoryLog): Journal => {
  const commit = (name: string, sequence: number, meter?: Meter) => {
    const { messages } = log.stream(contextOf(name))
    const message = messages[sequence - 1]
    if (message) {
      if (meter) meter.bytes += message.payload.length
      return readCommit(message.payload, sequence)
    }
    const missing = `the commit at ${sequence} of ${contextOf(name)} is missing`
    throw sequence > messages.length
      ? new Unavailable({ message: missing })
      : new BrokenHistory(missing)
  }
  const inner: PlainJournal = {
    append: (name, id, expected, bytes, _timeoutMs, done) => {
      const subject = logSubject(name, id)
      const { stored, sequence } = log.append(contextOf(name), subject, expected, bytes)
      queueMicrotask(() => done(stored ? { type: "stored", sequence } : { type: "conflict" }))
    },
    tail: async (name, id, { meter }) => {
      const sequence = log.stream(contextOf(name)).last.get(logSubject(name, id))
      return sequence === undefined ? undefined : commit(name, sequence, meter)
    },
    from: async (name, id, sequence, meter) => {
      const { messages } = log.stream(contextOf(name))
      const subject = logSubject(name, id)
      for (let at = Math.max(sequence, 1); at <= messages.length; at++) {
        if (messages[at - 1]?.subject === subject) return commit(name, at, meter)
      }
      return undefined
    },
    commits: (name, sequences, meter) =>
      Promise.resolve().then(() => sequences.map((sequence) => commit(name, sequence, meter))),
    readsProve: () => true,
    troubles: () => [],
    warnings: () => Promise.resolve([]),
    watch: () => ({ close: () => {} }),
    maxCommitBytes: () => MAX_COMMIT_BYTES,
  }
  return new SkippingJournal(inner, memorySkips(log))
}
