/** How much memory the actors of a host take, as far as it is known, and how much they may take. */

/** Counts bytes against a limit. Actors add to it; the host looks at it and makes room. */
export class MemoryBudget {
  readonly #limit: number
  #bytes = 0

  /** A budget of this many bytes. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** How many bytes are taken. */
  get bytes(): number {
    return this.#bytes
  }

  /** True when no more should be taken. */
  get isSpent(): boolean {
    return this.#bytes >= this.#limit
  }

  /** Takes this many bytes more, or gives them back when it is negative. */
  add(bytes: number): void {
    this.#bytes += bytes
  }
}
