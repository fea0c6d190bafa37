/** A command in a mailbox, and its possible answers. */
import type { Failure, Message } from "../../contracts/internal.ts"
import type { Envelope } from "../../wire/internal.ts"
import type { Remembrance } from "./repeats/idempotency-window.ts"

/** A command that waits for its answer. */
export interface Command {
  readonly message: Message<"command">
  /** The hash of its type and fields. It tells apart two commands under the same id. */
  readonly content: number
  readonly envelope: Envelope
  /** Whether its sender may not learn the version of the actor unless the command is accepted. */
  readonly isBlind?: boolean
  /** Called exactly once. */
  readonly answer: (answer: CommandAnswer) => void
  /** How often it has been decided. */
  attempts: number
  /** Why its refusal must be written to the log; undefined if it need not be. */
  retry: RetryReason | undefined
}

/**
 * Why a refusal must be written to the log: the sender claims that an earlier try may be under way
 * (`told`), a read proved nothing (`unproven`), or this host or a policy knows of an earlier try
 * (`known`). Only `known` refusals are written without a budget.
 */
export type RetryReason = "told" | "unproven" | "known"

/** Why the refusal of an arriving command must be written, if it must. Policies are trusted. */
export const retryReasonOf = ({ retry }: Envelope, trusted: boolean): RetryReason | undefined =>
  retry && (trusted ? "known" : "told")

/** How a command is answered: accepted, rejected, or failed. */
export type CommandAnswer = AcceptedCommand | Message<"rejection"> | Failure

/** An accepted command, and the sequence of the commit that holds its events. */
export interface AcceptedCommand extends Omit<Remembrance, "time"> {
  readonly kind: "accepted"
}
