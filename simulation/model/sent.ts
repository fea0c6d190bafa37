/** A command on its way: from a caller, a policy or a timer, until it is answered. */
import { type AnyContract, frozen, type Message } from "../../contracts/internal.ts"
import type { Metadata } from "../../wire/internal.ts"

/** What became of a command. */
export type SentAnswer =
  | { readonly kind: "accepted"; readonly sequence: number; readonly events: number }
  | Message<"rejection">

/** One command that somebody sends, with all its tries. */
export class Sent {
  /** The place of its choices. */
  readonly key: number
  readonly contract: AnyContract
  readonly id: string
  /** As the host decodes it. */
  readonly command: Message<"command">
  readonly commandId: string
  readonly metadata: Metadata
  /** The sender, as stories name it. */
  readonly by: string
  /** Called once, when the sender has its answer. */
  readonly answered: ((answer: SentAnswer) => void | Promise<void>) | undefined
  /** When it was sent first, in milliseconds since 1970. */
  readonly at: number
  /** Whether a timer sends it in the millisecond in which it is due. */
  readonly isOnTime: boolean
  tries = 0
  /** How often it was decided without being stored. */
  decisions = 0
  /** What its sender was told. */
  answer: SentAnswer | undefined
  /** The answer of the first try that changed nothing: no other try may be accepted. */
  refusal: SentAnswer | undefined

  get isAnswered(): boolean {
    return this.answer !== undefined
  }

  /** Whether a caller sent it, and neither a policy nor a timer. */
  get isFromOutside(): boolean {
    return this.metadata.causation === undefined
  }

  /** Throws `Invalid` if the command does not fit its contract. */
  constructor(options: {
    readonly key: number
    readonly contract: AnyContract
    readonly id: string
    readonly command: Message<"command">
    readonly commandId: string
    readonly metadata: Metadata
    readonly by: string
    readonly at: number
    readonly isOnTime?: boolean
    readonly answered?: (answer: SentAnswer) => void | Promise<void>
  }) {
    const { contract, command } = options
    const { type, data } = contract.codec.plain(command)
    this.key = options.key
    this.contract = contract
    this.id = options.id
    this.command = frozen(contract.codec.command(type, data))
    this.commandId = options.commandId
    this.metadata = options.metadata
    this.by = options.by
    this.at = options.at
    this.isOnTime = options.isOnTime ?? false
    this.answered = options.answered
  }
}
