/** How a connection proves to NATS who it is: by files that are read again at each connection. */
import { readFileSync } from "node:fs"
import { type Authenticator, jwtAuthenticator, nkeyAuthenticator, nkeys } from "nats"
import { messageOf } from "../../contracts/plain.ts"
import { decodeText, encodeText } from "../bytes.ts"
import { REFUSALS_LOGGED_MS } from "../limits.ts"
import { limited, reportWarning } from "../report.ts"

/** What a connection shows to NATS, in addition to the user and password of its address. */
export interface NatsAccess {
  /** A file of credentials, as `nsc generate creds` writes it: a user's JWT and its seed. */
  readonly credsFile?: string | undefined
  /** A file that holds the seed of a user's nkey, `SU…`. */
  readonly nkeyFile?: string | undefined
  /** A file that holds a user's JWT. Unless it is a bearer token, `nkeyFile` has its seed. */
  readonly jwtFile?: string | undefined
  /** The token that a server's configuration asks for. */
  readonly token?: string | undefined
  /** A file that holds the client's certificate, in PEM; requires encrypted connections. */
  readonly certFile?: string | undefined
  /** A file that holds the private key of that certificate. */
  readonly keyFile?: string | undefined
}

/** Each part of an access, with the last part of the variable that sets it. */
export const ACCESS_FIELDS = {
  credsFile: "CREDS_FILE",
  nkeyFile: "NKEY_FILE",
  jwtFile: "JWT_FILE",
  token: "TOKEN",
  certFile: "CERT_FILE",
  keyFile: "KEY_FILE",
} as const satisfies { readonly [field in keyof NatsAccess]-?: string }

/** The name of a part of an access. */
export type AccessField = keyof typeof ACCESS_FIELDS

/** The parts that say who a client is. Only `nkeyFile` and `jwtFile` go together. */
const IDENTITIES = ["credsFile", "nkeyFile", "jwtFile", "token"] as const

/** The parts by which an access says who a client is, its certificate last; empty if by none. */
export const identitiesOf = (access: NatsAccess): readonly AccessField[] =>
  [...IDENTITIES, "certFile" as const].filter((field) => access[field] !== undefined)

/** What a user has: a JWT, the seed of its nkey, or both. */
interface Proof {
  readonly jwt?: string
  readonly seed?: Uint8Array
}

/** The second block of a file of credentials begins as the first does, with dashes. */
const BLOCK = /-{3,}BEGIN [^\n]*?-{3,}\s+(\S+)\s+-{3,}END /g

const read = (path: string): string => {
  try {
    return readFileSync(path, "utf8").trim()
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : messageOf(error)
    throw new TypeError(`${path} cannot be read (${code})`, { cause: error })
  }
}

const seedIn = (path: string, text: string): Uint8Array => {
  const seed = encodeText(text)
  let key = ""
  try {
    key = nkeys.fromSeed(seed).getPublicKey()
  } catch {
    // Told in the same way: the text must not be repeated.
  }
  if (key.startsWith("U")) return seed
  throw new TypeError(
    `${path} holds no seed of a user, which begins with SU: write it with nsc or nk -gen user`,
  )
}

interface Claims {
  readonly exp?: number
  readonly nats?: { readonly type?: string; readonly bearer_token?: boolean }
}

const claimsOf = (jwt: string): Claims | undefined => {
  try {
    const [, claims = ""] = jwt.split(".")
    return JSON.parse(decodeText(Uint8Array.from(
      atob(claims.replaceAll("-", "+").replaceAll("_", "/")),
      (character) => character.charCodeAt(0),
    )))
  } catch {
    return undefined
  }
}

/** The JWT in a text. Throws `TypeError` if it is no user's, has expired, or lacks its seed. */
const jwtIn = (path: string, text: string, hasSeed: boolean): string => {
  const claims = claimsOf(text)
  if (claims?.nats?.type !== "user") throw new TypeError(`${path} holds no JWT of a user of NATS`)
  if (claims.exp !== undefined && claims.exp * 1_000 <= Date.now()) {
    const when = new Date(claims.exp * 1_000).toISOString()
    throw new TypeError(`the JWT in ${path} expired at ${when}: write a new one`)
  }
  if (!hasSeed && claims.nats.bearer_token !== true) {
    throw new TypeError(`the user of the JWT in ${path} has to sign: give the seed of its nkey too`)
  }
  return text
}

