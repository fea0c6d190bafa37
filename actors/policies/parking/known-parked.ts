/** The parked work of one context as this process knows it, so that events need no look at it. */
import { POLICY } from "../../limits.ts"
import { reportWarning } from "../../../wire/internal.ts"
import { messageOf } from "../../../contracts/internal.ts"
import { inOrder, type ParkedPlace, type ParkedWork, type Parking } from "./parking.ts"

type Group = Pick<ParkedPlace, "policy" | "kind" | "of">

const textOf = ({ policy, kind, of }: Group): string => `${policy} ${kind} ${of}`

/** Knows the places, and reads them again from time to time: other processes park as well. */
export class KnownParked {
  readonly #parking: Parking
  readonly #context: string
  /** The places by what shares its order, and within that by their sequences. */
  #groups = new Map<string, Map<number, ParkedPlace>>()
  #changes = 0
  #readMs = 0

  constructor(parking: Parking, context: string) {
    this.#parking = parking
    this.#context = context
  }

  /** Reads all places. Rejects with `Unavailable`. */
  async load(): Promise<void> {
    const changes = this.#changes
    const places = await this.#parking.places(this.#context)
    // What this process parked meanwhile may be missing in what was read.
    if (changes !== this.#changes) return
    this.#groups = new Map()
    for (const place of places) this.#add(place)
    this.#readMs = performance.now()
  }

  /** Whether work that shares its order with this is parked. */
  has(group: Group): boolean {
    this.#refresh()
    return this.#groups.size > 0 && this.#groups.has(textOf(group))
  }

  /**
   * Whether work that is known to share its order is still parked: another process may have taken
   * it up. Rejects with `Unavailable`.
   */
  async isThere(group: Group): Promise<boolean> {
    const [first] = [...this.#groups.get(textOf(group))?.values() ?? []].toSorted(inOrder)
    if (first === undefined) return false
    if (await this.#parking.read(first)) return true
    await this.load()
    return this.#groups.has(textOf(group))
  }

  /** The work that is parked at a place. Rejects with `Unavailable`. */
  read(place: ParkedPlace): Promise<ParkedWork | undefined> {
    return this.#parking.read(place)
  }

  /** All known places, in order. */
  get all(): readonly ParkedPlace[] {
    this.#refresh()
    return [...this.#groups.values()].flatMap((group) => [...group.values()]).toSorted(inOrder)
  }

  /** How much work of a policy is parked. */
  count(policy: string): number {
    return this.all.filter((place) => place.policy === policy).length
  }

  /** Parks work. Rejects with `Unavailable`. */
  async park(work: ParkedWork): Promise<void> {
    await this.#parking.park(work)
    this.#changes++
    this.#add(work)
  }

  /** Forgets work, or discards it for an operator. Rejects with `Unavailable`. */
  async unpark(work: ParkedWork, discardedBy?: string): Promise<void> {
    if (discardedBy === undefined) await this.#parking.unpark(work)
    else await this.#parking.discard(work, discardedBy)
    this.#changes++
    const group = this.#groups.get(textOf(work))
    group?.delete(work.at)
    if (group?.size === 0) this.#groups.delete(textOf(work))
  }

  /** The parked work that shares its order, first to last. Rejects with `Unavailable`. */
  async *works(wanted: Group): AsyncGenerator<ParkedWork> {
    await this.load()
    const group = [...this.#groups.get(textOf(wanted))?.values() ?? []].toSorted(inOrder)
    for (const place of group) {
      const work = await this.#parking.read(place)
      if (work) yield work
    }
  }

  #add({ policy, kind, of, at }: ParkedPlace): void {
    const text = textOf({ policy, kind, of })
    const group = this.#groups.get(text) ?? new Map<number, ParkedPlace>()
    this.#groups.set(text, group.set(at, { policy, kind, of, at }))
  }

  #refresh(): void {
    const nowMs = performance.now()
    if (nowMs - this.#readMs < POLICY.parkedMs) return
    this.#readMs = nowMs
    this.load().catch((error) =>
      reportWarning(`the parked work of ${this.#context} is not known: ${messageOf(error)}`)
    )
  }
}
