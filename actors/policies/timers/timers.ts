/** Timers: the asks that policies want to make later, kept until they are due. A port. */
import type { Due } from "../../due.ts"
import type { Subscription } from "../subscription.ts"

/** One timer. */
export interface Timer {
  /** `<context>.<policy>`. */
  readonly policy: string
  /** Unique within the policy, made of the characters of an id. */
  readonly key: string
  readonly due: Due
  /** The bytes that are handed back when the timer fires. */
  readonly payload: Uint8Array
}

/**
 * When a suspended timer fires: never. A recurring timer that nobody wants any longer is suspended,
 * so that it can go on when an earlier version of the application comes back.
 */
export const NEVER: Due = { at: Date.UTC(2250, 0, 1) }

/** A timer that has fired. */
export interface FiredTimer {
  readonly policy: string
  readonly key: string
  readonly payload: Uint8Array
  /** Tells this firing from all others, and stays the same when it is handed out again. */
  readonly sequence: number
  /** When it fired, in milliseconds since 1970. */
  readonly time: number
  /** Whether it was handed out before, and its command may have been carried out. */
  readonly redelivered: boolean
  /** For a recurring timer, which of its times this is: the time at which it fires next. */
  readonly occurrence?: string
}

/** Keeps timers. Its methods reject with `Unavailable` when the store cannot be reached. */
export interface Timers {
  /** Keeps a timer and replaces one with the same key. A timer that is past due fires now. */
  readonly set: (timer: Timer) => Promise<void>
  /** Removes a timer if it still waits. */
  readonly cancel: (policy: string, key: string) => Promise<void>
  /** The timers of a context that recur, or would if they were not suspended. */
  readonly recurring: (context: string) => Promise<readonly Timer[]>
  /** The waiting timer of a key; undefined without one. */
  readonly waiting: (policy: string, key: string) => Promise<Timer | undefined>
  /** Whether a timer waits, or has fired and is not done. */
  readonly isPending: (policy: string, key: string) => Promise<boolean>
  /** How many timers of a context's policies wait, or have fired and are not done. */
  readonly count: (context: string) => Promise<number>
  /**
   * Hands out the timers of a context's policies that fire, each at least once, until `handle`
   * resolves to true. The times of one timer come one after another. `handle` must not reject.
   */
  readonly serve: (
    context: string,
    handle: (fired: FiredTimer) => Promise<boolean>,
  ) => Promise<Subscription>
}
