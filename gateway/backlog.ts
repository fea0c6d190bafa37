/** The backlog of a process: what its streams of events keep for clients that read slowly. */
import { limited, reportWarning } from "../wire/internal.ts"
import { UNREAD_BYTES } from "./limits.ts"

/** A stream, as its process sees it. */
export interface Unread {
  /** Ends the stream at once, with all that waits to be read from it. */
  readonly cut: () => void
}

const warn = limited(reportWarning, { burst: 5, everyMs: 10_000 })

/** Something that a stream keeps for its client. Streams that share it have the same `of`. */
export interface Held {
  readonly of: object
  readonly bytes: number
}

/**
 * Bounds how many bytes all streams together keep for clients that have not read them. Bytes that
 * several streams share count once. Above the bound, the streams whose clients have not read for
 * the longest time are cut.
 */
export class Backlog {
  readonly #most: number
  /** How many streams keep each thing. */
  readonly #counts = new Map<object, number>()
  /** What each stream keeps. The stream that has not read for the longest time comes first. */
  readonly #streams = new Map<Unread, readonly Held[]>()
  #bytes = 0

  constructor(most = UNREAD_BYTES) {
    this.#most = most
  }

  /** How many bytes can be kept. */
  get most(): number {
    return this.#most
  }

  /** How many bytes are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** Notes what a stream keeps from now on. Can cut other streams, and this one too. */
  keep(stream: Unread, ...held: readonly Held[]): void {
    for (const { of, bytes } of held) {
      const count = this.#counts.get(of) ?? 0
      this.#counts.set(of, count + 1)
      if (count === 0) this.#bytes += bytes
    }
    this.#release(this.#streams.get(stream) ?? [])
    this.#streams.set(stream, held)
    while (this.#bytes > this.#most) this.#cutSlowest()
  }

  /** Notes that the client of a stream has read on. */
  read(stream: Unread): void {
    const held = this.#streams.get(stream)
    if (!held) return
    this.#streams.delete(stream)
    this.#streams.set(stream, held)
  }

  /** Notes that the client of a stream has read everything or is gone. */
  end(stream: Unread): void {
    this.#release(this.#streams.get(stream) ?? [])
    this.#streams.delete(stream)
  }

  #release(held: readonly Held[]): void {
    for (const { of, bytes } of held) {
      const count = this.#counts.get(of)! - 1
      if (count > 0) this.#counts.set(of, count)
      else {
        this.#counts.delete(of)
        this.#bytes -= bytes
      }
    }
  }

  #cutSlowest(): void {
    const [slowest] = this.#streams.keys()
    warn(
      `clients of live queries leave more than ${this.#most} bytes unread: ` +
        "the one that has not read for the longest time was cut off",
    )
    this.end(slowest!)
    slowest!.cut()
  }
}
