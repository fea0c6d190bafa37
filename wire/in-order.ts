/** The results of promises, handed on in the order in which the promises were added. */
import { callBack } from "./report.ts"

/** A queue of promises. None of them may reject. */
export class InOrder {
  #last: Promise<void> = Promise.resolve()
  #waiting = 0

  /** How many have not been handed on yet. */
  get waiting(): number {
    return this.#waiting
  }

  /** Hands on its result after the results before it. An error that `take` throws is reported. */
  add<T>(promise: Promise<T>, take: (value: T) => void, what: string): void {
    this.#waiting++
    this.#last = this.#last.then(async () => {
      const value = await promise
      this.#waiting--
      callBack(take, value, what)
    })
  }

  /** Resolves when every result has been handed on. */
  done(): Promise<void> {
    return this.#last
  }
}
