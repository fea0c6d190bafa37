/** A short hash of a text, the same wherever it is computed. */
import { createHash } from "node:crypto"

/** The first eight hexadecimal digits of the SHA-256 of a text. */
export const shortHash = (text: string): string =>
  createHash("sha256").update(text).digest("hex").slice(0, 8)
