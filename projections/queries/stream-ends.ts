/** The ends of logs: the least that is known of each, and what their leaders answer. */
import type { Feed } from "../log/feed.ts"

interface Round {
  readonly end: Promise<number | undefined>
  /** The round for callers that came after this one began, which may have missed later messages. */
  next: Promise<number | undefined> | undefined
}

/** The ends of the logs that the views of one process read. */
export class StreamEnds {
  readonly #feed: Pick<Feed, "last">
  readonly #known = new Map<string, number>()
  readonly #rounds = new Map<string, Round>()

  constructor(feed: Pick<Feed, "last">) {
    this.#feed = feed
  }

  /** A sequence that a log has certainly reached. */
  known(context: string): number {
    return this.#known.get(context) ?? 0
  }

  /** Notes that a log has reached a sequence. */
  note(context: string, sequence: number): void {
    if (sequence > this.known(context)) this.#known.set(context, sequence)
  }

  /**
   * The sequence of a log's last message, which its leader gave after this call. Callers at the
   * same time share one request. Undefined if the log does not exist. Rejects with `Unavailable`.
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
