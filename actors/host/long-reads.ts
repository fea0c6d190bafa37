/** Long reads of histories: few at the same time, and together they hold bounded memory. */

/** The bounds of long reads. */
export interface LongReadLimits {
  /** Bytes that all long reads hold together. */
  readonly bytes: number
  /** How many are under way at the same time. */
  readonly longAtOnce: number
}

/** One read of a history. */
export interface HistoryRead {
  /** Bytes that it may hold now. Another long read can make them fewer. */
  readonly mayHold: number
  /** Resolves once it may go on as a long read. */
  readonly becomesLong: () => Promise<void>
  /** Ends it. Another read that waits then goes on. */
  readonly end: () => void
}

/** The long reads under way, and those that wait. */
export class LongReads {
  readonly #limits: LongReadLimits
  readonly #waiting: (() => void)[] = []
  #active = 0

  constructor(limits: LongReadLimits) {
    this.#limits = limits
  }

  /** Begins a read, which is short at first. */
  read(): HistoryRead {
    let isLong = false
    const share = () => this.#limits.bytes / Math.max(this.#active, 1)
    return {
      get mayHold() {
        return share()
      },
      becomesLong: async () => {
        if (isLong) return
        if (this.#active < this.#limits.longAtOnce) this.#active++
        // The place of a read that ends is handed over to the one that has waited for longest.
        else await new Promise<void>((resolve) => this.#waiting.push(resolve))
        isLong = true
      },
      end: () => {
        if (!isLong) return
        isLong = false
        const next = this.#waiting.shift()
        if (next) next()
        else this.#active--
      },
    }
  }
}
