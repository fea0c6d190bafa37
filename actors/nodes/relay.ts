/**
 * The relay: sends a command that arrives at any node on to the node that owns its actor, and the
 * answer back. When the owner does not answer, the command is served where it arrived, unless its
 * sender asks another node itself. When the code of the owner is older than the log of the actor,
 * the other nodes are asked.
 */
import {
  asRetry,
  deadlineOf,
  HEADER,
  type Headers,
  type Incoming,
  isToOneNode,
  LIVENESS,
  Liveness,
  parseCommandSubject,
  problemFormat,
  relayedSubject,
  type Reply,
  REQUEST_TIMEOUT_MS,
  respondProblem,
  type Routes,
  type Serving,
  UNTRIED_ELSEWHERE,
  type Wire,
} from "../../wire/internal.ts"
import { type Problem, toProblem, Unavailable } from "../../contracts/internal.ts"
import { NEWER_NODES, RELAY_PATIENCE_MS } from "../limits.ts"
import type { KnownNodes } from "./known-nodes.ts"

/** What a relay knows of the nodes. */
export type RelayRoutes = Routes & Pick<KnownNodes, "placementOf">

/** The options of a relay. */
export interface RelayOptions {
  readonly wire: Wire
  /** The name of the relay's own node. */
  readonly node: string
  readonly routes: RelayRoutes
  /** How many commands may be on their way to owners; more are served here. */
  readonly inFlight: number
  /** How long an owner may take, in milliseconds. */
  readonly patienceMs?: number
}

type ServeHere = (message: Incoming) => void

interface Relayed {
  readonly message: Incoming
  readonly owner: string
  readonly serveHere: ServeHere
  readonly sinceMs: number
  /** The nodes that are asked next, if the code of this one is older than the actor's log. */
  readonly next?: readonly string[]
}

/** A message with other headers. Members are copied by name, because a message has getters. */
const withHeaders = (message: Incoming, headers: Headers): Incoming => {
  const { subject, payload, reply } = message
  const respond: Incoming["respond"] = (bytes, answerHeaders) =>
    message.respond(bytes, answerHeaders)
  return { subject, payload, headers, reply, respond }
}

const CARRIED: ReadonlySet<string> = new Set(Object.values(HEADER))

/** Only our own headers: others that a caller wrote, such as `Nats-…`, are not passed on. */
const carried = (headers: Headers): Headers => {
  for (const name in headers) {
    if (CARRIED.has(name)) continue
    return Object.fromEntries(Object.entries(headers).filter(([name]) => CARRIED.has(name)))
  }
  return headers
}

/** The command with an id and a deadline, so that repeats and late tries are recognized. */
const completed = (message: Incoming): Incoming => {
  if (HEADER.id in message.headers && HEADER.deadline in message.headers) return message
  const headers: Record<string, string> = { ...message.headers }
  headers[HEADER.id] ??= crypto.randomUUID()
  headers[HEADER.deadline] ??= deadlineOf(Date.now(), REQUEST_TIMEOUT_MS)
  return withHeaders(message, headers)
}

/** The command marked as a retry, because the owner may still serve it too. */
const retried = (message: Incoming): Incoming => withHeaders(message, asRetry(message.headers))

const silent = (owner: string): Problem =>
  toProblem(
    new Unavailable({
      message: `the node ${owner}, which owns this actor, has not answered: ask again with the ` +
        "same command id",
      retryAfterMs: 100,
    }),
  )

/** Sends commands on to the nodes that own their actors. */
export class Relay {
  readonly #options: Required<RelayOptions>
  readonly #relayed = new Set<Relayed>()
  readonly #lost: Serving
  readonly #liveness: Liveness
  #sweeper: ReturnType<typeof setInterval> | undefined
  #idle: (() => void) | undefined
  #stopped = false

  constructor(options: RelayOptions) {
    this.#options = { patienceMs: RELAY_PATIENCE_MS, ...options }
    this.#liveness = new Liveness(options.wire, options.routes)
    this.#lost = options.routes.onLost((node) => this.#lostOwner(node))
  }

  /** How many commands are on their way to owners. */
  get inFlight(): number {
    return this.#relayed.size
  }

