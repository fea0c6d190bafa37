/** The logs of other applications that this one follows, and the connection that reads them. */
import { messageOf, Unavailable } from "../../contracts/internal.ts"
import { durableName } from "../address.ts"
import type { NatsWire } from "./wire-nats.ts"

/** The followed logs, by context. */
export interface FollowedLogs {
  readonly contexts: readonly string[]
  /** The connection that reads them: its names are those of the application that writes them. */
  readonly wire: NatsWire
}

/** Without anything to follow. */
const NOTHING: readonly string[] = []

/** Which connection reads the log of a context, and under which name a position is kept there. */
export class LogWires {
  readonly #own: NatsWire
  readonly #followed: NatsWire
  readonly #contexts: readonly string[]

  constructor(own: NatsWire, followed?: FollowedLogs) {
    this.#own = own
    this.#followed = followed?.wire ?? own
    this.#contexts = followed?.contexts ?? NOTHING
  }

  /** Whether another application writes the log of a context. */
  isFollowed(context: string): boolean {
    return this.#contexts.includes(context)
  }

  /** The connection that reads a context. */
  of(context: string): NatsWire {
    return this.isFollowed(context) ? this.#followed : this.#own
  }

  /**
   * The durable consumer of a subscription in a context. Applications with prefixes of their own
   * can follow the same log, and each keeps its own position there.
   */
  durable(context: string, subscription: string): string {
    const name = durableName(subscription)
    const [own, there] = [this.#own.names, this.of(context).names]
    return own.word("") === there.word("") ? name : own.word(name)
  }

  /** The failure to read a followed log, with what to do about it. */
  unread(context: string, error: unknown): Unavailable {
    return new Unavailable({
      message: `the log of ${context}, which another application writes, cannot be read here: ` +
        `${messageOf(error)}. Start that application, or correct NATS_FOLLOWED_URL, its user's ` +
        "permissions, or LEFTFOLD_FOLLOWED_PREFIX",
    })
  }
}
