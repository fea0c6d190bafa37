/** A question about a running application: its parameters, and how it is answered. */
import { Schema } from "effect"
import { type Fields, type SchemaCodec, schemaCodec } from "../../contracts/internal.ts"
import type { Workplace } from "../leftfold.ts"
import type { Overview } from "./overview.ts"

/** What an answer is made from. */
export interface Answering {
  readonly place: Workplace
  readonly overview: Overview
  /** The operator, as records of discarded events name them. */
  readonly operator: string
}

/** A question, or an action. */
export interface Question {
  /** One sentence that says what it gives. */
  readonly about: string
  /** Whether it changes something. */
  readonly acts: boolean
  readonly params: SchemaCodec<object>
  /** Answers, or rejects with a `Failure` or a `Problem`. */
  readonly answer: (answering: Answering, params: object) => Promise<unknown>
}

type Parameters<F extends Fields> = Schema.Struct<F>["Type"]

const questionOf = (acts: boolean) =>
<const F extends Fields>(
  about: string,
  params: F,
  answer: (answering: Answering, params: Parameters<F>) => Promise<unknown>,
): Question => ({
  ...{ about, acts },
  params: schemaCodec<object>(Schema.Struct(params) as never, "the question"),
  answer: answer as Question["answer"],
})

/** A question that only reads. */
export const reading = questionOf(false)

/** One that changes something. */
export const acting = questionOf(true)
