/** The name of a contract, projection or query: a bounded context, a dot, and a name within it. */
import { CONTEXT_CHARACTERS, NAME, RESERVED_CONTEXTS } from "./limits.ts"

/** The bounded context of a name such as `orders.order`. The name must be a valid one. */
export const contextOf = (name: string): string => name.slice(0, name.indexOf("."))

const checkContext = (context: string, what: string): void => {
  const [, why] = RESERVED_CONTEXTS.find(([reserved]) => reserved.test(context)) ?? []
  if (why !== undefined) {
    throw new TypeError(`${what} cannot be in the context "${context}", ${why}`)
  }
  if (context.length <= CONTEXT_CHARACTERS) return
  throw new TypeError(
    `${what} is in a context of ${context.length} characters: use at most ` +
      `${CONTEXT_CHARACTERS}, because Postgres cuts the name of its schema there`,
  )
}

/**
 * Splits `<context>.<name>`. Throws `TypeError` for another form, or a context that cannot be used;
 * `what` says in the error what has the name.
 */
export const splitName = (name: string, what: string): { context: string; local: string } => {
  const [context = "", local = "", ...rest] = name.split(".")
  checkContext(context, `${what} "${name}"`)
  if (NAME.test(context) && NAME.test(local) && rest.length === 0) return { context, local }
  throw new TypeError(
    `${what} "${name}" must be called <context>.<name>, each of a-z, 0-9 and dashes`,
  )
}
