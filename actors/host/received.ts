/** A command that a host has taken on, with all that its answer needs. */
import type { Envelope, Format, Incoming, Span } from "../../wire/internal.ts"
import type { Message } from "../../contracts/internal.ts"
import type { AnyActor } from "../actor.ts"
import type { CommandStatistics } from "./command-statistics.ts"
import type { Command, CommandAnswer, RetryReason } from "./command.ts"

/** A command off the wire. A class, so that the hot path makes no closure for each. */
export class Received implements Command {
  readonly message: Message<"command">
  readonly content: number
  readonly envelope: Envelope
  readonly actor: AnyActor
  readonly incoming: Incoming
  readonly format: Format
  readonly statistics: CommandStatistics
  readonly receivedMs = performance.now()
  readonly #answered: (received: Received, answer: CommandAnswer) => void
  /** The span of this command, if somebody records it. */
  span: Span | undefined
  isBlind = false
  attempts = 0
  retry: RetryReason | undefined

  constructor(
    message: Message<"command">,
    content: number,
    envelope: Envelope,
    retry: RetryReason | undefined,
    answered: (received: Received, answer: CommandAnswer) => void,
    actor: AnyActor,
    incoming: Incoming,
    format: Format,
    statistics: CommandStatistics,
  ) {
    this.message = message
    this.content = content
    this.envelope = envelope
    this.retry = retry
    this.#answered = answered
    this.actor = actor
    this.incoming = incoming
    this.format = format
    this.statistics = statistics
  }

  answer(answer: CommandAnswer): void {
    this.#answered(this, answer)
  }
}
