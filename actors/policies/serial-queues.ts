/** Runs the tasks of one key in order, and those of different keys concurrently. */
export class SerialQueues {
  readonly #tails = new Map<string, Promise<void>>()

  /** How many keys have tasks. */
  get size(): number {
    return this.#tails.size
  }

  /** Runs a task after all earlier tasks of this key. The task must not reject. */
  add(key: string, task: () => Promise<void>): Promise<void> {
    const before = this.#tails.get(key)
    const tail: Promise<void> = (before ? before.then(task) : task()).then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    this.#tails.set(key, tail)
    return tail
  }

  /** Resolves when no task is left. */
  async settled(): Promise<void> {
    while (this.#tails.size > 0) await Promise.all(this.#tails.values())
  }
}
