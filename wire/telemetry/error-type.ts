/** The name of an error, as the attribute `error.type` has it. */
import { isFailure } from "../../contracts/plain.ts"

/** The tag of a failure, the class of another error. */
export const errorType = (error: unknown): string =>
  isFailure(error) ? error._tag : error instanceof Error ? error.name : "Error"
