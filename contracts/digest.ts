/** A digest: a short text that stands for a long one. No other text with it can be found. */
import { createHash } from "node:crypto"

const BYTES = 16

/** How many characters a digest has. */
export const DIGEST_CHARACTERS = 22

/** 128 bits of the SHA-256 of a text, as 22 of the characters that an id may have. */
export const digest = (text: string): string =>
  createHash("sha256").update(text).digest().subarray(0, BYTES).toString("base64url")
