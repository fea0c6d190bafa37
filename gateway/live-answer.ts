/** What a live query shows at one moment: a result, the absence of a row, or a problem. */
import type { Client, QueryOptions } from "../wire/internal.ts"
import { type Failure, isFailure, toProblem } from "../contracts/internal.ts"

/** What a client is shown. */
export interface Shown {
  readonly kind: "result" | "gone" | "problem"
  /** JSON. */
  readonly data: string
  /** The position of the views; empty if it is not known. */
  readonly position: string
}

/** On whose behalf something is asked. */
export type Behalf = Pick<QueryOptions, "principal" | "claims">

/** A question to the read side. */
export interface Question {
  /** The name of the projection or query. */
  readonly name: string
  readonly params: Readonly<Record<string, unknown>>
  /** The key of the row, if the question is for one row. */
  readonly key: string | undefined
  /** The names of the projections that it reads. */
  readonly reads: readonly string[]
  /** On whose behalf it is asked: a question of another user is another question. */
  readonly as?: Behalf | undefined
}

/** A failure as clients are shown it. */
export const problemShown = (failure: Failure): Shown => ({
  kind: "problem",
  data: JSON.stringify(toProblem(failure)),
  position: "",
})

/** Asks. A row that does not exist is an answer too. Rejects with a `Failure`. */
export const ask = async (
  client: Client,
  { name, params, key, as }: Question,
  options: QueryOptions,
): Promise<Shown> => {
  try {
    const { result, position } = await client.queryPlain(
      name,
      params,
      as ? { ...options, ...as } : options,
    )
    return { kind: "result", data: JSON.stringify(result), position }
  } catch (error) {
    if (key === undefined || !isFailure(error) || error._tag !== "NotFound") throw error
    return { kind: "gone", data: "null", position: error.at ?? "" }
  }
}
