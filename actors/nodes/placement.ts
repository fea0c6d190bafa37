/**
 * Placement: which node owns which slice of a context. All processes that know the same nodes
 * compute the same table on their own, by rendezvous hashing with a bound on what one node owns.
 */
import { SLICES } from "../../wire/internal.ts"
import { SLACK } from "../limits.ts"

/** The owners of all slices of one context. */
export interface Placement {
  /** The nodes, in order. */
  readonly nodes: readonly string[]
  /** The owner of a slice (rank 0) or the node after it in line (rank 1), if there is one. */
  readonly nodeOf: (slice: number, rank: number) => string | undefined
}

/** FNV-1a of 32 bits over the UTF-16 units of a text. */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  }
  return hash
}

/** The finalizer of MurmurHash3: every bit of the input changes half of the output's. */
const mix = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** How far up a slice's line a node stands: it differs between slices, nodes and contexts. */
const scoreOf = (seed: number, slice: number): number =>
  mix(seed ^ Math.imul(slice + 1, 0x9e3779b1))

interface Held {
  readonly slice: number
  readonly score: number
}

/**
 * The most slices that one of this many nodes may own. Where each owns only a few, a tight bound
 * would move many slices whenever it changes by one.
 */
const capacityOf = (nodes: number): number => {
  const mean = SLICES / nodes
  return mean >= SLACK.fewSlices ? Math.floor(SLACK.many * mean) : Math.ceil(SLACK.few * mean) + 1
}

/** The line of nodes for each slice, in the order of their scores. */
class Lines {
  readonly #seeds: readonly number[]

  constructor(context: string, nodes: readonly string[]) {
    this.#seeds = nodes.map((node) => mix(hashOf(node) ^ mix(hashOf(context))))
  }

  score(node: number, slice: number): number {
    return scoreOf(this.#seeds[node] ?? 0, slice)
  }

  /** The next node after `before` in a slice's line, or the first; undefined after the last. */
  after(slice: number, before: number | undefined): number | undefined {
    const limit = before === undefined ? Number.POSITIVE_INFINITY : this.score(before, slice)
    let [best, bestScore]: [number | undefined, number] = [undefined, -1]
    for (let node = 0; node < this.#seeds.length; node++) {
      const score = this.score(node, slice)
      const behind = score < limit || (score === limit && before !== undefined && node > before)
      if (behind && score > bestScore) [best, bestScore] = [node, score]
    }
    return best
  }
}

/**
 * The owner of each slice. A slice asks the nodes of its line in order. A node above its capacity
 * gives up the slice with the lowest score, which asks the next node (deferred
 * acceptance, Gale and Shapley 1962). The outcome does not depend on the order of asking.
 */
const ownersOf = (lines: Lines, nodes: number): number[] => {
  const capacity = capacityOf(nodes)
  const held: Held[][] = Array.from({ length: nodes }, () => [])
  const owners: number[] = []
  const asking = Array.from({ length: SLICES }, (_, slice) => slice)
  for (let slice = asking.pop(); slice !== undefined; slice = asking.pop()) {
    const node = lines.after(slice, owners[slice])
    const slices = node === undefined ? undefined : held[node]
    if (node === undefined || slices === undefined) throw new Error("the nodes hold all slices")
    owners[slice] = node
    slices.push({ slice, score: lines.score(node, slice) })
    if (slices.length <= capacity) continue
    slices.sort((one, other) => other.score - one.score || one.slice - other.slice)
    const given = slices.pop()
    if (given) asking.push(given.slice)
  }
  return owners
}

/** The first node in a slice's line that is not its owner. */
const nextInLine = (lines: Lines, slice: number, owner: number): number | undefined => {
  const first = lines.after(slice, undefined)
  return first === owner ? lines.after(slice, owner) : first
}

/** Places the slices of a context on the nodes that host it, given in any order. */
export const place = (context: string, hosting: readonly string[]): Placement => {
  const nodes = [...new Set(hosting)].sort()
  const [only] = nodes
  if (nodes.length <= 1) return { nodes, nodeOf: (_slice, rank) => rank === 0 ? only : undefined }
  const lines = new Lines(context, nodes)
  const owners = ownersOf(lines, nodes.length)
  const table = [
    owners.map((owner) => nodes[owner]),
    owners.map((owner, slice) => nodes[nextInLine(lines, slice, owner) ?? owner]),
  ]
  return { nodes, nodeOf: (slice, rank) => table[rank]?.[slice] }
}
