/** The wire's memory twin: subjects and queues within one process, for tests and examples. */
import { Buffer } from "node:buffer"
import { isInbox } from "../address.ts"
import { encodeHeaders, travelled } from "../header-text.ts"
import { PLAIN_NAMES } from "../format/names.ts"
import { callBack } from "../report.ts"
import {
  type Headers,
  type Incoming,
  NO_HEADERS,
  type Reply,
  type Served,
  type Serving,
  type Wire,
} from "../wire.ts"

/** A wire within this process. */
export interface MemoryWire extends Wire {
  /** Simulates the loss of the connection. */
  readonly interrupt: () => void
  /** Simulates that the connection is back. */
  readonly resume: () => void
}

interface Receiver {
  readonly pattern: RegExp
  readonly queue: string | undefined
  readonly handler: (message: Incoming) => void
}

/** A message that has arrived. As over NATS, its parts are not own properties of the object. */
class MemoryIncoming implements Incoming {
  readonly #parts: Incoming

  constructor(parts: Incoming) {
    this.#parts = parts
  }

  get subject(): string {
    return this.#parts.subject
  }

  get payload(): Uint8Array {
    return this.#parts.payload
  }

  get headers(): Headers {
    return this.#parts.headers
  }

  get reply(): string {
    return this.#parts.reply
  }

  respond(payload: Uint8Array, headers?: Headers): void {
    this.#parts.respond(payload, headers)
  }
}

const MAX_PAYLOAD = 1_048_576

const patternOf = (subject: string): RegExp =>
  new RegExp(
    `^${subject.replace(/[$.]/g, "\\$&").replaceAll("*", "[^.]+").replace(/>$/, ".+")}$`,
  )

const fits = (payload: Uint8Array, headers: Headers): boolean =>
  payload.length + Buffer.byteLength(encodeHeaders(headers)) <= MAX_PAYLOAD

class InProcessWire implements MemoryWire {
  readonly names = PLAIN_NAMES
  readonly #receivers = new Set<Receiver>()
  readonly #waiting = new Map<string, (reply: Reply) => void>()
  readonly #listeners = new Set<(connected: boolean) => void>()
  #connected = true
  #closed = false
  #inboxes = 0
  #refused = 0
  #turn = 0

  request: Wire["request"] = (subject, payload, headers, timeoutMs, done) => {
    const later = (reply: Reply) => queueMicrotask(() => callBack(done, reply, subject))
    if (!this.#connected) return later({ type: "disconnected" })
    if (!fits(payload, headers)) return later({ type: "too-large" })
    const inbox = this.inbox()
    const timer = setTimeout(() => this.#settle(inbox, { type: "timeout" }), timeoutMs)
    this.#waiting.set(inbox, (reply) => {
      clearTimeout(timer)
      later(reply)
    })
    const receivers = this.#send(subject, payload, headers, inbox)
    if (receivers === 0) this.#settle(inbox, { type: "no-responders" })
  }

  publish: Wire["publish"] = (subject, payload, reply = "") => {
    if (this.#connected && fits(payload, NO_HEADERS)) {
      this.#send(subject, payload, NO_HEADERS, reply)
    }
  }

  serve: Wire["serve"] = (subject, handler, queue): Served => {
    const receiver = { pattern: patternOf(subject), queue, handler }
    this.#receivers.add(receiver)
    const close = () => void this.#receivers.delete(receiver)
    return {
      close,
      drain: () => {
        close()
        // Microtasks keep their order, so messages that were sent before are handed over first.
        return Promise.resolve()
      },
    }
  }

  inbox = () => `_INBOX.memory.${this.#inboxes++}`

  connected = () => this.#connected

  closed = () => this.#closed

  refusedReplies = () => this.#refused

  maxPayload = () => MAX_PAYLOAD

  onStatus: Wire["onStatus"] = (listener): Serving => {
    this.#listeners.add(listener)
    return { close: () => this.#listeners.delete(listener) }
  }

  close = () => {
    this.#closed = true
    this.#receivers.clear()
    this.interrupt()
    return Promise.resolve()
  }

  interrupt = () => {
    this.#changeTo(false)
    for (const inbox of [...this.#waiting.keys()]) this.#settle(inbox, { type: "disconnected" })
  }

  resume = () => this.#changeTo(!this.#closed)

  #send(subject: string, payload: Uint8Array, given: Headers, reply: string): number {
    const headers = travelled(given)
    if (this.#waiting.has(subject)) {
      this.#settle(subject, { type: "reply", payload, headers })
      return 1
    }
    const respond = (answer: Uint8Array, answerHeaders: Headers = NO_HEADERS) => {
      if (!this.#connected || reply === "") return
      if (!isInbox(reply)) return void this.#refused++
      if (!fits(answer, answerHeaders)) return
      this.#send(reply, answer, answerHeaders, "")
    }
    const message = new MemoryIncoming({ subject, payload, headers, reply, respond })
    const chosen = this.#receiversOf(subject)
    for (const { handler } of chosen) queueMicrotask(() => callBack(handler, message, subject))
    return chosen.length
  }

  /** Every subscription without a queue, and one of each queue in turn. */
  #receiversOf(subject: string): Receiver[] {
    const matching = [...this.#receivers].filter(({ pattern }) => pattern.test(subject))
    const chosen = matching.filter(({ queue }) => queue === undefined)
    for (const queue of new Set(matching.map((receiver) => receiver.queue))) {
      if (queue === undefined) continue
      const members = matching.filter((receiver) => receiver.queue === queue)
      const member = members[this.#turn++ % members.length]
      if (member) chosen.push(member)
    }
    return chosen
  }

  #settle(inbox: string, reply: Reply): void {
    const settle = this.#waiting.get(inbox)
    this.#waiting.delete(inbox)
    settle?.(reply)
  }

  #changeTo(connected: boolean): void {
    if (this.#connected === connected) return
    this.#connected = connected
    for (const listener of this.#listeners) callBack(listener, connected, "a status listener")
  }
}

/** Makes a wire within this process. */
export const memoryWire = (): MemoryWire => new InProcessWire()
