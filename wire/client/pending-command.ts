/** A pending command: the tries that were made of it, and whether another one may be made. */
import { NODES_ASKED, SILENT_NODES } from "../limits.ts"
import { HEADER, UNTRIED_ELSEWHERE } from "../header.ts"
import type { Headers, Reply } from "../wire.ts"

/**
 * What a pending command waits for: the answer to its last try (`asking`), the end of a pause
 * (`pausing`), a node that says that it is there (`seeking`), a late answer to any of its tries
 * while no other is made (`listening`), or nothing more (`settled`).
 */
export type PendingState = "asking" | "pausing" | "seeking" | "listening" | "settled"

const NONE: readonly string[] = []

const without = (nodes: readonly string[], node: string): readonly string[] =>
  nodes.includes(node) ? nodes.filter((each) => each !== node) : nodes

/** Stands for the unknown node that received a try sent to any node. */
const anyNode = (tries: number): string => `*${tries}`

/**
 * Whether a try that ended like this may still be stored after a later try to the same node: the
 * node gave it up, or its connection was lost.
 */
const mayLinger = (reply: Reply): boolean =>
  reply.type === "disconnected" ||
  reply.type === "reply" && (reply.headers[HEADER.errorCode]?.startsWith("5") ?? false)

/** A command that has no final answer yet. Only its own methods change it. */
export class PendingCommand {
  readonly name: string
  readonly id: string
  readonly type: string
  readonly payload: Uint8Array
  readonly headers: Headers
  /** When the caller stops waiting, in milliseconds since 1970. */
  readonly deadline: number
  readonly trusted: boolean
  readonly #done: (reply: Reply, reason?: string) => void
  #state: PendingState = "pausing"
  /** The node of the last try; nothing when it went to any. */
  #node: string | undefined
  /** The node that all tries went to, in their order; nothing when they went to several. */
  #only: string | undefined
  /** When the last try was made, in milliseconds since 1970, and how long it is waited for. */
  #since = 0
  #patienceMs = 0
  #rank = 0
  #tries = 0
  /** How many tries may yet be answered, and how many of all tries a node may have received. */
  #open = 0
  #heard = 0
  #pauses = 0
  /** The named nodes of earlier tries, and all nodes that have not answered a try in time. */
  #asked = NONE
  #silent = NONE

  constructor(
    name: string,
    id: string,
    type: string,
    payload: Uint8Array,
    headers: Headers,
    deadline: number,
    done: (reply: Reply, reason?: string) => void,
    trusted: boolean,
  ) {
    this.name = name
    this.id = id
    this.type = type
    this.payload = payload
    this.headers = headers
    this.deadline = deadline
    this.#done = done
    this.trusted = trusted
  }

  get state(): PendingState {
    return this.#state
  }

  /** The named node whose answer it waits for; undefined without one. */
  get awaitedNode(): string | undefined {
    return this.#state === "asking" ? this.#node : undefined
  }

  /** How far down the line of nodes the last try went. */
  get rank(): number {
    return this.#rank
  }

  /** How many tries were made. */
  get tries(): number {
    return this.#tries
  }

  /** Whether any of its tries may yet be answered. */
  get isOpen(): boolean {
    return this.#open > 0
  }

  /** How long its last try has been waited for, in milliseconds. */
  waitedMs(now: number): number {
    return now - this.#since
  }

  /** Whether its last try has been waited for long enough. */
  isOverdue(now: number): boolean {
    return now - this.#since >= this.#patienceMs
  }

  /** Whether too many nodes have fallen silent on it for another one to be asked. */
  get isSuspect(): boolean {
    return this.#silent.length >= SILENT_NODES
  }

  /** Whether a try may be sent to this node, or to any. A suspect one is sent to no node at all. */
  mayAsk(node: string | undefined): boolean {
    if (this.isSuspect) return false
    if (node !== undefined && (node === this.#node || this.#asked.includes(node))) return true
    const named = this.#node === undefined || this.#asked.includes(this.#node) ? 0 : 1
    const unknown = this.#silent.filter((each) =>
      !this.#asked.includes(each) && each !== this.#node
    )
    return this.#asked.length + named + unknown.length < NODES_ASKED
  }

  /**
   * Notes a try that is being sent. True if a refusal of it must be written, because another node
   * may have received an earlier try. If all tries went to one node, it decides them in order.
   */
  sent(node: string | undefined, now: number, patienceMs: number): boolean {
    const same = node !== undefined && this.#only === node
    const mustWrite = this.#heard > 0 && !same
    this.#only = same || this.#tries === 0 ? node : undefined
    const before = this.#node
    if (before !== undefined && before !== node && !this.#asked.includes(before)) {
      this.#asked = [...this.#asked, before]
    }
    this.#node = node
    this.#since = now
    this.#patienceMs = patienceMs
    this.#tries++
    this.#open++
    this.#heard++
    this.#state = "asking"
    return mustWrite
  }

  /** Records how the try with this number has ended. */
  ended(tries: number, node: string | undefined, reply: Reply): void {
    this.#open--
    if (mayLinger(reply)) this.#only = undefined
    if (reply.type === "no-responders") {
      this.#heard--
      if (tries === this.#tries) this.#node = undefined
      if (node === undefined) return
      this.#asked = without(this.#asked, node)
      this.#silent = without(this.#silent, node)
    } else if (reply.type === "reply") {
      this.#silent = without(this.#silent, node ?? anyNode(tries))
      if (reply.headers[HEADER.elsewhere] === UNTRIED_ELSEWHERE) this.#forget(tries, node)
      const relayedTo = reply.headers[HEADER.silentNode]
      if (relayedTo !== undefined) this.#fellSilent(relayedTo)
    }
  }

  /** Whether no node has received a try of which it may store anything. */
  get isUntried(): boolean {
    return this.#heard === 0
  }

  /** Whether the answer to the try with this number holds for all tries. */
  isLastWord(tries: number, mustWrite: boolean): boolean {
    if (mustWrite || this.#heard === 1) return true
    // If all tries went to one node, it has decided the earlier ones before the last one.
    return this.#only !== undefined && tries === this.#tries
  }

  /** Whether an answer to the try of this number, which is not final, calls for another try. */
  callsForAnother(tries: number): boolean {
    return this.#state === "listening" || this.#state === "asking" && tries === this.#tries
  }

  /** Records that the node of the last try has not answered in time, or is gone. */
  nodeFellSilent(): void {
    this.#fellSilent(this.#node ?? anyNode(this.#tries))
  }

  /** Records a pause; returns how many there were before. */
  pause(): number {
    this.#state = "pausing"
    return this.#pauses++
  }

  /** Goes one rank down the line of nodes, and after the last to the first. */
  nextRank(ranks: number): void {
    this.#rank = (this.#rank + 1) % ranks
  }

  /** Records that it looks for a node that answers. */
  seek(): void {
    this.#state = "seeking"
  }

  /** Records that no other try is made. */
  listen(): void {
    this.#state = "listening"
  }

  /** Passes the final reply to the caller, once. */
  settle(reply: Reply): void {
    this.#state = "settled"
    if (!this.isSuspect) return this.#done(reply)
    this.#done(reply, `${this.#silent.length} nodes fell silent on it, so no other was asked`)
  }

  /** A node whose code is too old has not tried the command: it is as if it had not been asked. */
  #forget(tries: number, node: string | undefined): void {
    if (node !== undefined) this.#asked = without(this.#asked, node)
    if (tries === this.#tries) this.#node = undefined
    this.#heard--
  }

  #fellSilent(node: string): void {
    if (!this.#silent.includes(node)) this.#silent = [...this.#silent, node]
  }
}
