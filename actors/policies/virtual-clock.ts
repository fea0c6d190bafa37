/** A clock that follows the real one and can be moved forward, for what runs in memory. */

/** A callback, and when to call it. */
interface Alarm {
  readonly at: number
  readonly ring: () => void
}

/** The longest that the platform's timers can wait, in milliseconds. */
const LONGEST_MS = 2_147_483_647

/** A clock with alarms. */
export class VirtualClock {
  readonly #alarms = new Set<Alarm>()
  #ahead = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #stopped = false

  /** The time, in milliseconds since 1970. */
  readonly now = (): number => Date.now() + this.#ahead

  /** Calls `ring` once, at that time or soon after. Returns a function that cancels the alarm. */
  alarm(at: number, ring: () => void): () => void {
    const alarm = { at, ring }
    // Work that a stop has overtaken can still set one, which would keep the process alive.
    if (this.#stopped) return () => {}
    this.#alarms.add(alarm)
    this.#wind()
    return () => {
      this.#alarms.delete(alarm)
      this.#wind()
    }
  }

  /**
   * Puts the clock forward. It stops at every alarm on the way, including those set on the way, and
   * goes on when `settled` resolves. `settled` is also called before the first alarm.
   */
  async advance(ms: number, settled: () => Promise<void>): Promise<void> {
    await settled()
    const end = this.now() + ms
    for (let next = this.#first(); next && next.at <= end; next = this.#first()) {
      this.#forwardTo(next.at)
      this.#ring(next)
      await settled()
    }
    this.#forwardTo(end)
    this.#wind()
  }

  /** Cancels all alarms, and takes no more. */
  stop(): void {
    this.#stopped = true
    this.#alarms.clear()
    this.#wind()
  }

  #forwardTo(time: number): void {
    this.#ahead += Math.max(0, time - this.now())
  }

  #first(): Alarm | undefined {
    let first: Alarm | undefined
    for (const alarm of this.#alarms) if (!first || alarm.at < first.at) first = alarm
    return first
  }

  #ring(alarm: Alarm): void {
    this.#alarms.delete(alarm)
    alarm.ring()
    this.#wind()
  }

  #wind(): void {
    clearTimeout(this.#timer)
    const first = this.#first()
    if (!first) return
    const wait = Math.min(Math.max(0, first.at - this.now()), LONGEST_MS)
    this.#timer = setTimeout(() => {
      if (this.#alarms.has(first) && first.at <= this.now()) this.#ring(first)
      else this.#wind()
    }, wait)
  }
}
