/**
 * The retry client: sends a command to its actor. Without an answer it tries again, also at other
 * nodes, until the caller's deadline. Every try has the same command id, so the command acts once.
 */
import { commandSubject, ownedSubject } from "../address.ts"
import { isMap } from "../codec.ts"
import { asRetry, markOwnFailover } from "../envelope.ts"
import { HEADER } from "../header.ts"
import { contextOf, isFailure, retryOf } from "../../contracts/plain.ts"
import { askWhetherThere, Liveness } from "./liveness.ts"
import { PendingCommand } from "./pending-command.ts"
import { plainAnswer } from "./plain-answer.ts"
import type { Routes } from "./routes.ts"
import { findInstance } from "../service.ts"
import type { Answered, Reply, Wire } from "../wire.ts"
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

/** An outage whose `retryAfterMs` is at least this is passed to the caller at once. */
const LASTING_MS = 5_000

/** Whether the answer is only an outage of the node. A rejection has another code. */
const isRetryable = ({ headers }: Answered, policy: RetryPolicy) => {
  const title = headers[HEADER.error]
  if (title === undefined || headers[HEADER.errorCode] !== "503") return false
  const retry = retryOf(title)
  return retry === "elsewhere" || (policy.overloaded && retry === "later")
}

/** The plain value of an answer; undefined when the answer cannot be read. */
const plainOf = (reply: Answered): unknown => {
  try {
    return plainAnswer(reply)
  } catch (error) {
    if (isFailure(error)) return undefined
    throw error
  }
}

/** Whether an answer says that another try is useless for longer than callers usually wait. */
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

/** A pause between two tries, and the reply that led to it. */
interface PauseEnd {
  readonly timer: ReturnType<typeof setTimeout>
  readonly reply: Reply
}

/** Sends the commands of one client. */
export class RetryClient {
  readonly #wire: Wire
  readonly #routes: Routes | undefined
  readonly #liveness: Liveness | undefined
  readonly #policy: RetryPolicy
  /** The commands in flight, in the order of their last tries. */
  readonly #waiting = new Set<PendingCommand>()
  /** The commands that are tried again after a pause: what ends the pause. */
  readonly #pausing = new Map<PendingCommand, PauseEnd>()
  #sweeper: ReturnType<typeof setInterval> | undefined

  constructor(wire: Wire, { routes, retry }: RetryClientOptions = {}) {
    this.#wire = wire
    this.#routes = routes
    this.#liveness = routes && new Liveness(wire, routes)
    this.#policy = retry === false ? ONCE : { ...RETRY, ...retry }
    routes?.onLost((node) => this.#lost(node))
    wire.onStatus(() => this.#endIfClosed())
  }

  /**
   * Sends a command. `done` is called once, never from within this call, with the final reply or
   * else the last one; its reason says why no other node was asked. The headers must have a command
   * id, and may get marks of this client. NATS lets only policies and timers send a `trusted`
   * command.
   */
  send(
    name: string,
    id: string,
    type: string,
    payload: Uint8Array,
    headers: Record<string, string>,
    timeoutMs: number,
    done: (reply: Reply, reason?: string) => void,
    trusted = false,
  ): void {
    const now = Date.now()
    const deadline = now + timeoutMs
    if (!this.#routes) markOwnFailover(headers)
    const pending = new PendingCommand(name, id, type, payload, headers, deadline, done, trusted)
    this.#try(pending, now, this.#routes?.nodeOf(name, id, 0))
  }

  #try(pending: PendingCommand, now: number, node: string | undefined): void {
    const { name, id, type, payload, headers, deadline, trusted } = pending
    const { patienceMs, anyPatienceMs } = this.#policy
    const mustWrite = pending.sent(
      node,
      now,
      node === undefined ? Math.min(patienceMs, anyPatienceMs * 2 ** pending.tries) : patienceMs,
    )
    const { tries } = pending
    this.#waiting.delete(pending)
    this.#waiting.add(pending)
    this.#sweeper ??= setInterval(() => this.#sweep(), LIVENESS.everyMs)
    const wanted = mustWrite ? asRetry(headers) : headers
    this.#wire.request(
      node === undefined
        ? commandSubject(name, id, type, trusted)
        : ownedSubject(node, name, id, type, trusted),
      payload,
      node === undefined && this.#routes ? markOwnFailover({ ...wanted }) : wanted,
      deadline - now,
      (reply) => this.#replied(pending, node, tries, mustWrite, reply),
    )
  }

  #replied(
    pending: PendingCommand,
    node: string | undefined,
    tries: number,
    mustWrite: boolean,
    reply: Reply,
  ): void {
    pending.ended(tries, node, reply)
    if (pending.state === "settled") return
    if (reply.type === "reply") return this.#answered(pending, tries, mustWrite, reply)
    if (reply.type === "no-responders" && node !== undefined && this.#routes) {
      return this.#nobodyAt(node, this.#routes, pending, tries, reply)
    }
    if (reply.type === "no-responders" || reply.type === "disconnected") {
      return this.#pause(pending, tries, reply)
    }
    if (!pending.isOpen || reply.type === "too-large") this.#settle(pending, reply)
  }

