/**
 * How connections to Postgres are secured: reads from an address what libpq's tools read from it.
 */
import { readFileSync } from "node:fs"
import type { Options } from "postgres"

/** An address without its TLS parameters, and what these mean to the driver. */
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

/** The modes that check the server's certificate when a root certificate is given. */
const CHECKING = { require: "verify-ca" } as { readonly [mode: string]: string }

/**
 * Reads `sslmode` and `sslrootcert`, a file of certificates, as libpq does: `verify-full` checks
 * the server's name, `require` only encrypts. Throws for an unknown mode and for a file that cannot
 * be read.
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
