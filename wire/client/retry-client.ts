/**
 * The retry client: brings a command to an actor, tries again and elsewhere without an answer, and
 * gives up at the caller's deadline. Every try has the same command id, so that it acts once.
 */
import { commandSubject, ownedSubject } from "../address.ts"
import { decodeOwn, formatOfType, isMap, sniffFormat } from "../codec.ts"
import { asRetry, HEADER } from "../envelope.ts"
import { contextOf, isFailure, retryOf } from "../../contracts/internal.ts"
import { Liveness } from "./liveness.ts"
import type { Routes } from "./routes.ts"
import { findInstance } from "../service.ts"
import type { Headers, Reply, Wire } from "../wire.ts"
import { LIVENESS, RETRY, type RetryPolicy } from "../limits.ts"

/** How a retry client works. */
export interface RetryClientOptions {
  /** Which node to send to; without it every command is sent to any node. */
  readonly routes?: Routes | undefined
  /** When to try again; `false` tries once. */
  readonly retry?: Partial<RetryPolicy> | false | undefined
}

/** The owner, the next node after it, and any node that answers first. */
const RANKS = 3

const SILENCE: Reply = { type: "timeout" }

const ONCE: RetryPolicy = { ...RETRY, tries: 1 }

/** A command on its way. */
class PendingCommand {
  readonly name: string
  readonly id: string
  readonly type: string
  readonly payload: Uint8Array
  readonly headers: Headers
  /** When the caller stops waiting, in milliseconds since 1970. */
  readonly deadline: number
  readonly done: (reply: Reply) => void
  readonly trusted: boolean
  /** The node of the last try; nothing when it went to any. */
  node: string | undefined
  /** The node that all tries went to, in their order; nothing when they went to several. */
  only: string | undefined
  /** When the last try was made, in milliseconds since 1970, and how long it is waited for. */
  since = 0
  patienceMs = 0
  /** How far down the line of nodes the last try went. */
  rank = 0
  /** How many tries were made, and how many of them may yet be answered. */
  tries = 0
  open = 0
  /** How many tries somebody may have heard. */
  heard = 0
  /** How often there was nobody to answer, or only somebody who cannot now. */
  retryable = 0
  settled = false

  constructor(
    name: string,
    id: string,
    type: string,
    payload: Uint8Array,
    headers: Headers,
    deadline: number,
    done: (reply: Reply) => void,
    trusted: boolean,
  ) {
    this.name = name
    this.id = id
    this.type = type
    this.payload = payload
    this.headers = headers
    this.deadline = deadline
    this.done = done
    this.trusted = trusted
  }
}

type Answered = Extract<Reply, { type: "reply" }>

/** An outage that says to come back after so long is told to the caller at once, in ms. */
const LASTING_MS = 5_000

/** Whether this answer only says that somebody cannot answer now. A rejection has another code. */
const isRetryable = ({ headers }: Answered, policy: RetryPolicy) => {
  const title = headers[HEADER.error]
  if (title === undefined || headers[HEADER.errorCode] !== "503") return false
  const retry = retryOf(title)
  return retry === "elsewhere" || (policy.overloaded && retry === "later")
}

/**
 * Whether a try that ended like this may be stored later than one that is sent to the same node
 * after it: it was given up there, or was sent over a connection that is lost.
 */
const mayLinger = (reply: Reply): boolean =>
  reply.type === "disconnected" ||
  reply.type === "reply" && (reply.headers[HEADER.errorCode]?.startsWith("5") ?? false)