  /** Nobody listens at this node: all commands that wait for it, also this one, go elsewhere. */
  #nobodyAt(
    node: string,
    routes: Routes,
    pending: PendingCommand,
    tries: number,
    reply: Reply,
  ): void {
    const { name, id, rank } = pending
    const current = pending.callsForAnother(tries)
    if (current) this.#waiting.delete(pending)
    routes.lose(node)
    if (!current) return
    if (rank < RANKS && routes.nodeOf(name, id, rank) === node) this.#pause(pending, tries, reply)
    else this.#again(pending, reply)
  }

  #answered(pending: PendingCommand, tries: number, mustWrite: boolean, reply: Answered): void {
    const isTooOld = reply.headers[HEADER.elsewhere] !== undefined
    if (isTooOld && this.#routes && pending.callsForAnother(tries)) {
      // The next in line may be newer, and after the line any node, which asks all others. Each is
      // asked at once; only a second round needs time.
      pending.nextRank(RANKS + 1)
      if (pending.tries <= RANKS) return this.#again(pending, reply)
    }
    if (isRetryable(reply, this.#policy)) {
      // Asking again while the caller waits would not help.
      if (!pending.isOpen && isLasting(reply)) return this.#settle(pending, reply)
      if (reply.headers[HEADER.silentNode] === undefined || !pending.callsForAnother(tries)) {
        return this.#pause(pending, tries, reply)
      }
      return this.#seek(pending)
    }
    // The node that refused an earlier try knew nothing of the later ones, which may be accepted.
    const isLast = isTooOld ? pending.isUntried : pending.isLastWord(tries, mustWrite)
    if (isLast || isStored(reply)) {
      return this.#settle(pending, reply)
    }
    if (!pending.isOpen) this.#pause(pending, pending.tries, SILENCE)
  }

  #settle(pending: PendingCommand, reply: Reply): void {
    this.#waiting.delete(pending)
    pending.settle(reply)
    if (this.#wire.closed()) this.#endSweeps()
  }

  /** A closed wire never connects again: what pauses is settled, so that no timer is left. */
  #endIfClosed(): void {
    if (!this.#wire.closed()) return
    for (const [pending, { timer, reply }] of [...this.#pausing]) {
      clearTimeout(timer)
      this.#pausing.delete(pending)
      this.#rest(pending, reply)
    }
    this.#endSweeps()
  }

  #endSweeps(): void {
    if (this.#waiting.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }

  /** Stops trying: waits for late answers, or settles with this reply if none can come. */
  #rest(pending: PendingCommand, reply: Reply): void {
    if (!pending.isOpen) return this.#settle(pending, reply)
    this.#waiting.delete(pending)
    pending.listen()
  }

  /** Tries at once at the node of its rank, if that is allowed. */
  #again(pending: PendingCommand, reply: Reply): void {
    const { name, id, rank } = pending
    const node = rank < RANKS ? this.#routes?.nodeOf(name, id, rank) : undefined
    this.#againAt(node, pending, reply)
  }

  /** Tries at once at this node, or at any, if that is allowed. */
  #againAt(node: string | undefined, pending: PendingCommand, reply: Reply): void {
    const now = Date.now()
    const { deadline, tries } = pending
    if (now < deadline && tries < this.#policy.tries && pending.mayAsk(node)) {
      this.#try(pending, now, node)
    } else this.#rest(pending, reply)
  }

  /**
   * Tries again after a pause, if this reply calls for another try. The pause is random, and longer
   * each time.
   */
  #pause(pending: PendingCommand, tries: number, reply: Reply): void {
    if (!pending.callsForAnother(tries)) return
    const { pauseMs, longestPauseMs } = this.#policy
    const most = Math.min(longestPauseMs, pauseMs * 2 ** pending.pause())
    const wait = most * (0.5 + Math.random() / 2)
    if (
      pending.tries >= this.#policy.tries || Date.now() + wait >= pending.deadline ||
      this.#wire.closed()
    ) return this.#rest(pending, reply)
    this.#waiting.delete(pending)
    const timer = setTimeout(() => {
      this.#pausing.delete(pending)
      if (pending.state === "pausing") this.#again(pending, reply)
    }, wait)
    this.#pausing.set(pending, { timer, reply })
  }

  /**
   * Tries elsewhere after a node fell silent: at the next node in line if it answers a liveness
   * check, otherwise at the first node that does. A node that hangs for another reason must not use
   * up the second of the two nodes that this command may hang.
   */
  #seek(pending: PendingCommand): void {
    if (pending.isSuspect) return this.#rest(pending, SILENCE)
    this.#waiting.delete(pending)
    pending.seek()
    pending.nextRank(RANKS)
    const { name, id, rank } = pending
    const next = this.#routes?.nodeOf(name, id, rank)
    if (next === undefined) return this.#seekAny(pending)
    askWhetherThere(this.#wire, next, ({ type }) => {
      if (pending.state !== "seeking") return
      if (type === "timeout") this.#seekAny(pending)
      else this.#againAt(next, pending, SILENCE)
    })
  }

  /** Tries at the first node that answers. */
  #seekAny(pending: PendingCommand): void {
    findInstance(this.#wire, contextOf(pending.name), LIVENESS.timeoutMs, (found) => {
      if (pending.state === "seeking") this.#againAt(found, pending, SILENCE)
    })
  }

  #lost(node: string): void {
    for (const pending of [...this.#waiting]) {
      if (pending.awaitedNode !== node) continue
      pending.nodeFellSilent()
      this.#again(pending, SILENCE)
    }
  }

  /**
   * Goes through the commands in flight: checks the liveness of a slow node, and tries the next
   * node after too long a silence. A late answer still counts.
   */
  #sweep(): void {
    const now = Date.now()
    for (const pending of this.#waiting) {
      if (pending.waitedMs(now) < LIVENESS.afterMs) break
      if (!pending.isOverdue(now)) {
        const node = pending.awaitedNode
        if (node !== undefined) this.#liveness?.feel(node)
        continue
      }
      pending.nodeFellSilent()
      this.#seek(pending)
    }
    this.#endSweeps()
  }
}
