/** The largest of the values of late, for a gauge that is read only now and then. */

/** Keeps the largest value of the last half minute to minute. */
export class RecentMost {
  readonly #now: () => number
  #most = 0
  #before = 0
  #sinceMs: number

  constructor(now: () => number = () => performance.now()) {
    this.#now = now
    this.#sinceMs = now()
  }

  note(value: number): void {
    if (value > this.#most) this.#most = value
  }

  /** The largest value of late. */
  get value(): number {
    const value = Math.max(this.#most, this.#before)
    if (this.#now() - this.#sinceMs >= WINDOW_MS) {
      this.#before = this.#most
      this.#most = 0
      this.#sinceMs = this.#now()
    }
    return value
  }
}

/** Longer than the usual time between two readings. */
const WINDOW_MS = 30_000
