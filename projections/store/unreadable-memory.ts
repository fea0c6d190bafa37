/** The memory twin that keeps unreadable messages. */
import { positionOf } from "../../contracts/internal.ts"
import type { NotedMessage, Unreadables } from "./unreadable.ts"

/** Keeps them as long as the object lives. */
export const memoryUnreadables = (): Unreadables => {
  const noted = new Map<string, NotedMessage>()
  return {
    noteUnreadable: (messages) => {
      for (const message of messages) {
        const place = positionOf(message.context, message.sequence)
        if (!noted.has(place)) {
          noted.set(place, { ...message, notedAt: new Date() })
        }
      }
      return Promise.resolve()
    },
    noteSkipped: (skips) => {
      for (const { context, sequence, by, reason, time } of skips) {
        const place = positionOf(context, sequence)
        const found = noted.get(place)
        if (found) {
          noted.set(place, { ...found, skipped: { by, reason, at: new Date(time) } })
        }
      }
      return Promise.resolve()
    },
    unreadable: (contexts, most) => {
      const found = [...noted.values()].filter((each) => contexts.includes(each.context))
      const inOrder = found.sort((one, other) =>
        one.context < other.context
          ? -1
          : one.context > other.context
          ? 1
          : one.sequence - other.sequence
      )
      return Promise.resolve(inOrder.slice(0, most))
    },
    unreadableCounts: () => {
      const counts = new Map<string, number>()
      for (const { context, skipped } of noted.values()) {
        if (!skipped) counts.set(context, (counts.get(context) ?? 0) + 1)
      }
      return Promise.resolve(counts)
    },
  }
}
