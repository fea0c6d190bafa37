/** Newer events: those of the log that another release has written, and that wait for its code. */
import type { AnyContract } from "../../contracts/internal.ts"
import { limited, reportWarning, type StoredCommit } from "../../wire/internal.ts"
import { POLICY } from "../limits.ts"

/**
 * Why the code of this process cannot know what a commit means; undefined if it can. A followed
 * contract is a copy: its owner may have added events that no release here ever knows.
 */
export const newerIn = (
  { codec: { evolution } }: AnyContract,
  { events, skipped }: StoredCommit,
  isFollowed = false,
): string | undefined => {
  if (skipped) return undefined
  for (const { type, schema } of events) {
    if (isFollowed && evolution.versions(type) === 0) continue
    const foreign = evolution.foreign(type, schema)
    if (foreign) return foreign.message
  }
  return undefined
}

interface Held {
  readonly place: string
  readonly reason: string
  readonly sequence: number
  /** When this process saw it first, and last, in milliseconds since 1970. */
  readonly sinceMs: number
  readonly seenMs: number
  readonly isParked: boolean
}

/** Limited, because during a roll each event of the new release comes here. */
const warn = limited(reportWarning, { burst: 5, everyMs: 60_000 })

/**
 * The newer events that one policy has given back, the first of each actor. While a roll goes on, a
 * process of the newer release takes them. An event that no longer comes is in its hands.
 */
export class NewerEvents {
  readonly #held = new Map<string, Held>()
  readonly #now: () => number

  /** `now` is the time in milliseconds since 1970. */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /**
   * Notes that an event was given back. Returns since when newer events of its actor come here, in
   * ms since 1970: those behind the first are as old as it, so that they are parked with it.
   */
  note(subject: string, sequence: number, place: string, reason: string): number {
    const nowMs = this.#now()
    const before = this.#at(subject, nowMs)
    if (before && before.sequence < sequence) return before.sinceMs
    const isSame = before?.sequence === sequence
    if (!isSame) warn(`${place} is left to a process of a newer release: ${reason}`)
    const sinceMs = isSame ? before.sinceMs : nowMs
    // In the order of the last time, so that the first ones are those that are forgotten.
    this.#held.delete(subject)
    this.#held.set(subject, { place, reason, sequence, sinceMs, seenMs: nowMs, isParked: false })
    const [oldest] = this.#held.keys()
    if (oldest !== undefined && this.#held.size > POLICY.pending) this.#held.delete(oldest)
    return sinceMs
  }

  /** Notes that an event is parked. Those behind it still come for a while. */
  parked(subject: string): void {
    const held = this.#held.get(subject)
    if (held) this.#held.set(subject, { ...held, isParked: true })
  }

  /** Notes that an event is done, such as one that was stepped over: none waits behind it. */
  done(subject: string, sequence: number): void {
    const held = this.#held.get(subject)
    if (held?.sequence === sequence && !held.isParked) this.#held.delete(subject)
  }

  /** Whether an earlier event of the same actor was given back, and still comes here. */
  isBehind(subject: string, sequence: number): boolean {
    if (this.#held.size === 0) return false
    const held = this.#at(subject, this.#now())
    return held !== undefined && !held.isParked && held.sequence < sequence
  }

  /** The events that keep coming, because no process of the newer release runs. */
  get stuck(): readonly string[] {
    return this.#stuck.map(({ place, reason }) => `${place}: ${reason}`)
  }

  /** Since when the first of these comes here, in milliseconds since 1970. */
  get sinceMs(): number | undefined {
    const since = this.#stuck.map(({ sinceMs }) => sinceMs)
    return since.length === 0 ? undefined : Math.min(...since)
  }

  get #stuck(): readonly Held[] {
    const nowMs = this.#now()
    return [...this.#held.values()].filter(({ sinceMs, seenMs, isParked }) =>
      !isParked && seenMs - sinceMs >= POLICY.newerMs && nowMs - seenMs < POLICY.newerMs
    )
  }

  #at(subject: string, nowMs: number): Held | undefined {
    const held = this.#held.get(subject)
    if (!held || nowMs - held.seenMs < POLICY.newerMs) return held
    this.#held.delete(subject)
    return undefined
  }
}
