/** The line to a log: asks it, again where nobody answers, and knows when its reads are proof. */
import { type Headers, NO_HEADERS, type Reply, type Wire } from "../../wire/internal.ts"

/** How long a read may take in all, in milliseconds: longer than it takes to elect a leader. */
const READ_TIMEOUT_MS = 10_000
/** After how long without an answer a read is asked again, in milliseconds. */
const READ_TRY_MS = 500
/**
 * How long after an append was sent that was stored no other leader can have been elected, in
 * milliseconds: those who stored it wait for four seconds before they take part in an election.
 */
const LEASE_MS = 3_000
/** An answer that takes longer says that something is wrong with the log, … */
const SLOW_MS = 500
/** … and for so long after it a leader may be back that does not know of the next one, in ms. */
const TROUBLED_MS = 30_000

/** What a line may be made with. */
export interface LogLineOptions {
  /** Whether the log has a leader that can change. */
  readonly clustered: boolean
  /** The time, in milliseconds since whenever. */
  readonly now?: () => number
}

/** Asks a log over a wire. */
export class LogLine {
  readonly #wire: Wire
  readonly #clustered: boolean
  readonly #now: () => number
  /** When the last stored append was sent. */
  #storedMs = -Infinity
  #troubledMs: number

  constructor(wire: Wire, options: LogLineOptions) {
    const { clustered, now = () => performance.now() } = options
    this.#wire = wire
    this.#clustered = clustered
    this.#now = now
    // A process that has just started cannot know what happened before.
    this.#troubledMs = now()
  }

  /**
   * Whether what was just read from the leader is so. A leader that was cut off answers for seconds
   * after another was elected, and one that stood still for some milliseconds (measured).
   */
  get readsProve(): boolean {
    if (!this.#clustered) return true
    const now = this.#now()
    return now - this.#storedMs < LEASE_MS && now - this.#troubledMs > TROUBLED_MS
  }

  /** Takes note that what was sent at this time has been stored. */
  stored(sentMs = -Infinity): void {
    if (sentMs > this.#storedMs) this.#storedMs = sentMs
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

  /** As `Wire.request`; where the leader can change, `done` is told when it was sent. */
  request(
    subject: string,
    payload: Uint8Array,
    headers: Headers,
    timeoutMs: number,
    done: (reply: Reply, sentMs?: number) => void,
  ): void {
    if (!this.#clustered) return this.#wire.request(subject, payload, headers, timeoutMs, done)
    const sentMs = this.#now()
    this.#wire.request(subject, payload, headers, timeoutMs, (reply) => {
      const now = this.#now()
      if (now - sentMs > SLOW_MS || reply.type !== "reply") this.#troubledMs = now
      done(reply, sentMs)
    })
  }
}
