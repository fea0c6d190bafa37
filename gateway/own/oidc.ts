/** OpenID Connect: users whose tokens an issuer has signed. Loads the package `jose`. */
import { createHash } from "node:crypto"
import { isFailure, messageOf, Unauthenticated } from "../../contracts/internal.ts"
import { type Claims, isUserId } from "../../wire/internal.ts"
import { OIDC } from "../limits.ts"
import { discoveryOf, isSecure, issuerAway, IssuerKeys } from "./issuer-keys.ts"
import type { SignedIn, Users } from "./users.ts"

/** Which tokens are taken. */
export interface OidcOptions {
  /** The issuer, exactly as its tokens name it, such as `https://id.example.org`. */
  readonly issuer: string
  /** The audience that a token must be for: the name of this application at the issuer. */
  readonly audience: string
  /** The claims that rules need; by default `scope`, `roles`, `groups`, `email`. */
  readonly claims?: readonly string[]
  /**
   * How long a token is taken without verifying it again, in milliseconds: 60,000 by default, and
   * 600,000 at most. A token whose key the issuer has withdrawn is taken until then.
   */
  readonly rememberMs?: number
  /** The algorithms of signatures; by default all asymmetric ones. Never `none` or `HS256`. */
  readonly algorithms?: readonly string[]
}

const ASYMMETRIC = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "Ed25519"],
]

const CLAIMS = ["scope", "roles", "groups", "email"]

type Jose = typeof import("jose")

const loadJose = async (): Promise<Jose> => {
  try {
    return await import("jose")
  } catch (cause) {
    throw new TypeError(`oidc needs the package jose: npm install jose (${messageOf(cause)})`)
  }
}

const checkOptions = (
  { issuer, audience, algorithms = ASYMMETRIC, rememberMs = OIDC.rememberMs }: OidcOptions,
): void => {
  if (typeof issuer !== "string" || !URL.canParse(issuer) || !isSecure(new URL(issuer))) {
    throw new TypeError(`oidc: the issuer must be an address with https, not "${issuer}"`)
  }
  if (typeof audience !== "string" || audience === "") {
    throw new TypeError("oidc: the audience is missing: without it, tokens for others are taken")
  }
  if (!(rememberMs >= 0 && rememberMs <= OIDC.longestRememberMs)) {
    throw new TypeError(`oidc: rememberMs must be 0 to ${OIDC.longestRememberMs} milliseconds`)
  }
  const wrong = algorithms.find((each) => !ASYMMETRIC.includes(each))
  if (wrong === undefined && algorithms.length > 0) return
  throw new TypeError(`oidc: "${wrong}" is not among ${ASYMMETRIC.join(", ")}`)
}

/** A user whose token was verified, until when that counts, and as of which keys. */
interface Remembered {
  readonly user: SignedIn
  readonly untilMs: number
  readonly changes: number
}

const digestOf = (token: string): string => createHash("sha256").update(token).digest("base64")

const pick = (payload: Claims, names: readonly string[]): Claims =>
  Object.freeze(
    Object.fromEntries(
      names.filter((name) => payload[name] !== undefined).map((name) => [name, payload[name]]),
    ),
  )

const refused = (why: string): Unauthenticated =>
  new Unauthenticated({ message: `the token is refused: ${why}` })

/** Access tokens and plain ones. Others, such as those of a logout, prove nothing. */
const TYPE = /^(application\/)?(at\+)?jwt$/i

/** What jose says of tokens begins its codes thus; anything else is a failure of the issuer. */
const isAboutToken = (code: unknown): boolean =>
  typeof code === "string" &&
  /^ERR_(JWT|JWS|JOSE_ALG|JOSE_NOT_SUPPORTED|JWKS_NO_MATCHING|JWKS_MULTIPLE)/.test(code)

const bearerOf = (request: Request): string | undefined => {
  const given = request.headers.get("Authorization")
  if (given === null) return undefined
  const token = /^Bearer +([A-Za-z0-9_.~+/=-]+)$/i.exec(given)?.[1]
  if (token === undefined) throw refused("send it as Authorization: Bearer …")
  if (token.length > OIDC.tokenCharacters) throw refused("it is too long")
  return token
}

/**
 * Takes tokens (JWT) of an OpenID Connect issuer, which requests send as `Authorization: Bearer …`.
 * The issuer's keys are discovered at the first request, kept, and asked for again when a token
 * names an unknown one. A verified token is remembered for a minute, but not once the issuer was
 * seen to have changed its keys. The `sub` of a token is the user's id. Throws `TypeError` for
 * options that would take tokens of others.
 *
 * ```ts
 * const users = oidc({ issuer: "https://id.example.org", audience: "shop", claims: ["roles"] })
 * const shop = App.define("shop", { actors: [Order], users, rules: [Rules.actor(Orders, nobody)] })
 * ```
 */
export const oidc = (options: OidcOptions): Users => {
  checkOptions(options)
  const { issuer, audience, claims = CLAIMS, algorithms = ASYMMETRIC } = options
  const { rememberMs = OIDC.rememberMs } = options
  const keys = new IssuerKeys(issuer)
  const known = new Map<string, Remembered>()
  let loading: Promise<Jose> | undefined
  const verified = async (jose: Jose, token: string): Promise<SignedIn> => {
    const { payload, protectedHeader } = await jose.jwtVerify(token, keys.finder(jose), {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: OIDC.skewS,
      requiredClaims: ["sub", "exp"],
    })
    const { sub, exp = 0 } = payload
    if (!isUserId(sub)) throw refused("nobody can have its subject as an id")
    const { typ = "jwt" }: { readonly typ?: unknown } = protectedHeader
    if (typeof typ !== "string" || !TYPE.test(typ)) {
      throw refused(`it is of the type ${String(typ).slice(0, 64)}`)
    }
    return { id: sub, claims: pick(payload, claims), expires: new Date(exp * 1_000) }
  }
  const learn = async (token: string, digest: string): Promise<SignedIn> => {
    const jose = await (loading ??= loadJose())
    // As of before: keys that change meanwhile make it be verified again.
    const { changes } = keys
    try {
      const user = await verified(jose, token)
      known.delete(digest)
      const [oldest] = known.keys()
      if (known.size >= OIDC.tokens && oldest !== undefined) known.delete(oldest)
      known.set(digest, { user, untilMs: Date.now() + rememberMs, changes })
      return user
    } catch (error) {
      if (isFailure(error)) throw error
      const { code } = Object(error) as { readonly code?: unknown }
      throw isAboutToken(code) ? refused(messageOf(error)) : issuerAway(issuer, error)
    }
  }
  const find: Users = async (request) => {
    const token = bearerOf(request)
    if (token === undefined) return undefined
    const digest = digestOf(token)
    const remembered = known.get(digest)
    if (remembered === undefined) return await learn(token, digest)
    const { user, untilMs, changes } = remembered
    const now = Date.now()
    if (user.expires!.getTime() <= now) {
      known.delete(digest)
      throw refused("it has expired")
    }
    if (now < untilMs && changes === keys.changes) return user
    known.delete(digest)
    return await learn(token, digest)
  }
  return Object.assign(find, {
    scheme: { type: "openIdConnect", openIdConnectUrl: discoveryOf(issuer) },
  })
}
