/** The ends of logs: how far they are at least, and how far their leaders say that they are. */
import type { Feed } from "../log/feed.ts"

interface Round {
  readonly end: Promise<number | undefined>
  /** For those who came after this one had begun: it may have missed what they know of. */
  next: Promise<number | undefined> | undefined
}

/** Knows the ends of the logs that one process shows. */
export class StreamEnds {
  readonly #feed: Pick<Feed, "last">
  readonly #known = new Map<string, number>()
  readonly #rounds = new Map<string, Round>()

  constructor(feed: Pick<Feed, "last">) {
    this.#feed = feed
  }

  /** The sequence that a log has reached at least. */
  known(context: string): number {
    return this.#known.get(context) ?? 0
  }

  /** Takes note that a log has reached a sequence. */
  note(context: string, sequence: number): void {
    if (sequence > this.known(context)) this.#known.set(context, sequence)
  }

  /**
   * The sequence of a log's last message, as its leader said after this was called: asked once for
   * all who want to know at the same time. Undefined when there is no such log. Rejects with
   * `Unavailable`.
   */
  read(context: string): Promise<number | undefined> {
    const round = this.#rounds.get(context)
    if (!round) return this.#begin(context).end
    return round.next ??= round.end.catch(() => {}).then(() => this.read(context))
  }

  #begin(context: string): Round {
    const end = this.#feed.last(context).then((last) => {
      if (last !== undefined) this.note(context, last)
      return last
    }).finally(() => this.#rounds.delete(context))
    const round: Round = { end, next: undefined }
    this.#rounds.set(context, round)
    return round
  }
}
