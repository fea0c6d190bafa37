/** The keys of an OpenID Connect issuer: found where it says they are, and kept for a while. */
import { Buffer } from "node:buffer"
import { messageOf, Unavailable } from "../../contracts/internal.ts"
import { isLoopback } from "../door.ts"
import { OIDC } from "../limits.ts"

type Jose = typeof import("jose")
type Find = ReturnType<Jose["createLocalJWKSet"]>

/** Keys that can be searched, and when they were asked for. */
interface Known {
  readonly find: Find
  readonly atMs: number
  /** The document, to see whether the next one differs. */
  readonly text: string
}

/** Where an issuer says where its keys are. */
export const discoveryOf = (issuer: string): string =>
  `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`

/** The address of an issuer's keys may be plain only on this machine. */
export const isSecure = ({ protocol, hostname }: URL): boolean =>
  protocol === "https:" || isLoopback(hostname)

/** Why tokens of an issuer cannot be verified now. */
export const issuerAway = (issuer: string, why: unknown): Unavailable =>
  new Unavailable({
    message: `the issuer ${issuer} cannot be asked for its keys: ${messageOf(why)}`,
    retryAfterMs: OIDC.againMs,
  })

/** The JSON at an address. Rejects for a redirect, a failure, or more than a document may have. */
const documentAt = async (url: string, signal: AbortSignal): Promise<unknown> => {
  const response = await fetch(url, { signal, redirect: "error" })
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  try {
    if (!response.ok) throw new Error(`${url} answers ${response.status}`)
    for (;;) {
      const part = await reader?.read()
      if (!part || part.done) break
      length += part.value.length
      if (length > OIDC.documentBytes) {
        throw new Error(`${url} has more than ${OIDC.documentBytes} bytes`)
      }
      parts.push(part.value)
    }
  } finally {
    // What is left of it is not read.
    await reader?.cancel().catch(() => {})
  }
  return JSON.parse(Buffer.concat(parts).toString())
}

const isNoKey = (error: unknown): boolean =>
  (Object(error) as { readonly code?: unknown }).code === "ERR_JWKS_NO_MATCHING_KEY"

/**
 * Finds the key of a token. Strangers choose the name of the key, so neither unknown names nor an
 * issuer that fails lead to more than one look at the issuer within a pause.
 */
export class IssuerKeys {
  readonly #issuer: string
  #known: Known | undefined
  #loading: Promise<Known> | undefined
  #againAtMs = 0
  #changes = 0

  constructor(issuer: string) {
    this.#issuer = issuer
  }

  /** How often the issuer was seen to have changed its keys. */
  get changes(): number {
    return this.#changes
  }

  /** As `jwtVerify` wants it. Rejects with `Unavailable` if the issuer cannot be asked. */
  finder(jose: Jose): Find {
    const find = async (...token: Parameters<Find>) => {
      const known = this.#known
      const ageMs = known ? Date.now() - known.atMs : Infinity
      if (known && ageMs < OIDC.keysMs) {
        try {
          return await known.find(...token)
        } catch (error) {
          if (!isNoKey(error) || ageMs < OIDC.cooldownMs) throw error
        }
      }
      const { find } = await this.#load(jose)
      return await find(...token)
    }
    return find as Find
  }

  async #load(jose: Jose): Promise<Known> {
    if (this.#loading) return await this.#loading
    if (Date.now() < this.#againAtMs) throw issuerAway(this.#issuer, "it did not answer")
    this.#loading = this.#discover(jose)
    try {
      const found = await this.#loading
      if (this.#known && this.#known.text !== found.text) this.#changes++
      return this.#known = found
    } catch (error) {
      this.#againAtMs = Date.now() + OIDC.againMs
      throw issuerAway(this.#issuer, error)
    } finally {
      this.#loading = undefined
    }
  }

  /** Asks where the keys are each time, because an issuer may move them. */
  async #discover(jose: Jose): Promise<Known> {
    const own = this.#issuer
    const url = discoveryOf(own)
    const signal = AbortSignal.timeout(OIDC.timeoutMs)
    const { issuer, jwks_uri: keys } = Object(await documentAt(url, signal)) as Record<
      string,
      unknown
    >
    if (issuer !== own) throw new Error(`${url} names another issuer: ${issuer}`)
    const isSafe = typeof keys === "string" && URL.canParse(keys) && isSecure(new URL(keys)) &&
      // An issuer elsewhere has no business with the ports of this machine.
      (!isLoopback(new URL(keys).hostname) || isLoopback(new URL(own).hostname))
    if (!isSafe) throw new Error(`${url} names no address of keys with https`)
    const found = await documentAt(keys, signal) as Parameters<Jose["createLocalJWKSet"]>[0]
    const text = JSON.stringify(found)
    return { find: jose.createLocalJWKSet(found), atMs: Date.now(), text }
  }
}
