/** Answers in Protobuf: what became of a command, a result, or a problem. */
import { ANY_MEMBERS, type Problem, readProtobuf, writeProtobuf } from "../../contracts/plain.ts"
import { OWN_NESTING } from "../limits.ts"
import { ANSWER } from "./protobuf-messages.ts"

const OWN = { levels: OWN_NESTING, values: 2 ** 30, own: true } as const

const answer = (fields: object): Uint8Array =>
  writeProtobuf(ANSWER, fields, { levels: OWN_NESTING * 2 })

/** A command that was accepted. */
export const acceptedBytes = (accepted: object): Uint8Array => answer({ accepted })

/** The result of a question: any plain value. */
export const resultBytes = (result: unknown): Uint8Array => answer({ result: result ?? null })

/** A problem; `rejection` holds the fields of a rejection, as its contract writes them. */
export const problemBytes = (
  { type, title, status, detail, ...members }: Problem,
  rejection?: Uint8Array,
): Uint8Array => answer({ problem: { type, title, status, detail, members, rejection } })

/** The plain value of an answer. Throws for bytes that are no answer. */
export const plainAnswerOf = (bytes: Uint8Array): unknown => {
  const read = readProtobuf(ANSWER, bytes, OWN) as {
    readonly accepted?: object
    readonly problem?: { readonly members?: object; readonly rejection?: Uint8Array }
    readonly result?: unknown
  }
  if (read.problem) {
    const { members, rejection: _rejection, ...problem } = read.problem
    return { ...problem, ...members }
  }
  return read.accepted ?? read.result ?? null
}

/** The fields of a question that no contract describes: a `google.protobuf.Struct`. */
export const questionFields = (bytes: Uint8Array, levels: number, values: number): unknown =>
  readProtobuf(ANY_MEMBERS, bytes, { levels, values, own: false })
