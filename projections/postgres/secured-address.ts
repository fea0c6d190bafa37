/** How connections to Postgres are secured: what its own tools read from an address as well. */
import { readFileSync } from "node:fs"
import type { Options } from "postgres"

/** An address without what is said of TLS in it, and what that means to the driver. */
export interface SecuredAddress {
  readonly address: string
  readonly options: Pick<Options<Record<string, never>>, "ssl">
}

type Ssl = NonNullable<Options<Record<string, never>>["ssl"]>

const MODES: { readonly [mode: string]: Ssl } = {
  disable: false,
  allow: "allow",
  prefer: "prefer",
  require: "require",
  "verify-ca": { rejectUnauthorized: true, checkServerIdentity: () => undefined },
  "verify-full": { rejectUnauthorized: true },
}

/** Those that check who the server is, if there is a certificate to check it by. */
const CHECKING = { require: "verify-ca" } as { readonly [mode: string]: string }

/**
 * Reads `sslmode`, and `sslrootcert`, a file of certificates, as libpq does: `verify-full` checks
 * that the server is the one that was asked for, `require` only encrypts. Throws for a mode that
 * there is not and a file that cannot be read.
 */
export const securedAddress = (given: string): SecuredAddress => {
  const url = new URL(given)
  const { searchParams: query } = url
  const [mode, file] = [query.get("sslmode"), query.get("sslrootcert")]
  if (mode === null && file === null) return { address: given, options: {} }
  for (const name of ["sslmode", "sslrootcert"]) query.delete(name)
  const name = mode ?? "verify-full"
  const ssl = MODES[file === null ? name : CHECKING[name] ?? name]
  if (ssl === undefined) {
    const known = Object.keys(MODES).join(", ")
    throw new Error(`there is no sslmode ${name}; there are: ${known}`)
  }
  const checked = file !== null && typeof ssl === "object"
    ? { ...ssl, ca: readFileSync(file, "utf8") }
    : ssl
  return { address: url.href, options: { ssl: checked } }
}
