/** One timer for many deadlines: a wheel whose slots are ticks of equal length. */

const TICK_MS = 50

/** Things that expire, by a number of the caller's choice. */
export class Deadlines {
  readonly #expired: (token: number) => void
  readonly #slots = new Map<number, number[]>()
  #timer: ReturnType<typeof setInterval> | undefined
  #swept = 0

  /** `expired` is called for each token whose time has come, also for one long settled. */
  constructor(expired: (token: number) => void) {
    this.#expired = expired
  }

  /** Lets a token expire after this many milliseconds, at the tick after at the latest. */
  add(token: number, afterMs: number): void {
    const slot = Math.ceil((performance.now() + afterMs) / TICK_MS)
    const tokens = this.#slots.get(slot)
    if (tokens) tokens.push(token)
    else this.#slots.set(slot, [token])
    if (this.#timer !== undefined) return
    this.#swept = Math.floor(performance.now() / TICK_MS)
    this.#timer = setInterval(() => this.#sweep(), TICK_MS)
  }

  /** Forgets everything. */
  clear(): void {
    clearInterval(this.#timer)
    this.#timer = undefined
    this.#slots.clear()
  }

  #sweep(): void {
    const now = Math.floor(performance.now() / TICK_MS)
    for (let slot = this.#swept; slot <= now; slot++) {
      const tokens = this.#slots.get(slot)
      if (!tokens) continue
      this.#slots.delete(slot)
      for (const token of tokens) this.#expired(token)
    }
    this.#swept = now
    if (this.#slots.size === 0) this.clear()
  }
}
