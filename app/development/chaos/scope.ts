/** The scope of a chaos run: what was started is stopped, whatever was going on when it ended. */

/** Holds what a run has started. Nothing starts after its end. */
export class Scope {
  readonly #over = new AbortController()
  readonly #ends: (() => Promise<unknown>)[] = []

  /** Aborts when the run is over, for whatever reason. */
  get signal(): AbortSignal {
    return this.#over.signal
  }

  /** Takes work for the end; the last comes first. */
  after(work: () => Promise<unknown>): void {
    this.#ends.push(work)
  }

  /**
   * Starts something, and stops it at the end, which waits for a start that is under way. Rejects
   * with the reason of the end when the run is over.
   */
  async hold<T>(start: () => Promise<T>, stop: (started: T) => Promise<unknown>): Promise<T> {
    this.signal.throwIfAborted()
    const starting = start()
    // What did not start is not stopped: its starter hears why.
    this.after(() => starting.then(stop, () => {}))
    return await starting
  }

  /**
   * Stops everything, also when some of it cannot be stopped, and then rejects with the first such
   * error. Does nothing when it is called again.
   */
  async end(reason: unknown): Promise<void> {
    this.#over.abort(reason)
    const failures: unknown[] = []
    for (const each of this.#ends.splice(0).reverse()) {
      await each().catch((error: unknown) => failures.push(error))
    }
    if (failures.length > 0) throw failures[0]
  }
}
