/** One timer for many deadlines: a wheel whose slots are ticks of equal length. */

const TICK_MS = 50

/** A clock and a ticker. */
export interface Clock {
  /** Milliseconds since a fixed moment. Never goes back. */
  readonly now: () => number
  /** Calls back repeatedly until the returned function is called. */
  readonly every: (milliseconds: number, run: () => void) => () => void
}

const systemClock: Clock = {
  now: () => performance.now(),
  every: (milliseconds, run) => {
    const timer = setInterval(run, milliseconds)
    return () => clearInterval(timer)
  },
}

/** Tokens that expire. A token is a number that the caller chooses. */
export class Deadlines {
  readonly #expired: (token: number) => void
  readonly #clock: Clock
  readonly #slots = new Map<number, number[]>()
  #stop: (() => void) | undefined
  #swept = 0

  /** `expired` is called for each token whose time has come, even if the caller is done with it. */
  constructor(expired: (token: number) => void, clock = systemClock) {
    this.#expired = expired
    this.#clock = clock
  }

  /** Lets a token expire this many milliseconds from now, or up to two ticks later. */
  add(token: number, afterMs: number): void {
    const now = this.#clock.now()
    if (this.#stop === undefined) {
      this.#swept = Math.floor(now / TICK_MS)
      this.#stop = this.#clock.every(TICK_MS, () => this.#sweep())
    }
    const due = Math.ceil((now + (afterMs > 0 ? afterMs : 0)) / TICK_MS)
    // A slot that has been swept is never looked at again.
    const slot = Math.max(due, this.#swept + 1)
    const tokens = this.#slots.get(slot)
    if (tokens) tokens.push(token)
    else this.#slots.set(slot, [token])
  }

  /** Forgets all tokens. */
  clear(): void {
    this.#stop?.()
    this.#stop = undefined
    this.#slots.clear()
  }

  #sweep(): void {
    const now = Math.floor(this.#clock.now() / TICK_MS)
    while (this.#swept < now) {
      const tokens = this.#slots.get(++this.#swept)
      if (!tokens) continue
      this.#slots.delete(this.#swept)
      for (const token of tokens) this.#expired(token)
    }
    if (this.#slots.size === 0) this.clear()
  }
}
