/** What holds a worker up: from its first failure until all of its lanes have moved on. */
import { isFailure, messageOf, type Positions } from "../../contracts/internal.ts"
import { reportError, reportWarning } from "../../wire/internal.ts"
import { ERROR_CHARACTERS } from "../limits.ts"

/** What holds a worker up. */
export interface HeldUp {
  readonly reason: string
  /** When it first failed, in milliseconds since 1970. */
  readonly since: number
  /** The positions that all of the worker's lanes had reached then. */
  readonly at: Positions
  /** The reasons that were logged. */
  readonly logged: ReadonlySet<string>
}

/** How many reasons are logged while a worker is held up: they can differ each time. */
const REASONS_LOGGED = 5

/** What holds a worker up after a failure at these positions; each reason is logged once. */
export const heldUpBy = (
  error: unknown,
  name: string,
  before: HeldUp | undefined,
  positions: Positions,
): HeldUp => {
  const reason = messageOf(error)
    .slice(0, ERROR_CHARACTERS)
  const { since = Date.now(), at = positions, logged = new Set<string>() } = before ?? {}
  if (logged.has(reason) || logged.size >= REASONS_LOGGED) return { reason, since, at, logged }
  const what = `${name} cannot go on`
  if (isFailure(error) && error._tag === "Unavailable") reportWarning(`${what}: ${reason}`)
  else reportError(what, error)
  return { reason, since, at, logged: new Set([...logged, reason]) }
}
