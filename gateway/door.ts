/**
 * The door of a gateway: which hosts it answers for, and from which web pages it takes commands. A
 * browser sends requests of any page to any address, so what a page may do is decided here.
 */
import type { Context, MiddlewareHandler } from "hono"
import { problemResponse } from "./respond.ts"

/** Who may come in. */
export interface DoorOptions {
  /**
   * The names that a client may have asked for, without ports; undefined for any. On loopback
   * another name means that a page elsewhere has pointed its own name here (DNS rebinding).
   */
  readonly hosts?: readonly string[] | undefined
  /** Pages of these origins, such as `https://shop.example`, may send commands as well. */
  readonly origins?: readonly string[] | undefined
}

/** The names of a machine for itself. */
export const LOOPBACK_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"]

/** Whether an address to listen on is this machine's own alone. */
export const isLoopback = (host: string): boolean => /^(localhost|127\.|::1$|\[::1\]$)/.test(host)

const refuse = (status: number, title: string, detail: string): Response =>
  problemResponse({ type: `urn:leftfold:${title.toLowerCase()}`, title, status, detail })

const nameOf = (host: string): string => host.toLowerCase().replace(/:\d+$/, "").replace(/\.$/, "")

const hostOf = ({ req: request }: Context): string =>
  request.header("Host") ?? new URL(request.url).host

/** Whether a page of another site, or of nobody, has sent this. Others than browsers do not say. */
const isForeign = (context: Context, origins: readonly string[]): boolean => {
  const { req: request } = context
  const origin = request.header("Origin")
  if (origin !== undefined) {
    if (origins.includes(origin)) return false
    return !URL.canParse(origin) || new URL(origin).host !== hostOf(context).toLowerCase()
  }
  const site = request.header("Sec-Fetch-Site")
  return site === "cross-site" || site === "same-site"
}

const isSafe = (method: string): boolean => /^(GET|HEAD|OPTIONS)$/.test(method)

/** What every answer says of itself, unless it says something else already. */
const ANSWER_HEADERS: readonly (readonly [string, string])[] = [
  ["X-Content-Type-Options", "nosniff"],
  ["Cache-Control", "no-store"],
  ["Vary", "Accept, Origin"],
]

/** Lets in what may come in, and labels what goes out. */
export const door = ({ hosts, origins = [] }: DoorOptions): MiddlewareHandler => {
  const known = hosts && new Set(hosts.map(nameOf))
  return async (context, next) => {
    const { method } = context.req
    if (known && !known.has(nameOf(hostOf(context)))) {
      const detail = "this gateway does not answer for that host: name it in LEFTFOLD_HOSTS"
      context.res = refuse(421, "MisdirectedRequest", detail)
    } else if (!isSafe(method) && isForeign(context, origins)) {
      const detail = "a page of another origin sent this: name its origin in LEFTFOLD_ORIGINS"
      context.res = refuse(403, "ForeignOrigin", detail)
    } else await next()
    const { headers } = context.res
    for (const [name, value] of ANSWER_HEADERS) if (!headers.has(name)) headers.set(name, value)
  }
}
