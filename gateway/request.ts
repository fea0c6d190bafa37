/** What an HTTP request says in addition to its body, as the options of a command or a query. */
import type { Context } from "hono"
import {
  type EnvelopeOptions,
  HEADER,
  metadataFromOutside,
  type QueryOptions,
} from "../wire/internal.ts"
import { Invalid } from "../contracts/internal.ts"
import { preferredWait, wantsEvents } from "./header-value.ts"
import { ANSWER_TIME_MS, COMMAND_TIMEOUT_MS, PARAMETERS, QUERY_TIMEOUT_MS } from "./limits.ts"

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

/** The longest that the client wants to wait (RFC 7240), in milliseconds. */
const waitOf = ({ req: request }: Context): number | undefined => {
  const seconds = preferredWait(request.header("Prefer"))
  return seconds === undefined ? undefined : Number(seconds) * 1_000
}

const commandTimeoutOf = (context: Context): number | undefined => {
  const wait = waitOf(context)
  return wait === undefined ? undefined : Math.min(wait, COMMAND_TIMEOUT_MS)
}

/** The options of a command. Throws `Invalid` if `If-Match` is not a version. */
export const commandOptions = (
  context: Context,
  principal: string | undefined,
): EnvelopeOptions => ({
  commandId: unquoted(context.req.header("Idempotency-Key")),
  expectedVersion: versionOf(context.req.header("If-Match")),
  ...metadataFromOutside((name) => context.req.header(name)),
  principal,
  retry: context.req.header(HEADER.retry) === "true",
  timeoutMs: commandTimeoutOf(context),
})

/**
 * The parameters in the URL's query. Throws `Invalid` if there are too many, if one repeats or is
 * already in the path, and for `__proto__`, which no message can carry.
 */
export const urlParameters = (
  { req: request }: Context,
  ...inPath: readonly string[]
): Record<string, string> => {
  const given = Object.entries(request.queries())
  if (given.length > PARAMETERS) {
    const message = `a URL may have at most ${PARAMETERS} parameters; this one has ${given.length}`
    throw new Invalid({ message })
  }
  for (const [name, { length }] of given) {
    if (length === 1 && !inPath.includes(name) && name !== "__proto__") continue
    const message = length > 1 ? "Expected one value" : "Expected no such parameter"
    const path = name.slice(0, 64)
    const where = length > 1
      ? `the parameter ${path} comes ${length} times`
      : `${path} is no parameter`
    throw new Invalid({ message: `${where}: ${message}`, issues: [{ path, message }] })
  }
  return Object.fromEntries(given.map(([name, [value = ""]]) => [name, value]))
}

/** Whether the client asks for a stream of events. `HEAD` asks for headers only. */
export const isLive = ({ req: request }: Context): boolean =>
  request.method !== "HEAD" && wantsEvents(request.header("Accept"))

/**
 * The options of a query: the positions that its views must reach, and how long to wait for them. A
 * client that reconnects to a stream sends the last position it saw as `Last-Event-ID`.
 */
export const queryOptions = (context: Context): QueryOptions => {
  const { req: request } = context
  const last = isLive(context) ? request.header("Last-Event-ID") : undefined
  const after = [request.header(HEADER.after), last].filter((each) => each).join(",")
  if (after === "") return {}
  const wait = waitOf(context) ?? QUERY_TIMEOUT_MS
  return { after, timeoutMs: Math.min(wait, QUERY_TIMEOUT_MS) + ANSWER_TIME_MS }
}
