/**
 * A node: a host of actors among others. It announces itself, relays what others own, answers for
 * its contexts by the protocol of NATS services, and leaves without anybody noticing.
 */
import { hostname } from "node:os"
import {
  commandsSubject,
  type Endpoint,
  pause,
  reportWarning,
  serveLiveness,
  serveService,
  type Serving,
} from "../../wire/internal.ts"
import { type Host, type HostOptions, QUEUE, startHost } from "../host/host.ts"
import { HOST_LIMITS, MEMBERSHIP } from "../limits.ts"
import { Lookout } from "./lookout.ts"
import type { Membership } from "./membership.ts"
import { Relay } from "./relay.ts"
import type { KnownNodes } from "./known-nodes.ts"
import { messageOf } from "../../contracts/internal.ts"
import { contextsOfActors } from "../actor.ts"

/** What a node needs. */
export interface NodeOptions extends Omit<HostOptions, "node" | "relay"> {
  readonly membership: Membership
  /** The nodes that it knows; the caller keeps them up to date. */
  readonly knownNodes: KnownNodes
  /** One token of a subject that no other process has ever had; made unless given. */
  readonly node?: string
  /** The version of the application, a semantic one. */
  readonly version?: string
}

/** A node at work. */
export interface RunningNode extends Host {
  readonly node: string
  /** What is wrong with this node's announcements, and with other nodes, a sentence for each. */
  readonly troubles: () => readonly string[]
}

/** A name that tells where a process runs and that no other process has. */
export const newNode = (): string => {
  const where = hostname().replaceAll(/[^A-Za-z0-9_-]/g, "-").slice(0, 64)
  return `${where}-${crypto.randomUUID().slice(0, 8)}`
}

/** Announces a node repeatedly, until it leaves. */
class Announcer {
  readonly #node: string
  readonly #options: NodeOptions
  readonly #host: Host
  readonly #timer: ReturnType<typeof setInterval>
  #last: Promise<void>
  #answered = 0
  #sinceMs = performance.now()
  /** Since when it cannot announce itself, and why. */
  #failing: { readonly sinceMs: number; readonly reason: string } | undefined

  constructor(node: string, options: NodeOptions, host: Host) {
    this.#node = node
    this.#options = options
    this.#host = host
    this.#last = this.#announce(false)
    this.#timer = setInterval(() => this.#last = this.#renewed(), MEMBERSHIP.renewMs)
  }

  /** Resolves when the first announcement has been made, or has failed. */
  begun(): Promise<void> {
    return this.#last
  }

  async leave(): Promise<void> {
    clearInterval(this.#timer)
    await this.#last
    await this.#announce(true)
  }

  /** One after another, so that no write is in the way of the next. */
  async #renewed(): Promise<void> {
    await this.#last
    await this.#announce(false)
  }

  async #announce(leaving: boolean): Promise<void> {
    const { membership, version = "0.0.0" } = this.#options
    const [node, contexts, load] = [
      this.#node,
      contextsOfActors(this.#options.actors),
      this.#load(),
    ]
    try {
      await membership.announce({ node, contexts, version, load, leaving })
      this.#failing = undefined
    } catch (error) {
      // Others take it for gone, and serve its actors themselves until it is heard again.
      if (!this.#failing) reportWarning(`the node ${node} cannot announce itself: ${error}`)
      const reason = messageOf(error)
      this.#failing = { sinceMs: this.#failing?.sinceMs ?? performance.now(), reason }
    }
  }

  /** What is wrong, once it has been for longer than an announcement holds. */
  get troubles(): readonly string[] {
    if (!this.#failing) return []
    const forMs = performance.now() - this.#failing.sinceMs
    if (forMs < this.#options.membership.ttlMs) return []
    const since = `${Math.round(forMs / 1_000)} s`
    return [`the node ${this.#node} cannot announce itself for ${since}: ${this.#failing.reason}`]
  }

  #load(): number {
    let answered = 0
    for (const { requests } of this.#host.statisticsByActor.values()) answered += requests
    const nowMs = performance.now()
    const load = Math.round(((answered - this.#answered) * 1_000) / (nowMs - this.#sinceMs + 1))
    this.#answered = answered
    this.#sinceMs = nowMs
    return load
  }
}

const endpointsOf = (
  { actors }: NodeOptions,
  { statisticsByActor }: Host,
  context: string,
): Endpoint[] =>
  actors.filter(({ contract }) => contract.context === context).map(({ contract }) => {
    const { requests = 0, errors = 0, lastError = "", processingMs = 0 } =
      statisticsByActor.get(contract.name) ?? {}
    const subject = commandsSubject(contract.name)
    const endpoint = { name: contract.actor, subject, queue: QUEUE }
    return { ...endpoint, requests, errors, lastError, processingMs }
  })

const serveServices = (node: string, options: NodeOptions, host: Host): Serving[] =>
  contextsOfActors(options.actors).map((context) =>
    serveService(options.wire, {
      name: context,
      id: node,
      version: options.version ?? "0.0.0",
      description: `The actors of the context ${context}`,
      endpoints: () => endpointsOf(options, host, context),
    })
  )

/** Starts a node; resolves once it has announced itself, or could not. */
export const startNode = async (options: NodeOptions): Promise<RunningNode> => {
  const { wire, knownNodes, limits, node = newNode() } = options
  const { commandsInFlight } = { ...HOST_LIMITS, ...limits }
  const relay = new Relay({ wire, node, routes: knownNodes, inFlight: commandsInFlight })
  const host = startHost({ ...options, node, relay })
  const liveness = serveLiveness(wire, node)
  const services = serveServices(node, options, host)
  const announcer = new Announcer(node, options, host)
  const lookout = new Lookout(wire, knownNodes)
  await announcer.begun()

  const leave = async (): Promise<void> => {
    lookout.close()
    const others = knownNodes.nodes.some((other) => other.node !== node)
    await announcer.leave()
    // Until all have heard of it, some still take this node for the owner.
    if (others) await pause(MEMBERSHIP.handOverMs)
    await host.stop()
    for (const { close } of [liveness, ...services]) close()
  }
  let left: Promise<void> | undefined
  const { residents, residentBytes, statisticsByActor } = host
  const troubles = () => [...announcer.troubles, ...lookout.troubles]
  return {
    node,
    residents,
    residentBytes,
    statisticsByActor,
    troubles,
    stop: () => left ??= leave(),
  }
}
