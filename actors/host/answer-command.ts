/** Answers a command: sends what became of it, counts it, and ends its span. */
import {
  type AnyContract,
  type Failure,
  isFailure,
  positionOf,
  rejectionProblem,
  toProblem,
} from "../../contracts/internal.ts"
import {
  acceptedBytes,
  type Format,
  HEADER,
  type Incoming,
  respond,
  respondBytes,
  respondProblem,
  type Span,
  UNTRIED_ELSEWHERE,
  type Wire,
} from "../../wire/internal.ts"
import type { CommandAnswer } from "./command.ts"
import type { Forwarder } from "./forwarder.ts"
import type { Received } from "./received.ts"
import { UnknownEvent } from "./resident.ts"

/** Says that this code is older than the log, and that a newer node can have the command. */
const UNTRIED = { [HEADER.elsewhere]: UNTRIED_ELSEWHERE }
/** The same, if this node or another one may have stored the command. */
const TRIED = { [HEADER.elsewhere]: "tried" }

const endSpan = (span: Span, answer: CommandAnswer): void => {
  if (isFailure(answer)) return span.end(answer._tag)
  span.set(
    answer.kind === "rejection"
      ? { "leftfold.outcome": "rejected", "leftfold.reason": answer.type }
      : { "leftfold.outcome": "accepted", "leftfold.events": answer.events },
  )
  span.end()
}

/**
 * Answers a command for which the code of this node is too old: if it was sent to any node, with
 * what the other nodes answer. `isTried` says whether this node may have stored it.
 */
export const leaveToNewer = (
  relay: Forwarder | undefined,
  { contract, incoming, format }: {
    readonly contract: AnyContract
    readonly incoming: Incoming
    readonly format: Format
  },
  failure: Failure,
  isTried: boolean,
): void => {
  const problem = toProblem(failure)
  const giveUp = (isTried: boolean) =>
    respondProblem(incoming, format, problem, isTried ? TRIED : UNTRIED)
  if (!relay?.takeElsewhere(incoming, contract.name, isTried, giveUp)) giveUp(isTried)
}

const send = (
  wire: Wire,
  { actor: { contract }, incoming, format, retry }: Received,
  answer: CommandAnswer,
  relay: Forwarder | undefined,
): void => {
  if (isFailure(answer)) {
    if (!(answer instanceof UnknownEvent)) {
      return respondProblem(incoming, format, toProblem(answer))
    }
    return leaveToNewer(relay, { contract, incoming, format }, answer, retry === "known")
  }
  if (answer.kind === "rejection") {
    const { data } = contract.codec.plain(answer)
    const problem = rejectionProblem(answer.type, data as object)
    const bytes = format === "protobuf"
      ? contract.codec.protobuf?.written(answer.type, data)
      : undefined
    return respondProblem(incoming, format, problem, undefined, bytes)
  }
  const { sequence, version, events } = answer
  const accepted = { position: positionOf(contract.context, sequence), version, events }
  if (format === "protobuf") respondBytes(incoming, format, acceptedBytes(accepted))
  else respond(wire, incoming, format, accepted)
}

/**
 * Sends the answer to a command, and counts it. If the code of this node is older than the log of
 * the actor, the relay asks the other nodes.
 */
export const answerCommand = (
  wire: Wire,
  received: Received,
  answer: CommandAnswer,
  relay: Forwarder | undefined,
): void => {
  const { message, receivedMs, statistics, span } = received
  statistics.add(message.type, performance.now() - receivedMs, answer)
  send(wire, received, answer, relay)
  if (span !== undefined) endSpan(span, answer)
}
