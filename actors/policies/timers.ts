/** Timers: what policies want to ask later, kept until it is due. A port. */
import type { Due } from "../due.ts"
import type { Subscription } from "./subscription.ts"

/** One timer. */
export interface Timer {
  /** `<context>.<policy>`. */
  readonly policy: string
  /** Unique within the policy, and of the letters of an id. */
  readonly key: string
  readonly due: Due
  /** What it is for, given back when it fires. */
  readonly payload: Uint8Array
}

/** A timer that has fired. */
export interface FiredTimer {
  readonly policy: string
  readonly key: string
  readonly payload: Uint8Array
  /** Which of the times this is, for one that recurs: when it fires next. */
  readonly occurrence?: string
}

/** Keeps timers. Methods reject with `Unavailable` when they cannot be reached. */
export interface Timers {
  /** Keeps a timer instead of the one with its key, if there is one; past its time it fires now. */
  readonly set: (timer: Timer) => Promise<void>
  /** Removes a timer if it still waits. */
  readonly cancel: (policy: string, key: string) => Promise<void>
  /**
   * Hands out the timers of a context's policies that fire, each at least once, until `handle`
   * resolves to true. The times of one timer come one after another. `handle` must not reject.
   */
  readonly serve: (
    context: string,
    handle: (fired: FiredTimer) => Promise<boolean>,
  ) => Promise<Subscription>
}
