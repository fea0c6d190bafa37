/** The journal's memory twin. */
import { decodeCommit, logSubject, type MemoryLog } from "../contracts/mod.ts"
import { checkHistory, type Journal } from "./journal.ts"

const MAX_COMMIT_BYTES = 1_048_576

/** Makes a journal that keeps its commits in this log. */
export const memoryJournal = (log: MemoryLog): Journal => {
  const contextOf = (name: string) => name.slice(0, name.indexOf("."))
  return {
    append: (name, id, expected, commit, _timeoutMs, done) => {
      const { stored, sequence } = log.append(
        contextOf(name),
        logSubject(name, id),
        expected,
        commit,
      )
      queueMicrotask(() => done(stored ? { type: "stored", sequence } : { type: "conflict" }))
    },
    load: (name, id) => {
      const subject = logSubject(name, id)
      const stream = log.stream(contextOf(name))
      const commits = stream.messages
        .filter((message) => message.subject === subject)
        .map(({ payload, sequence }) => decodeCommit(payload, sequence))
      checkHistory(name, id, commits)
      return Promise.resolve({ commits, sequence: stream.last.get(subject) ?? 0 })
    },
    last: (name, id) =>
      Promise.resolve(log.stream(contextOf(name)).last.get(logSubject(name, id)) ?? 0),
    maxCommitBytes: () => MAX_COMMIT_BYTES,
  }
}
