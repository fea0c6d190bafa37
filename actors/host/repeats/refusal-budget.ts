/** The budget of written refusals: how many bytes of the log a process may spend on them. */
import type { HostLimits, RefusalLimits } from "../../limits.ts"

/** The account that a written refusal is charged to: see `RefusalLimits`. */
export type RefusalKind = keyof RefusalLimits

/** When to ask again if a bucket never refills, in milliseconds. */
const NEVER_MS = 1_000

/** A token bucket of bytes. It can be overdrawn, and then refills from below zero. */
class Bucket {
  readonly #burst: number
  readonly #perSecond: number
  readonly #now: () => number
  #left: number
  #since: number

  constructor({ burst, perSecond }: RefusalLimits[RefusalKind], now: () => number) {
    this.#burst = burst
    this.#perSecond = perSecond
    this.#now = now
    this.#left = burst
    this.#since = now()
  }

  get left(): number {
    const now = this.#now()
    const regained = Math.max(0, now - this.#since) / 1_000 * this.#perSecond
    this.#left = Math.min(this.#burst, this.#left + regained)
    this.#since = now
    return this.#left
  }

  /** In how many milliseconds bytes are left again. */
  get againMs(): number {
    if (this.#perSecond === 0) return NEVER_MS
    return Math.max(0, Math.ceil((1 - this.left) / this.#perSecond * 1_000))
  }

  take(bytes: number): void {
    this.#left = this.left - bytes
  }
}

/** How much one process may still write, for each kind of refusal. */
export class RefusalBudget {
  readonly #buckets: Readonly<Record<RefusalKind, Bucket>>

  /** How many open refusals an actor may have when another one is charged to the budget. */
  readonly #ofOneActor: number

  /** `now` gives the time in milliseconds, from any start. */
  constructor(
    { refusals, refusalsOfOneActor }: Pick<HostLimits, "refusals" | "refusalsOfOneActor">,
    now: () => number,
  ) {
    this.#ofOneActor = refusalsOfOneActor
    this.#buckets = {
      noEvents: new Bucket(refusals.noEvents, now),
      someEvents: new Bucket(refusals.someEvents, now),
      unproven: new Bucket(refusals.unproven, now),
    }
  }

  /** Whether an actor with `open` open refusals may write one of this kind now. */
  hasRoom(kind: RefusalKind, open = 0): boolean {
    return open < this.#ofOneActor && this.#buckets[kind].left > 0
  }

  /** In how many milliseconds a refusal of this kind may be written again. */
  againMs(kind: RefusalKind): number {
    return this.#buckets[kind].againMs
  }

  /** Charges what was written, even if that overdraws the bucket. */
  take(kind: RefusalKind, bytes: number): void {
    this.#buckets[kind].take(bytes)
  }
}
