/** The memory twin of skips. */
import { skipsSubject } from "../address.ts"
import { type Skips, SkipsReader } from "../skip.ts"
import type { MemoryLog } from "./log-memory.ts"

/** Reads which messages of a log are stepped over. */
export const memorySkips = (log: MemoryLog): Skips =>
  new SkipsReader((context, record) => {
    const { messages, last } = log.stream(context)
    const sequence = last.get(skipsSubject(context, record))
    return Promise.resolve(sequence === undefined ? undefined : messages[sequence - 1])
  })