  /**
   * If another node owns the actor, sends the command on and returns true. `serveHere` is called,
   * perhaps much later, if that node does not answer.
   */
  take(message: Incoming, name: string, serveHere: ServeHere): boolean {
    const { node, routes, inFlight } = this.#options
    // With one node alive, this lookup is all that relaying costs.
    if (routes.nodeOf(name, "", 1) === undefined) return false
    const owner = ownerOf(message.subject, name, routes)
    if (owner === undefined || owner === node) return false
    if (message.reply === "" || this.#relayed.size >= inFlight) return false
    const complete = completed(message)
    const leftMs = Number(complete.headers[HEADER.deadline]) - Date.now()
    if (!(leftMs > 0)) return false
    this.#send({ message: complete, owner, serveHere, sinceMs: performance.now() }, leftMs)
    return true
  }

  /**
   * If the command was sent to any node, asks the other nodes for its answer, one after another,
   * and returns true. The code of this node is older than the log of the actor. `giveUp` is called
   * if that of all others is, too. `isTried` says whether a node may have stored the command.
   */
  takeElsewhere(
    message: Incoming,
    name: string,
    isTried: boolean,
    giveUp: (isTried: boolean) => void,
  ): boolean {
    const { node, routes, inFlight } = this.#options
    if (isToOneNode(message.subject) || message.reply === "" || this.#stopped) return false
    const owner = ownerOf(message.subject, name, routes)
    const others = routes.placementOf(name).nodes.filter((each) => each !== node)
    // The owner comes last: it has probably been asked before this node.
    const [first, ...next] = [
      ...others.filter((each) => each !== owner).slice(0, NEWER_NODES),
      ...others.filter((each) => each === owner),
    ]
    if (first === undefined || this.#relayed.size >= inFlight) return false
    const complete = completed(message)
    return this.#ask({
      message: isTried ? retried(complete) : complete,
      owner: first,
      next,
      serveHere: ({ headers }) => giveUp(headers[HEADER.retry] !== undefined),
      sinceMs: performance.now(),
    })
  }

  /** Resolves when every command on its way has been answered or is served here. */
  async stop(): Promise<void> {
    this.#stopped = true
    if (this.#relayed.size > 0) await new Promise<void>((resolve) => this.#idle = resolve)
    this.#lost.close()
  }

  /** Sends a command to the node that it names, if its time is not up. */
  #ask(relayed: Relayed): boolean {
    const leftMs = Number(relayed.message.headers[HEADER.deadline]) - Date.now()
    if (!(leftMs > 0)) return false
    this.#send(relayed, leftMs)
    return true
  }

  #send(relayed: Relayed, leftMs: number): void {
    const { wire, patienceMs } = this.#options
    const { message: { subject, payload, headers }, owner } = relayed
    this.#relayed.add(relayed)
    this.#sweeper ??= setInterval(() => this.#sweep(), LIVENESS.everyMs)
    const done = (reply: Reply) => this.#replied(relayed, reply)
    const withinMs = Math.min(patienceMs, leftMs)
    wire.request(relayedSubject(owner, subject), payload, carried(headers), withinMs, done)
  }

  #replied(relayed: Relayed, reply: Reply): void {
    const { message, owner } = relayed
    const finished = this.#finish(relayed)
    // Only now, because this serves all other commands that wait for this owner here, as retries.
    if (reply.type === "no-responders") this.#options.routes.lose(owner)
    if (!finished) return
    if (reply.type === "reply") {
      const elsewhere = reply.headers[HEADER.elsewhere]
      if (elsewhere === undefined) return message.respond(reply.payload, reply.headers)
      const isTried = elsewhere !== UNTRIED_ELSEWHERE
      this.#askNext(isTried ? { ...relayed, message: retried(message) } : relayed)
    } else if (reply.type === "no-responders") {
      if (relayed.next) this.#askNext(relayed)
      else relayed.serveHere(message)
    } else this.#ownerFellSilent(relayed)
  }

  /** The code of the node that was asked is too old: this node is next, and then the others. */
  #askNext({ next, ...relayed }: Relayed): void {
    const { message, serveHere } = relayed
    if (next === undefined) return serveHere(message)
    const [owner, ...others] = next
    const isAsked = owner !== undefined &&
      this.#ask({ ...relayed, owner, next: others, sinceMs: performance.now() })
    if (!isAsked) serveHere(message)
  }

  /**
   * The owner may have got the command, and may hang because of it. If the sender asks another node
   * itself, serving the command here as well could hang one more node.
   */
  #ownerFellSilent({ message, owner, serveHere }: Relayed): void {
    if (message.headers[HEADER.failover] === undefined) return serveHere(retried(message))
    respondProblem(message, problemFormat(message), silent(owner), { [HEADER.silentNode]: owner })
  }

  /** Checks the liveness of the owners that have not answered for a while. */
  #sweep(): void {
    const before = performance.now() - LIVENESS.afterMs
    for (const { owner, sinceMs } of this.#relayed) {
      if (sinceMs > before) break
      this.#liveness.feel(owner)
    }
    if (this.#relayed.size > 0) return
    clearInterval(this.#sweeper)
    this.#sweeper = undefined
  }

  #lostOwner(node: string): void {
    for (const relayed of this.#relayed) {
      if (relayed.owner === node && this.#finish(relayed)) this.#ownerFellSilent(relayed)
    }
  }

  #finish(relayed: Relayed): boolean {
    if (!this.#relayed.delete(relayed)) return false
    if (this.#relayed.size === 0) this.#idle?.()
    return true
  }
}

/** The owner by the subject of a command; undefined for a subject that is not a command's. */
const ownerOf = (subject: string, name: string, routes: Routes): string | undefined => {
  try {
    return routes.nodeOf(name, parseCommandSubject(subject).id, 0)
  } catch {
    // The node that serves the message answers what is wrong with it.
    return undefined
  }
}
