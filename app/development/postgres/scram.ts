/** What Postgres keeps of a password: enough to check it, and not the password (RFC 5803). */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto"

const ITERATIONS = 4_096
const KEY_BYTES = 32
const SALT_BYTES = 16

/**
 * The verifier of a password, as `alter role … password` takes it. The password itself is then in
 * no statement, which a server may write to its log.
 */
export const scramVerifier = (password: string, salt = randomBytes(SALT_BYTES)): string => {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, "sha256")
  const keyed = (text: string) => createHmac("sha256", salted).update(text).digest()
  const stored = createHash("sha256").update(keyed("Client Key")).digest("base64")
  const keys = `${stored}:${keyed("Server Key").toString("base64")}`
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${keys}`
}
