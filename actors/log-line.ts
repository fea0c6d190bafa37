/** The line to a log: asks it, again where nobody answers, and notes when something is wrong. */
import { NO_HEADERS, type Reply, type Wire } from "../contracts/mod.ts"

/** How long a read may take in all, in milliseconds: longer than it takes to elect a leader. */
const READ_TIMEOUT_MS = 10_000
/** After how long without an answer a read is asked again, in milliseconds. */
const READ_TRY_MS = 500
/** An answer that takes longer says that something is wrong with the log, … */
const SLOW_MS = 500
/** … and for so long after it a read of the leader proves nothing, in milliseconds. */
const TROUBLED_MS = 30_000

/** Asks a log over a wire. */
export class LogLine {
  readonly #wire: Wire
  readonly #now: () => number
  #troubledMs: number

  /** `now` is the time, in milliseconds since whenever. */
  constructor(wire: Wire, now: () => number = () => performance.now()) {
    this.#wire = wire
    this.#now = now
    // Whoever has just started cannot know what happened before.
    this.#troubledMs = now()
  }

  /** Whether all was well for so long that no leader can be there that is one no more. */
  get untroubled(): boolean {
    return this.#now() - this.#troubledMs > TROUBLED_MS
  }

  /** As `Wire.request`. */
  readonly request: Wire["request"] = (subject, payload, headers, timeoutMs, done) => {
    const askedMs = this.#now()
    this.#wire.request(subject, payload, headers, timeoutMs, (reply) => {
      const now = this.#now()
      if (now - askedMs > SLOW_MS || reply.type !== "reply") this.#troubledMs = now
      done(reply)
    })
  }

  /** Reads; asks again while nobody answers: who was asked may be gone, and another there soon. */
  read(
    subject: string,
    payload: Uint8Array,
    done: (reply: Reply) => void,
    untilMs = this.#now() + READ_TIMEOUT_MS,
  ): void {
    this.request(subject, payload, NO_HEADERS, READ_TRY_MS, (reply) => {
      const again = reply.type === "timeout" && this.#now() + READ_TRY_MS < untilMs
      if (again) this.read(subject, payload, done, untilMs)
      else done(reply)
    })
  }
}
