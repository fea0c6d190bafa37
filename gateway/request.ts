/** What an HTTP request says in addition to its body, as the options of a command or a query. */
import type { Context } from "hono"
import {
  type EnvelopeOptions,
  HEADER,
  metadataFromOutside,
  type QueryOptions,
} from "../wire/internal.ts"
import { formatPositions, Invalid, parsePositions } from "../contracts/internal.ts"
import type { Behalf } from "./live-answer.ts"
import { expectedVersionOf } from "./precondition.ts"
import { preferredWait, wantsEvents } from "./header-value.ts"
import { ANSWER_TIME_MS, COMMAND_TIMEOUT_MS, PARAMETERS, QUERY_TIMEOUT_MS } from "./limits.ts"
import { tracedBy } from "./telemetry/request-metrics.ts"

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

/** The options of a command. Throws `Invalid` for a precondition that is malformed. */
export const commandOptions = (
  context: Context,
  as: Behalf | undefined,
): EnvelopeOptions => ({
  commandId: unquoted(context.req.header("Idempotency-Key")),
  expectedVersion: expectedVersionOf((name) => context.req.header(name)),
  ...metadataFromOutside((name) => context.req.header(name)),
  ...tracedBy(context),
  principal: as?.principal,
  claims: as?.claims,
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

/** Refuses parameters in the URL of a command, whose fields are in its body. */
export const checkNoParameters = (context: Context): void => {
  // Commands have none, so nothing is read of nearly all of them.
  if (!context.req.url.includes("?")) return
  const [name] = Object.keys(urlParameters(context))
  if (name === undefined) return
  const message = "Expected no parameter in the URL: the fields of a command are in its body"
  throw new Invalid({ message, issues: [{ path: name.slice(0, 64), message }] })
}

/** Whether the client asks for a stream of events. `HEAD` asks for headers only. */
export const isLive = ({ req: request }: Context): boolean =>
  request.method !== "HEAD" && wantsEvents(request.header("Accept"))

/**
 * The part of `Last-Event-ID` that can be waited for. A browser sends it by itself, also to a
 * program that has other contexts by now, so what is unknown is ignored.
 */
export const lastSeen = ({ req: request }: Context, contexts: ReadonlySet<string>): string => {
  try {
    const all = Object.entries(parsePositions(request.header("Last-Event-ID") ?? ""))
    return formatPositions(Object.fromEntries(all.filter(([name]) => contexts.has(name))))
  } catch {
    return ""
  }
}

/**
 * The options of a query: the positions that its views must reach, and how long to wait for them.
 * `last` is the position that a client saw last before it reconnects to a stream.
 */
export const queryOptions = (context: Context, last = ""): QueryOptions => {
  const { req: request } = context
  const after = [request.header(HEADER.after), last].filter((each) => each).join(",")
  if (after === "") return {}
  const wait = waitOf(context) ?? QUERY_TIMEOUT_MS
  return { after, timeoutMs: Math.min(wait, QUERY_TIMEOUT_MS) + ANSWER_TIME_MS }
}
