/** The feed's memory twin. */
import { type MemoryLog, memorySkips } from "../../wire/internal.ts"
import { type Feed, type FeedMessage, missing } from "./feed.ts"

/** Makes a feed of this log. */
export const memoryFeed = (log: MemoryLog): Feed => ({
  stream: (context) => {
    const { created, messages } = log.stream(context)
    return Promise.resolve({ created, last: messages.length })
  },
  last: (context) => Promise.resolve(log.stream(context).messages.length),
  at: (context, sequence) => {
    const message = log.stream(context).messages[sequence - 1]
    if (message) return Promise.resolve({ ...message, context })
    return Promise.reject(missing(context, sequence))
  },
  skips: memorySkips(log).read,
  open: (after) => {
    const reached = new Map(Object.entries(after))
    let open = true
    let wake = () => {}
    const off = log.onAppend(() => wake())
    const ready = (most: number): FeedMessage[] => {
      const found: FeedMessage[] = []
      for (const [context, sequence] of reached) {
        const more = log.stream(context).messages.slice(sequence, sequence + most - found.length)
        found.push(...more.map((message) => ({ ...message, context })))
        reached.set(context, sequence + more.length)
      }
      return found
    }
    return Promise.resolve({
      next: async (most) => {
        while (open) {
          const found = ready(most)
          if (found.length > 0) return found
          await new Promise<void>((resolve) => wake = resolve)
        }
        return []
      },
      close: () => {
        open = false
        off()
        wake()
      },
    })
  },
})
