/** Mutations: ports with one mistake each, to test the checker. */
import type { Journal } from "../../actors/internal.ts"
import { decodeCommit, logSubject, type MemoryLog, type StoredCommit } from "../../wire/internal.ts"
import { Unavailable } from "../../contracts/internal.ts"
import type { Store } from "../../projections/internal.ts"

const contextOf = (name: string): string => name.slice(0, name.indexOf("."))

/** Answers that a commit is stored before trying to store it. */
export const ackBeforeAppend = (journal: Journal, log: MemoryLog): Journal => ({
  ...journal,
  append: (name, id, expected, commit, timeoutMs, done) => {
    const sequence = log.stream(contextOf(name)).messages.length + 1
    queueMicrotask(() => done({ type: "stored", sequence }))
    setImmediate(() => journal.append(name, id, expected, commit, timeoutMs, () => {}))
  },
})

/** Stores a commit without checking what it follows. */
export const noExpectation = (journal: Journal, log: MemoryLog): Journal => ({
  ...journal,
  append: (name, id, _expected, commit, timeoutMs, done) => {
    const last = log.stream(contextOf(name)).last.get(logSubject(name, id)) ?? 0
    journal.append(name, id, last, commit, timeoutMs, done)
  },
})

/** Trusts what this host knows, until an append fails. */
export const noFreshnessCheck = (journal: Journal): Journal => {
  const known = new Map<string, StoredCommit>()
  return {
    ...journal,
    append: (name, id, expected, commit, timeoutMs, done) =>
      journal.append(name, id, expected, commit, timeoutMs, (appended) => {
        const key = `${name}.${id}`
        if (appended.type === "stored") known.set(key, decodeCommit(commit, appended.sequence))
        else known.delete(key)
        done(appended)
      }),
    tail: async (name, id, options) => {
      const key = `${name}.${id}`
      const found = known.get(key) ?? await journal.tail(name, id, options)
      if (found) known.set(key, found)
      return found
    },
  }
}

/** One of this many saves. */
const EVERY = 40

const lost = () => new Unavailable({ message: "the connection is lost" })

/** A store whose connection is sometimes lost just after a successful save. */
export const lossyStore = (store: Store): Store => {
  let saves = 0
  return {
    ...store,
    save: async (...given) => {
      const saved = await store.save(...given)
      if (++saves % EVERY === 0) throw lost()
      return saved
    },
  }
}

/** The same, but rows and checkpoint are saved one after the other, and the loss is in between. */
export const checkpointApart = (store: Store): Store => {
  let saves = 0
  return {
    ...store,
    save: async (generation, changes, before, after) => {
      const { positions, created, ahead } = before
      const revision = await store.save(generation, changes, before, { positions, created, ahead })
      if (revision === undefined) return undefined
      if (++saves % EVERY === 0) throw lost()
      const nothing = { upserts: [], deletes: [], parked: [] }
      return await store.save(generation, nothing, { ...before, revision }, after)
    },
  }
}
