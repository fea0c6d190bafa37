/** The known nodes: the nodes that this process has heard of, and which of them owns an actor. */
import { reportWarning, type Routes, type Serving, sliceOf } from "../../wire/internal.ts"
import { LOOKOUT } from "../limits.ts"
import type { Membership, MembershipChange, NodeAnnouncement } from "./membership.ts"
import { place, type Placement } from "./placement.ts"
import { contextOf } from "../../contracts/internal.ts"

interface Known {
  readonly announcement: NodeAnnouncement
  /** When the node last announced itself, in milliseconds from any start. */
  readonly heardMs: number
}

/** The part of an announcement that decides who owns slices; renewals leave it the same. */
const standing = ({ node, contexts, leaving }: NodeAnnouncement): string =>
  leaving ? "" : `${node}:${contexts.join()}`

/** Keeps the announcements of nodes, and places actors on nodes that are not leaving. */
export class KnownNodes implements Routes {
  readonly #known = new Map<string, Known>()
  readonly #lost = new Set<string>()
  /** Nodes that fell silent without announcing that they leave. */
  readonly #vanished = new Set<string>()
  readonly #listeners = new Set<(node: string) => void>()
  readonly #watchers = new Set<() => void>()
  /** By the name of an actor, so that a command costs one lookup; made on first use. */
  readonly #placements = new Map<string, Placement>()

  /** All nodes that are present, including those that are leaving. */
  get nodes(): readonly NodeAnnouncement[] {
    return [...this.#known.values()].map(({ announcement }) => announcement)
  }

  /** The nodes that vanished lately: they fell silent without announcing that they leave. */
  get vanished(): readonly string[] {
    return [...this.#vanished]
  }

  /** Notes that the process of a vanished node has ended. */
  gone(node: string): void {
    this.#vanished.delete(node)
  }

  /** The owners of a context's slices; `name` is that of any of its actors. */
  placementOf(name: string): Placement {
    const known = this.#placements.get(name)
    if (known) return known
    const context = contextOf(name)
    const hosting = this.nodes.filter(({ node, contexts, leaving }) =>
      !leaving && !this.#lost.has(node) && contexts.includes(context)
    )
    const placement = place(context, hosting.map(({ node }) => node))
    this.#placements.set(name, placement)
    return placement
  }

  nodeOf(name: string, id: string, rank: number): string | undefined {
    const placement = this.#placements.get(name) ?? this.placementOf(name)
    return placement.nodeOf(placement.nodes.length > 1 ? sliceOf(id) : 0, rank)
  }

  lose(node: string): void {
    const known = this.#known.get(node)
    // A leaving node owns nothing, and still answers the commands that it has taken on.
    if (!known || known.announcement.leaving || this.#lost.has(node)) return
    this.#lost.add(node)
    this.#changed()
    for (const listener of this.#listeners) listener(node)
  }

  onLost(listener: (node: string) => void): Serving {
    this.#listeners.add(listener)
    return { close: () => this.#listeners.delete(listener) }
  }

  /** Calls back whenever owners may have changed. */
  onChange(watcher: () => void): Serving {
    this.#watchers.add(watcher)
    return { close: () => this.#watchers.delete(watcher) }
  }

  /** Notes what a node announces, or that it is gone. */
  hear(change: MembershipChange, nowMs = performance.now()): void {
    if (change.type === "gone") return this.#forget(change.node)
    const { announcement } = change
    const before = this.#known.get(announcement.node)
    this.#known.set(announcement.node, { announcement, heardMs: nowMs })
    this.#vanished.delete(announcement.node)
    const found = this.#lost.delete(announcement.node)
    const same = before && standing(before.announcement) === standing(announcement)
    if (found || !same) this.#changed()
  }

  /** Forgets the nodes that last announced themselves before `oldestMs`. */
  forgetBefore(oldestMs: number): void {
    for (const [node, { heardMs }] of this.#known) if (heardMs < oldestMs) this.#forget(node)
  }

  #forget(node: string): void {
    this.#lost.delete(node)
    const known = this.#known.get(node)
    if (!known) return
    this.#known.delete(node)
    if (!known.announcement.leaving) this.#vanish(node)
    this.#changed()
  }

  #vanish(node: string): void {
    this.#vanished.add(node)
    const [oldest] = this.#vanished
    if (oldest !== undefined && this.#vanished.size > LOOKOUT.nodes) this.#vanished.delete(oldest)
  }

  #changed(): void {
    this.#placements.clear()
    for (const watcher of this.#watchers) watcher()
  }
}

/** Known nodes that are kept up to date. */
export interface FollowedNodes extends Serving {
  readonly knownNodes: KnownNodes
}

/**
 * Keeps the known nodes up to date by watching the membership, and retries while it cannot be
 * reached. A node is forgotten after twice the time for which its announcement is valid, whatever
 * the watch says.
 */
export const followNodes = async (membership: Membership): Promise<FollowedNodes> => {
  const knownNodes = new KnownNodes()
  const { ttlMs } = membership
  let watching: Serving | undefined
  let [open, warned] = [true, false]
  const watch = async (): Promise<void> => {
    try {
      const begun = await membership.watch((change) => knownNodes.hear(change))
      if (open) watching = begun
      else begun.close()
    } catch (error) {
      if (!warned) reportWarning(`commands go to any node: ${error}`)
      warned = true
    }
  }
  await watch()
  let trying: Promise<void> | undefined
  const timer = setInterval(() => {
    knownNodes.forgetBefore(performance.now() - 2 * ttlMs)
    if (!watching) trying ??= watch().finally(() => trying = undefined)
  }, ttlMs / 3)
  return {
    knownNodes,
    close: () => {
      open = false
      clearInterval(timer)
      watching?.close()
    },
  }
}
