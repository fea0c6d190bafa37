/**
 * The door of a gateway: which hosts it answers for, and from which web pages it takes commands. A
 * browser lets any page send requests to any address, so the gateway decides what a page may do.
 */
import type { Context, MiddlewareHandler } from "hono"
import { Malformed, toProblem } from "../contracts/internal.ts"
import { HEADER } from "../wire/internal.ts"
import { refusesPlain } from "./header-value.ts"
import { problemOf, problemResponse } from "./respond.ts"

/** Which requests are let in. */
export interface DoorOptions {
  /**
   * The names, without ports, that a client may use for this gateway; undefined for any. On
   * loopback, any other name means that a foreign page has pointed its own name here (DNS
   * rebinding).
   */
  readonly hosts?: readonly string[] | undefined
  /** Origins, such as `https://shop.example`, whose pages may also send commands. */
  readonly origins?: readonly string[] | undefined
}

/** The names by which a machine reaches itself. */
export const LOOPBACK_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"]

/** Whether only this machine can reach a gateway that listens on this address. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/.test(host)

const FOREIGN = 403
const NOT_ACCEPTABLE = 406
const MISDIRECTED = 421

/** What a door answers itself, by status: to every request, and to those that change something. */
export const DOOR_STATUSES = {
  always: [400, NOT_ACCEPTABLE, MISDIRECTED],
  unsafe: [FOREIGN],
} as const

const refuse = (status: number, title: string, detail: string): Response =>
  problemResponse(problemOf(status, title, detail))

const malformed = (message: string): Response =>
  problemResponse(toProblem(new Malformed({ message })))

const nameOf = (host: string): string => host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "")

const hostOf = ({ req: request }: Context): string =>
  request.header("Host") ?? new URL(request.url).host

/** Whether the `Host` is known, and so is the host of a request line with an absolute URL. */
const isKnownHost = (context: Context, known: ReadonlySet<string>): boolean => {
  if (!known.has(nameOf(hostOf(context)))) return false
  const { url } = context.req
  const begin = url.indexOf("//") + 2
  const end = url.indexOf("/", begin)
  return known.has(nameOf(url.slice(begin, end < 0 ? undefined : end)))
}

/** Headers that must not repeat, because a proxy could read one value and this gateway another. */
const SINGLE = ["host", "content-type", "idempotency-key", "if-match"]

/** The name of a header that repeats though it must not. Node silently keeps the first value. */
const repeatedHeader = ({ env }: Context): string | undefined => {
  const { rawHeaders = [] } = (env as { incoming?: { rawHeaders?: readonly string[] } } | undefined)
    ?.incoming ?? {}
  let seen = 0
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const single = SINGLE.indexOf(rawHeaders[index]!.toLowerCase())
    if (single < 0) continue
    if (seen & (1 << single)) return rawHeaders[index]
    seen |= 1 << single
  }
  return undefined
}

/** Whether every percent-escape of a URL stands for text in UTF-8. */
const isSpelled = (url: string): boolean => {
  if (!url.includes("%")) return true
  try {
    decodeURIComponent(url)
    return true
  } catch {
    return false
  }
}

/** Whether a page of another origin sent this. Only browsers send these headers. */
const isForeign = (context: Context, origins: readonly string[]): boolean => {
  const { req: request } = context
  const origin = request.header("Origin")
  if (origin !== undefined) {
    if (origins.includes(origin)) return false
    return !URL.canParse(origin) || new URL(origin).host !== hostOf(context).toLowerCase()
  }
  const site = request.header("Sec-Fetch-Site")
  return site !== undefined && site !== "same-origin" && site !== "none"
}

const isSafe = (method: string): boolean => /^(GET|HEAD|OPTIONS)$/.test(method)

/** Headers of every answer that does not set them itself. */
const ANSWER_HEADERS: readonly (readonly [string, string])[] = [
  ["X-Content-Type-Options", "nosniff"],
  ["Cache-Control", "no-store"],
  ["Cross-Origin-Resource-Policy", "same-origin"],
]

/** What an answer depends on in addition to its URL, as caches must know. */
const VARY = ["Accept", "Origin"]

/** Adds what is missing to `Vary`: middleware, such as that for compression, adds its own part. */
const vary = (headers: Headers): void => {
  const given = headers.get("Vary")
  if (given === null) return headers.set("Vary", ALL_VARY)
  if (given.trim() === "*") return
  const known = given.toLowerCase().split(",").map((each) => each.trim())
  const missing = VARY.filter((each) => !known.includes(each.toLowerCase()))
  if (missing.length > 0) headers.set("Vary", [given, ...missing].join(", "))
}

const ALL_VARY = VARY.join(", ")

/** What a page of another origin may read of an answer, and send with a request. */
const EXPOSED = "ETag, Leftfold-Next, Leftfold-Position, Link, Location, Retry-After"
const ACCEPTED_HEADERS = [
  ...["Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match"],
  ...["Last-Event-ID", "Prefer", "traceparent", "tracestate", "baggage"],
  ...[HEADER.after, HEADER.retry, HEADER.correlation, HEADER.causation],
].join(", ")

/** How long a browser may keep the answer to a preflight, in seconds. */
const PREFLIGHT_S = "600"

/** Tells a browser that a page of this origin may read the answer, and send what it asks for. */
const letRead = ({ req: request, res }: Context, origin: string): void => {
  const { headers } = res
  headers.set("Access-Control-Allow-Origin", origin)
  headers.set("Access-Control-Allow-Credentials", "true")
  headers.set("Access-Control-Expose-Headers", EXPOSED)
  const allowed = headers.get("Allow")
  if (request.method !== "OPTIONS" || allowed === null) return
  headers.set("Access-Control-Allow-Methods", allowed)
  headers.set("Access-Control-Allow-Headers", ACCEPTED_HEADERS)
  headers.set("Access-Control-Max-Age", PREFLIGHT_S)
}

/** Refuses what must not come in, and adds the headers that every answer has. */
export const door = ({ hosts, origins = [] }: DoorOptions): MiddlewareHandler => {
  const known = hosts && new Set(hosts.map(nameOf))
  return async (context, next) => {
    const { method, url } = context.req
    const repeated = repeatedHeader(context)
    if (repeated !== undefined) {
      context.res = malformed(`the header ${repeated.slice(0, 64)} comes twice: send it once`)
    } else if (known && !isKnownHost(context, known)) {
      const detail = "this gateway does not answer for that host: name it in LEFTFOLD_HOSTS"
      context.res = refuse(MISDIRECTED, "MisdirectedRequest", detail)
    } else if (!isSpelled(url)) {
      context.res = malformed("the URL has an escape that stands for no text: write it in UTF-8")
    } else if (!isSafe(method) && isForeign(context, origins)) {
      const detail = "a page of another origin sent this: name its origin in LEFTFOLD_ORIGINS"
      context.res = refuse(FOREIGN, "ForeignOrigin", detail)
    } else if (refusesPlain(context.req.header("Accept-Encoding"))) {
      const detail = "answers have no content coding, and Accept-Encoding rules that out"
      context.res = refuse(NOT_ACCEPTABLE, "NotAcceptable", detail)
    } else await next()
    const { headers } = context.res
    const origin = origins.length > 0 ? context.req.header("Origin") : undefined
    if (origin !== undefined && origins.includes(origin)) letRead(context, origin)
    for (const [name, value] of ANSWER_HEADERS) if (!headers.has(name)) headers.set(name, value)
    vary(headers)
  }
}
