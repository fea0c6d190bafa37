/** Answers a command: sends what became of it, counts it, and ends its span. */
import { isFailure, positionOf, rejectionProblem, toProblem } from "../../contracts/internal.ts"
import {
  acceptedBytes,
  HEADER,
  respond,
  respondBytes,
  respondProblem,
  type Span,
  type Wire,
} from "../../wire/internal.ts"
import type { CommandAnswer } from "./command.ts"
import type { Received } from "./received.ts"
import { UnknownEvent } from "./resident.ts"

/** Says that the code of this node is older than the log, and that another may be newer. */
const ELSEWHERE = { [HEADER.elsewhere]: "newer" }

const endSpan = (span: Span, answer: CommandAnswer): void => {
  if (isFailure(answer)) return span.end(answer._tag)
  span.set(
    answer.kind === "rejection"
      ? { "leftfold.outcome": "rejected", "leftfold.reason": answer.type }
      : { "leftfold.outcome": "accepted", "leftfold.events": answer.events },
  )
  span.end()
}

const send = (
  wire: Wire,
  { actor: { contract }, incoming, format }: Received,
  answer: CommandAnswer,
): void => {
  if (isFailure(answer)) {
    const headers = answer instanceof UnknownEvent ? ELSEWHERE : undefined
    return respondProblem(incoming, format, toProblem(answer), headers)
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

/** Sends the answer to a command, and counts it. */
export const answerCommand = (wire: Wire, received: Received, answer: CommandAnswer): void => {
  const { message, receivedMs, statistics, span } = received
  statistics.add(message.type, performance.now() - receivedMs, answer)
  send(wire, received, answer)
  if (span !== undefined) endSpan(span, answer)
}
