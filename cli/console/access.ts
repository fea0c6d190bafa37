/**
 * Access to the console: which requests are let in. A browser lets any page send requests to any
 * address, so three things must hold: the host is one of ours, the origin is our own, and the
 * request carries the token, which no other page can know.
 */
import { isSameSecret } from "../../app/internal.ts"
import { Forbidden, Malformed } from "../../contracts/internal.ts"

/** What a request may do. */
export interface Allowed {
  /** The operator, as records of discarded events name them; that of the console by default. */
  readonly operator?: string | undefined
  /** Whether it may change something. */
  readonly act: boolean
}

/**
 * Decides about a request that carries no token. Where an application has rules of access, they
 * apply here; without them nobody is let in.
 */
export type Authorize = (request: Request) => Promise<Allowed | undefined>

/** The rules by which requests are let in. */
export interface AccessOptions {
  /** The token that lets its bearer do everything. */
  readonly token: string
  /** The names, without ports, that the console answers for. */
  readonly hosts: readonly string[]
  readonly authorize?: Authorize | undefined
  /** Whether nobody may change anything. */
  readonly readOnly?: boolean | undefined
}

const hostOf = (request: Request): string =>
  (request.headers.get("host") ?? new URL(request.url).host).toLowerCase()

const nameOf = (host: string): string => host.replace(/:\d+$/, "").replace(/\.$/, "")

/** Throws `Malformed` unless a request is for this console. A foreign name means DNS rebinding. */
export const checkHost = (request: Request, { hosts }: AccessOptions): void => {
  const named = [hostOf(request), new URL(request.url).host]
  if (named.every((host) => hosts.includes(nameOf(host)))) return
  throw new Malformed({ message: "the console does not answer for this host: see --host" })
}

/** Whether a page of another origin sent this. Only browsers send these headers. */
const isForeign = (request: Request): boolean => {
  const origin = request.headers.get("origin")
  if (origin !== null) return !URL.canParse(origin) || new URL(origin).host !== hostOf(request)
  const site = request.headers.get("sec-fetch-site")
  return site !== null && site !== "same-origin" && site !== "none"
}

/** What a request may do. Throws `Forbidden` if that is nothing. */
export const admit = async (request: Request, options: AccessOptions): Promise<Allowed> => {
  if (isForeign(request)) throw new Forbidden({ message: "a page of another origin sent this" })
  const given = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1]
  const allowed = isSameSecret(given, options.token)
    ? { act: true }
    : await options.authorize?.(request)
  if (!allowed) {
    throw new Forbidden({
      message: "the console needs its token: open the address that it printed",
    })
  }
  return options.readOnly ? { ...allowed, act: false } : allowed
}
