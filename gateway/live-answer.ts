/** What a live query shows at one moment: a result, that there is no such row, or a problem. */
import type { Client, QueryOptions } from "../wire/internal.ts"
import { type Failure, isFailure, toProblem } from "../contracts/internal.ts"

/** What is shown, as it is sent. */
export interface Shown {
  readonly kind: "result" | "gone" | "problem"
  /** JSON. */
  readonly data: string
  /** How far the views were; empty when that is not known. */
  readonly position: string
}

/** What is asked of the read side. */
export interface Question {
  /** The projection or the query. */
  readonly name: string
  readonly params: Record<string, string>
  /** The key of the row that is asked for; undefined for a query of its own. */
  readonly key: string | undefined
  /** The names of the projections that are read. */
  readonly reads: readonly string[]
}

/** A problem as it is shown. */
export const problemShown = (failure: Failure): Shown => ({
  kind: "problem",
  data: JSON.stringify(toProblem(failure)),
  position: "",
})

/** Asks; a row that is not there is an answer too. Rejects with a `Failure`. */
export const ask = async (
  client: Client,
  { name, params, key }: Question,
  options: QueryOptions,
): Promise<Shown> => {
  try {
    const { result, position } = await client.queryPlain(name, params, options)
    return { kind: "result", data: JSON.stringify(result), position }
  } catch (error) {
    if (key === undefined || !isFailure(error) || error._tag !== "NotFound") throw error
    return { kind: "gone", data: "null", position: error.at ?? "" }
  }
}
