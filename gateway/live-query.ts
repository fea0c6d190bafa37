/**
 * A live query: a question that is asked again whenever its views may have changed, once for all of
 * its watchers in this process.
 */
import { type Client, failureOf } from "../wire/internal.ts"
import {
  type Failure,
  formatPositions,
  isFailure,
  parsePositions,
  retryOf,
} from "../contracts/internal.ts"
import {
  ANSWER_TIME_MS,
  LIVE_REST_MS,
  LOOK_AGAIN_MS,
  OUTAGE_REST_MS,
  QUERY_TIMEOUT_MS,
  SOON_MS,
} from "./limits.ts"
import { ask, problemShown, type Question, type Shown } from "./live-answer.ts"

/** How often a live query is asked again. */
export interface Pace {
  /** The shortest time between two asks, in milliseconds. */
  readonly restMs: number
  /** The same after an ask that failed, in milliseconds. */
  readonly outageRestMs: number
  /** The longest time between two asks, in milliseconds, because an announcement can get lost. */
  readonly lookMs: number
}

/** The default pace. */
export const PACE: Pace = {
  restMs: LIVE_REST_MS,
  outageRestMs: OUTAGE_REST_MS,
  lookMs: LOOK_AGAIN_MS,
}

/** A client that watches a live query. */
export interface Watcher {
  /** Called with each answer, even if it equals the last one. */
  readonly shown: (shown: Shown) => void
  /** Called once, when no further answer can come. */
  readonly ended: (last: Shown) => void
}

/** Whether the same question may succeed later. */
const mayPass = ({ _tag }: Failure): boolean => retryOf(_tag) !== "never"

/** The furthest position of each context. Empty texts are ignored. */
const furthest = (...positions: readonly string[]): string => {
  const all = positions.filter((position) => position !== "")
  return all.length === 0 ? "" : formatPositions(parsePositions(all.join(",")))
}

/** One question and its watchers. */
export class LiveQuery {
  readonly #client: Client
  readonly #question: Question
  readonly #pace: Pace
  readonly #watchers = new Set<Watcher>()
  /** The furthest position that a watcher has seen. No later answer is older. */
  #seen = ""
  /** The position of the changes that were announced since the last ask. */
  #announced = ""
  #timer: ReturnType<typeof setTimeout> | undefined
  #due = Infinity
  #restsUntil = 0
  #asking = false
  #stale = false

  constructor(client: Client, question: Question, pace: Pace) {
    this.#client = client
    this.#question = question
    this.#pace = pace
  }

  get reads(): readonly string[] {
    return this.#question.reads
  }

  /** How many watchers it has. */
  get watchers(): number {
    return this.#watchers.size
  }

  /** Adds a watcher that has seen `seen`: it is told only answers that are at least that far. */
  watch(watcher: Watcher, seen: Shown): void {
    this.#watchers.add(watcher)
    this.#see(seen)
    this.changed()
  }

  /** Removes a watcher. */
  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size === 0) this.#sleep(Infinity)
  }

  /** Whether a change of the rows with these keys can change the answer. */
  concerns(keys: readonly string[] | undefined): boolean {
    if (keys === undefined) return true
    const { key } = this.#question
    return key === undefined ? keys.length > 0 : keys.includes(key)
  }

  /** Notes that the answer may have changed, by changes up to `position`. */
  changed(position = ""): void {
    this.#announced = furthest(this.#announced, position)
    if (this.#asking) this.#stale = true
    else this.#sleep(Math.max(this.#restsUntil - performance.now(), 0))
  }

  /** Ends it for all watchers. */
  end(last: Shown): void {
    this.#sleep(Infinity)
    const all = [...this.#watchers]
    this.#watchers.clear()
    for (const watcher of all) watcher.ended(last)
  }

  /** Asks after `ms` milliseconds, unless an earlier ask is due. */
  #sleep(ms: number): void {
    if (ms === Infinity) {
      clearTimeout(this.#timer)
      this.#due = Infinity
      return
    }
    const due = performance.now() + ms
    if (due >= this.#due || this.#watchers.size === 0) return
    clearTimeout(this.#timer)
    this.#due = due
    this.#timer = setTimeout(() => void this.#ask(), ms)
  }

  async #ask(): Promise<void> {
    this.#due = Infinity
    this.#asking = true
    this.#stale = false
    this.#restsUntil = performance.now() + this.#pace.restMs
    try {
      const shown = await this.#answer()
      this.#see(shown)
      for (const watcher of this.#watchers) watcher.shown(shown)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#asking = false
    }
    this.#sleep(this.#pace.lookMs)
    if (this.#stale) this.changed()
  }

  /**
   * Tries again: soon if the failure may pass, and otherwise as seldom as if nothing changed. Other
   * rows, or another version of the program, can make the same question succeed.
   */
  #failed(error: unknown): void {
    const failure = failureOf(error, `the live query ${this.#question.name}`)
    const shown = problemShown(failure)
    // A view that was set back to an earlier generation can take long to get there again.
    if (failure._tag === "StaleView") this.#seen = ""
    for (const watcher of this.#watchers) watcher.shown(shown)
    const { outageRestMs, lookMs } = this.#pace
    this.#stale = mayPass(failure)
    this.#restsUntil = performance.now() + (this.#stale ? outageRestMs : lookMs)
  }

  /**
   * The answer that includes what was announced, if all lanes of the views get there soon. Its
   * position then says so too. If they do not, the answer that the views give now.
   */
  async #answer(): Promise<Shown> {
    const announced = furthest(this.#seen, this.#announced)
    this.#announced = ""
    if (announced !== this.#seen) {
      try {
        return await this.#askAfter(announced, SOON_MS)
      } catch (error) {
        if (!isFailure(error) || error._tag !== "StaleView") throw error
      }
    }
    return await this.#askAfter(this.#seen, QUERY_TIMEOUT_MS)
  }

  #askAfter(after: string, withinMs: number): Promise<Shown> {
    const options = { timeoutMs: withinMs + ANSWER_TIME_MS, ...(after === "" ? {} : { after }) }
    return ask(this.#client, this.#question, options)
  }

  #see({ position }: Shown): void {
    this.#seen = furthest(this.#seen, position)
  }
}
