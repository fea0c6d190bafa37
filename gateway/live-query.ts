/**
 * A live query: asked again whenever what it reads may have changed, once for all who watch it in
 * this process.
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

/** How often a live query is asked. */
export interface Pace {
  /** How long it rests before it is asked again, in milliseconds. */
  readonly restMs: number
  /** How long it rests after it could not be answered, in milliseconds. */
  readonly outageRestMs: number
  /** After how long it is asked without a reason, as an announcement may be lost. */
  readonly lookMs: number
}

/** The pace of live queries that are not told another one. */
export const PACE: Pace = {
  restMs: LIVE_REST_MS,
  outageRestMs: OUTAGE_REST_MS,
  lookMs: LOOK_AGAIN_MS,
}

/** A client that watches a live query. */
export interface Watcher {
  /** Called with each new answer, whether or not it differs from the last one. */
  readonly shown: (shown: Shown) => void
  /** Called when there can be no further answer. */
  readonly ended: (last: Shown) => void
}

/** Whether the same question may be answered later. */
const mayPass = ({ _tag }: Failure): boolean => retryOf(_tag) !== "never"

/** The furthest position in each context, of texts that may be empty. */
const furthest = (...positions: readonly string[]): string => {
  const all = positions.filter((position) => position !== "")
  return all.length === 0 ? "" : formatPositions(parsePositions(all.join(",")))
}

/** One question, and all who watch its answers. */
export class LiveQuery {
  readonly #client: Client
  readonly #question: Question
  readonly #pace: Pace
  readonly #watchers = new Set<Watcher>()
  /** How far the views were that somebody has seen already: nobody goes back before that. */
  #seen = ""
  /** How far the rows are that have changed since it was asked. */
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

  /** How many watch. */
  get watchers(): number {
    return this.#watchers.size
  }

  /** Begins to tell of answers that are at least as far as `seen`, an answer of its own. */
  watch(watcher: Watcher, seen: Shown): void {
    this.#watchers.add(watcher)
    this.#see(seen)
    this.changed()
  }

  /** Tells this one no more. */
  leave(watcher: Watcher): void {
    this.#watchers.delete(watcher)
    if (this.#watchers.size === 0) this.#sleep(Infinity)
  }

  /** Whether a change of these rows can be one of the answer. */
  concerns(keys: readonly string[] | undefined): boolean {
    if (keys === undefined) return true
    const { key } = this.#question
    return key === undefined ? keys.length > 0 : keys.includes(key)
  }

  /** To be called when the answer may have changed, by rows that are as far as `position`. */
  changed(position = ""): void {
    this.#announced = furthest(this.#announced, position)
    if (this.#asking) this.#stale = true
    else this.#sleep(Math.max(this.#restsUntil - performance.now(), 0))
  }

  /** Ends it for all who watch. */
  end(last: Shown): void {
    this.#sleep(Infinity)
    const all = [...this.#watchers]
    this.#watchers.clear()
    for (const watcher of all) watcher.ended(last)
  }

  /** Asks after so many milliseconds, unless it will be asked before that anyway. */
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

  /** What cannot be answered now is tried again; any other failure would only be repeated. */
  #failed(error: unknown): void {
    const failure = failureOf(error, `the live query ${this.#question.name}`)
    const shown = problemShown(failure)
    if (!mayPass(failure)) return this.end(shown)
    // Views that were set back to an earlier generation may be long in coming there again.
    if (failure._tag === "StaleView") this.#seen = ""
    for (const watcher of this.#watchers) watcher.shown(shown)
    this.#restsUntil = performance.now() + this.#pace.outageRestMs
    this.#stale = true
  }

  /**
   * The answer that shows what was announced, if all lanes of the views are soon that far: then its
   * position says so too. If not, the one that there is.
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
