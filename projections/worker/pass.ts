/** A pass: one run through the log for some lanes, until it ends or fails. */

/** Another worker has saved. This is not a failure, because that worker does the work. */
export class Overtaken extends Error {
  override readonly name = "Overtaken"
}

/** Whether a pass goes on, and what it failed with. */
export class Pass {
  readonly #ending = new AbortController()
  #failure: unknown

  /** Aborted when nothing more is to be read. */
  get signal(): AbortSignal {
    return this.#ending.signal
  }

  /** Lets the pass end after what was read by now is saved. */
  end(): void {
    this.#ending.abort()
  }

  /** Ends the pass with an error. */
  fail(error: unknown): void {
    // If several lanes fail at the same time, their errors are most likely the same.
    if (this.#failure === undefined || this.#failure instanceof Overtaken) this.#failure = error
    this.end()
  }

  /** Throws what the pass failed with, if it failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}