/** What an answer says; undefined where it cannot be read. */
const plainOf = ({ payload, headers }: Answered): unknown => {
  const type = headers[HEADER.contentType]
  try {
    return decodeOwn(type === undefined ? sniffFormat(payload) : formatOfType(type), payload)
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}

/** Whether an answer says that it will be the same for longer than callers wait. */
const isLasting = (reply: Answered): boolean => {
  const plain = plainOf(reply)
  return isMap(plain) && Number(plain.retryAfterMs) >= LASTING_MS
}

/** Whether this answer says that something was stored, which no other try can contradict. */
const isStored = (reply: Answered): boolean => {
  if (reply.headers[HEADER.error] !== undefined) return false
  const plain = plainOf(reply)
  return isMap(plain) && plain.events !== 0
}

/** Brings commands to actors, for one client. */
export class RetryClient {
  readonly #wire: Wire
  readonly #routes: Routes | undefined
  readonly #liveness: Liveness | undefined
  readonly #policy: RetryPolicy
  /** In the order of their last tries. */
  readonly #waiting = new Set<PendingCommand>()
  #sweeper: ReturnType<typeof setInterval> | undefined

  constructor(wire: Wire, { routes, retry }: RetryClientOptions = {}) {
    this.#wire = wire
    this.#routes = routes
    this.#liveness = routes && new Liveness(wire, routes)
    this.#policy = retry === false ? ONCE : { ...RETRY, ...retry }
    routes?.onLost((node) => this.#lost(node))
  }

  /**
   * Sends a command; `done` is called once, never from within this call. The reply is the last
   * one when none was better. Headers must have a command id. NATS lets only policies and timers
   * send a `trusted` one.
   */
  send(
    name: string,
    id: string,
    type: string,
    payload: Uint8Array,
    headers: Headers,
    timeoutMs: number,
    done: (reply: Reply) => void,
    trusted = false,
  ): void {
    const now = Date.now()
    const deadline = now + timeoutMs
    this.#try(new PendingCommand(name, id, type, payload, headers, deadline, done, trusted), now)
  }

  #try(pending: PendingCommand, now: number, found?: string): void {
    const { name, id, type, payload, headers, deadline, rank, trusted } = pending
    const node = found ?? this.#routes?.nodeOf(name, id, rank)
    const subject = node === undefined
      ? commandSubject(name, id, type, trusted)
      : ownedSubject(node, name, id, type, trusted)
    pending.node = node
    pending.since = now
    pending.patienceMs = node === undefined
      ? Math.min(this.#policy.patienceMs, this.#policy.anyPatienceMs * 2 ** pending.tries)
      : this.#policy.patienceMs
    const same = node !== undefined && pending.only === node
    // If others may have heard of a command, its refusal must be written. A node that was asked
    // alone has all earlier attempts before this one.
    const retry = pending.heard > 0 && !same
    pending.only = same || pending.tries === 0 ? node : undefined
    pending.tries++
    const tries = pending.tries
    pending.open++
    pending.heard++
    this.#waiting.delete(pending)
    this.#waiting.add(pending)
    this.#sweeper ??= setInterval(() => this.#sweep(), LIVENESS.everyMs)
    this.#wire.request(
      subject,
      payload,
      retry ? asRetry(headers) : headers,
      deadline - now,
      (reply) => this.#replied(pending, node, retry, tries, reply),
    )
  }

  #replied(
    pending: PendingCommand,
    node: string | undefined,
    retry: boolean,
    tries: number,
    reply: Reply,
  ): void {
    pending.open--
    if (reply.type === "no-responders") pending.heard--
    if (pending.settled) return
    if (mayLinger(reply)) pending.only = undefined
    const last = pending.only !== undefined && tries === pending.tries
    if (reply.type === "reply") return this.#answered(pending, retry || last, reply)
    if (reply.type === "no-responders" && node !== undefined && this.#routes) {
      // All that wait for this node are sent elsewhere, this one among them.
      this.#routes.lose(node)
      if (pending.node === node) this.#pause(pending, reply)
      return
    }
    if (reply.type === "no-responders" || reply.type === "disconnected") {
      return this.#pause(pending, reply)
    }
    if (pending.open === 0 || reply.type === "too-large") this.#settle(pending, reply)
  }

  /** A reply is `final` when it holds for all tries. */
  #answered(pending: PendingCommand, final: boolean, reply: Answered): void {
    if (isRetryable(reply, this.#policy)) {
      // Nothing is gained by asking again for as long as the caller waits.
      if (pending.open === 0 && isLasting(reply)) return this.#settle(pending, reply)
      return this.#pause(pending, reply)
    }
    // An earlier try was refused, not knowing of the later ones, which may yet be accepted.
    if (final || pending.heard === 1 || isStored(reply)) return this.#settle(pending, reply)
    if (pending.open === 0) this.#pause(pending, SILENCE)
  }

  #settle(pending: PendingCommand, reply: Reply): void {
    pending.settled = true
    this.#waiting.delete(pending)
    pending.done(reply)
  }

  /** Tries at once if that is allowed; otherwise this reply is the last word. */
  #again(pending: PendingCommand, reply: Reply, found?: string): void {
    if (pending.settled) return
    const now = Date.now()
    if (now < pending.deadline && pending.tries < this.#policy.tries) this.#try(pending, now, found)
    else if (pending.open === 0) this.#settle(pending, reply)
  }

  /** Tries a little later: a pause by chance, and a longer one each time. */
  #pause(pending: PendingCommand, reply: Reply): void {
    const { pauseMs, longestPauseMs } = this.#policy
    const most = Math.min(longestPauseMs, pauseMs * 2 ** pending.retryable++)
    const wait = most * (0.5 + Math.random() / 2)
    // Until then nobody is waited for, so nobody is given up either.
    pending.node = undefined
    if (pending.tries >= this.#policy.tries || Date.now() + wait >= pending.deadline) {
      if (pending.open === 0) this.#settle(pending, reply)
      return
    }
    this.#waiting.delete(pending)
    setTimeout(() => this.#again(pending, reply), wait)
  }

  /** Tries further down the line; at its end, where somebody says that they are there. */
  #giveUp(pending: PendingCommand): void {
    pending.rank = (pending.rank + 1) % RANKS
    if (this.#routes?.nodeOf(pending.name, pending.id, pending.rank)) {
      return this.#again(pending, SILENCE)
    }
    const again = (found: string | undefined) => this.#again(pending, SILENCE, found)
    findInstance(this.#wire, contextOf(pending.name), LIVENESS.timeoutMs, again)
  }

  #lost(node: string): void {
    for (const pending of [...this.#waiting]) {
      if (pending.node === node) this.#again(pending, { type: "no-responders" })
    }
  }

  /**
   * Looks after what waits: checks the liveness of its node, asks the next in line where nothing
   * was heard for too long. A late answer still counts.
   */
  #sweep(): void {
    const now = Date.now()
    for (const pending of this.#waiting) {
      const waitedMs = now - pending.since
      if (waitedMs < LIVENESS.afterMs) break
      if (waitedMs < pending.patienceMs) {
        if (pending.node !== undefined) this.#liveness?.feel(pending.node)
        continue
      }
      this.#waiting.delete(pending)
      this.#giveUp(pending)
    }
    if (this.#waiting.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }
}
