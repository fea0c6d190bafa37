/** A pass: one way through the log for some lanes, until it is ended or fails. */

/** Another worker has saved: not a failure, because that one does the work. */
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

  /** Lets the pass come to its end, with what was read by then saved. */
  end(): void {
    this.#ending.abort()
  }

  /** Ends the pass with an error. */
  fail(error: unknown): void {
    // When another lane fails at the same time, its error is most likely the same.
    if (this.#failure === undefined || this.#failure instanceof Overtaken) this.#failure = error
    this.end()
  }

  /** Throws what the pass failed with, if it failed. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }
}