/** What the files of an access hold now. Throws `TypeError`, which repeats nothing secret. */
const proofOf = ({ credsFile, nkeyFile, jwtFile }: NatsAccess): Proof => {
  if (credsFile !== undefined) {
    const [jwt, seed] = [...read(credsFile).matchAll(BLOCK)].map(([, text = ""]) => text)
    if (jwt === undefined || seed === undefined) {
      throw new TypeError(
        `${credsFile} holds no credentials, a JWT and a seed: write it with nsc generate creds`,
      )
    }
    return { jwt: jwtIn(credsFile, jwt, true), seed: seedIn(credsFile, seed) }
  }
  const hasSeed = nkeyFile !== undefined
  return {
    ...(hasSeed ? { seed: seedIn(nkeyFile, read(nkeyFile)) } : {}),
    ...(jwtFile === undefined ? {} : { jwt: jwtIn(jwtFile, read(jwtFile), hasSeed) }),
  }
}

const PEM = {
  certFile: /-----BEGIN CERTIFICATE-----/,
  keyFile: /-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----/,
}

/**
 * Throws `TypeError` for an access that cannot work: two ways at once, half of one, or a file that
 * cannot be read or holds something else. `nameOf` names a part as the operator has set it.
 */
export const checkAccess = (
  access: NatsAccess,
  hasUser: boolean,
  nameOf: (field: AccessField) => string,
): void => {
  const given = IDENTITIES.filter((field) => access[field] !== undefined)
  const [first, second] = given
  const areTwo = given.length > 1 &&
    !(given.length === 2 && first === "nkeyFile" && second === "jwtFile")
  if (areTwo) throw new TypeError(`${given.map(nameOf).join(" and ")} exclude each other: keep one`)
  if (first !== undefined && hasUser) {
    throw new TypeError(`${nameOf(first)} is set and the address has a user: keep one of the two`)
  }
  const { certFile, keyFile } = access
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new TypeError(`${nameOf("certFile")} and ${nameOf("keyFile")} go together: set both`)
  }
  try {
    proofOf(access)
  } catch (error) {
    throw new TypeError(`${given.map(nameOf).join(", ")}: ${messageOf(error)}`, { cause: error })
  }
  for (const field of ["certFile", "keyFile"] as const) {
    const path = access[field]
    if (path === undefined) continue
    let text: string
    try {
      text = read(path)
    } catch (error) {
      throw new TypeError(`${nameOf(field)}: ${messageOf(error)}`, { cause: error })
    }
    const what = field === "certFile" ? "certificate" : "private key"
    if (!PEM[field].test(text)) {
      throw new TypeError(`${nameOf(field)}: ${path} holds no ${what} in PEM`)
    }
  }
}

/**
 * Answers a server's challenge; undefined if the access needs no files for that. Each connection
 * reads the files again, so credentials can be renewed while a process runs. A file that is missing
 * then must not end the connection for good: the last one is used, and the problem is reported.
 */
export const authenticatorOf = (access: NatsAccess): Authenticator | undefined => {
  const { credsFile, nkeyFile, jwtFile } = access
  if (credsFile === undefined && nkeyFile === undefined && jwtFile === undefined) return undefined
  let proof = proofOf(access)
  const warn = limited(reportWarning, { burst: 1, everyMs: REFUSALS_LOGGED_MS })
  return (nonce) => {
    try {
      proof = proofOf(access)
    } catch (error) {
      warn(`NATS is shown what was read before, because ${messageOf(error)}`)
    }
    const { jwt, seed } = proof
    if (seed === undefined) return { jwt: jwt!, nkey: "", sig: "" }
    return jwt === undefined ? nkeyAuthenticator(seed)(nonce) : jwtAuthenticator(jwt, seed)(nonce)
  }
}
