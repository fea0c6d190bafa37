/** The subscriptions' memory twin: positions live as long as the object does. */
import { type LogMessage, type MemoryLog, memorySkips } from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"
import { SerialQueues } from "./serial-queues.ts"
import type { Subscriber, Subscriptions } from "./subscription.ts"

/** Makes subscriptions to this log. */
export const memorySubscriptions = (log: MemoryLog): Subscriptions => {
  const positions = new Map<string, number>()
  const handedOut = new Map<string, number>()
  const reading = new Map<string, number>()
  const count = (key: string, by: number) => reading.set(key, (reading.get(key) ?? 0) + by)
  return {
    skips: memorySkips(log).read,
    // A log in memory is never made again.
    madeAt: () => Promise.resolve(""),
    message: (context, sequence) => Promise.resolve(log.stream(context).messages[sequence - 1]),
    isRead: (name, contexts) =>
      Promise.resolve(contexts.some((context) => (reading.get(`${name} ${context}`) ?? 0) > 0)),
    subscribe: ({ name, context, start, handle }: Subscriber) => {
      const key = `${name} ${context}`
      const { messages } = log.stream(context)
      const queues = new SerialQueues()
      const handled = new Set<number>()
      const givenBack = new Set<ReturnType<typeof setTimeout>>()
      let open = true
      count(key, 1)
      let next = positions.get(key) ?? (start === "now" ? messages.length : 0)
      positions.set(key, next)
      const settle = (sequence: number) => {
        handled.add(sequence)
        for (let at = positions.get(key) ?? 0; handled.delete(at + 1); at++) {
          positions.set(key, at + 1)
        }
      }
      const pump = () => {
        for (; open && next < messages.length; next++) {
          const message = messages[next]
          if (message) hand(message)
        }
      }
      const hand = (message: LogMessage) =>
        void queues.add(message.subject, async () => {
          if (!open) return
          const redelivered = message.sequence <= (handedOut.get(key) ?? 0)
          handedOut.set(key, Math.max(message.sequence, handedOut.get(key) ?? 0))
          const done = await handle(redelivered ? { ...message, redelivered } : message)
          if (done === true) return settle(message.sequence)
          if (done === false || !open) return
          const timer = setTimeout(() => {
            givenBack.delete(timer)
            hand(message)
          }, POLICY.backMs)
          givenBack.add(timer)
        })
      const off = log.onAppend((changed) => changed === context && queueMicrotask(pump))
      pump()
      return Promise.resolve({
        close: () => {
          if (open) count(key, -1)
          open = false
          givenBack.forEach((timer) => clearTimeout(timer))
          off()
        },
        lag: () => Promise.resolve(messages.length - (positions.get(key) ?? 0)),
      })
    },
  }
}
