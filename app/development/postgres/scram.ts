/** The form in which Postgres stores a password: it can check a password but not recover it. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto"

const ITERATIONS = 4_096
const KEY_BYTES = 32
const SALT_BYTES = 16

/**
 * The verifier of a password, for `alter role … password` (RFC 5803). With it, no statement holds
 * the password itself, and so neither does a server's log.
 */
export const scramVerifier = (password: string, salt = randomBytes(SALT_BYTES)): string => {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, "sha256")
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest()
  const stored = createHash("sha256").update(keyed("Client Key")).digest("base64")
  const keys = `${stored}:${keyed("Server Key").toString("base64")}`
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${keys}`
}
