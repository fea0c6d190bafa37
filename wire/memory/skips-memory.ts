/** Skips in memory, the twin of those over JetStream. */
import { skipsSubject } from "../address.ts"
import { type Skips, SkipsReader } from "../skip.ts"
import type { MemoryLog } from "./log-memory.ts"

/** Reads the skips that a log in memory records. */
export const memorySkips = (log: MemoryLog): Skips =>
  new SkipsReader((context, record) => {
    const { messages, last } = log.stream(context)
    const sequence = last.get(skipsSubject(context, record))
    return Promise.resolve(sequence === undefined ? undefined : messages[sequence - 1])
  })
