/** What an HTTP request says beside its body, as the options of a command or a query. */
import type { Context } from "hono"
import { type EnvelopeOptions, HEADER, Invalid, type QueryOptions } from "../contracts/mod.ts"

const versionOf = (header: string | undefined): number | undefined => {
  if (header === undefined || header === "*") return undefined
  const digits = /^(?:W\/)?"(\d{1,15})"$/.exec(header)?.[1]
  if (digits !== undefined) return Number(digits)
  throw new Invalid({
    message: 'If-Match must be a version in quotes, such as "3"',
    issues: [{ path: "If-Match", message: 'Expected a version in quotes, such as "3"' }],
  })
}

const unquoted = (header: string | undefined): string | undefined =>
  header === undefined ? undefined : /^"(.*)"$/.exec(header)?.[1] ?? header

/** The options of a command. Throws `Invalid` for an `If-Match` that is no version. */
export const commandOptions = (
  context: Context,
  principal: string | undefined,
): EnvelopeOptions => ({
  commandId: unquoted(context.req.header("Idempotency-Key")),
  expectedVersion: versionOf(context.req.header("If-Match")),
  correlation: context.req.header(HEADER.correlation),
  causation: context.req.header(HEADER.causation),
  traceparent: context.req.header(HEADER.traceparent),
  principal,
})

/** The options of a query: the positions that its views must have reached. */
export const queryOptions = (context: Context): QueryOptions => {
  const after = context.req.header(HEADER.after)
  return after === undefined ? {} : { after, timeoutMs: 6_000 }
}
