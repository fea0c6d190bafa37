/** The line to a log: sends requests, repeats unanswered reads, knows when an answer is proof. */
import { type Headers, NO_HEADERS, type Reply, type Wire } from "../../wire/internal.ts"
import { REQUESTS } from "../limits.ts"

/**
 * How long after sending an append that was stored no other leader can be elected, in milliseconds.
 * The servers that stored it wait for four seconds before they take part in an election.
 */
const LEASE_MS = 3_000
/** An answer that takes longer than this is a sign of trouble, in milliseconds. */
const SLOW_MS = 500
/** How long after such trouble a former leader may come back unaware of the new one, in ms. */
const TROUBLED_MS = 30_000

/** The options of a line. */
export interface LogLineOptions {
  /** Whether the log has a leader that can change. */
  readonly clustered: boolean
  /** The time in milliseconds, from any start. */
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
   * Whether a read that the leader just answered proves what it says. After another leader was
   * elected, one that was cut off answers for seconds, and one that was suspended for milliseconds
   * (measured).
   */
  get readsProve(): boolean {
    if (!this.#clustered) return true
    const now = this.#now()
    return now - this.#storedMs < LEASE_MS && now - this.#troubledMs > TROUBLED_MS
  }

  /** Notes that the append that was sent at this time has been stored. */
  stored(sentMs = -Infinity): void {
    if (sentMs > this.#storedMs) this.#storedMs = sentMs
  }

  /** Reads. Repeats the request without an answer: the server may be gone and be replaced soon. */
  read(
    subject: string,
    payload: Uint8Array,
    done: (reply: Reply) => void,
    untilMs = this.#now() + REQUESTS.logMs,
  ): void {
    this.request(subject, payload, NO_HEADERS, REQUESTS.logTryMs, (reply) => {
      const again = reply.type === "timeout" && this.#now() + REQUESTS.logTryMs < untilMs
      if (again) this.read(subject, payload, done, untilMs)
      else done(reply)
    })
  }

  /** Like `Wire.request`. If the log's leader can change, `done` also gets the time of sending. */
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
