/** The wire's memory twin: subjects and queues within one process, for tests and examples. */
import type { Headers, Incoming, Reply, Serving, Wire } from "./wire.ts"
import { NO_HEADERS } from "./wire.ts"

interface Server {
  readonly pattern: RegExp
  readonly queue: string | undefined
  readonly handler: (message: Incoming) => void
}

const MAX_PAYLOAD = 1_048_576

const patternOf = (subject: string): RegExp =>
  new RegExp(
    `^${subject.replace(/[$.]/g, "\\$&").replaceAll("*", "[^.]+").replace(/>$/, ".+")}$`,
  )

/** Makes a wire that ends at this process. `interrupt` and `resume` play a lost connection. */
export const memoryWire = (): Wire & { interrupt(): void; resume(): void } => {
  const servers = new Set<Server>()
  const waiting = new Set<(reply: Reply) => void>()
  const listeners = new Set<(connected: boolean) => void>()
  let connected = true
  let inboxes = 0
  let turn = 0

  const receivers = (subject: string): Server[] => {
    const matching = [...servers].filter(({ pattern }) => pattern.test(subject))
    const queues = new Map<string, Server[]>()
    const all: Server[] = []
    for (const server of matching) {
      if (server.queue === undefined) all.push(server)
      else queues.set(server.queue, [...queues.get(server.queue) ?? [], server])
    }
    for (const members of queues.values()) {
      const chosen = members[turn++ % members.length]
      if (chosen) all.push(chosen)
    }
    return all
  }

  const deliver = (message: Incoming): number => {
    const chosen = receivers(message.subject)
    for (const { handler } of chosen) queueMicrotask(() => handler(message))
    return chosen.length
  }

  const changeTo = (next: boolean) => {
    connected = next
    for (const listener of listeners) listener(next)
  }

  const request: Wire["request"] = (subject, payload, headers, timeoutMs, done) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const settle = (reply: Reply) => {
      if (!waiting.delete(settle)) return
      clearTimeout(timer)
      queueMicrotask(() => done(reply))
    }
    waiting.add(settle)
    if (!connected) return settle({ type: "disconnected" })
    if (payload.length > MAX_PAYLOAD) return settle({ type: "too-large" })
    const respond = (answer: Uint8Array, answerHeaders: Headers = NO_HEADERS) => {
      if (answer.length <= MAX_PAYLOAD && connected) {
        settle({ type: "reply", payload: answer, headers: answerHeaders })
      }
    }
    const reply = `_INBOX.memory.${inboxes++}`
    const delivered = deliver({ subject, payload, headers, reply, respond })
    if (delivered === 0) return settle({ type: "no-responders" })
    timer = setTimeout(() => settle({ type: "timeout" }), timeoutMs)
  }

  return {
    request,
    publish: (subject, payload, reply = "") => {
      if (!connected) return
      deliver({ subject, payload, headers: NO_HEADERS, reply, respond: () => {} })
    },
    serve: (subject, handler, queue): Serving => {
      const server = { pattern: patternOf(subject), queue, handler }
      servers.add(server)
      return { close: () => servers.delete(server) }
    },
    inbox: () => `_INBOX.memory.${inboxes++}`,
    connected: () => connected,
    maxPayload: () => MAX_PAYLOAD,
    onStatus: (listener): Serving => {
      listeners.add(listener)
      return { close: () => listeners.delete(listener) }
    },
    close: () => {
      servers.clear()
      for (const settle of [...waiting]) settle({ type: "disconnected" })
      return Promise.resolve()
    },
    interrupt: () => {
      changeTo(false)
      for (const settle of [...waiting]) settle({ type: "disconnected" })
    },
    resume: () => changeTo(true),
  }
}
