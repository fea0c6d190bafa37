/** A signer: HMAC with SHA-256 by one key, in two calls of a hash where the message is short. */
import { Buffer } from "node:buffer"
import { createHmac, createSecretKey, hash, type KeyObject } from "node:crypto"
import { encodeText } from "../bytes.ts"

/** The block of SHA-256, and its digest, in bytes. */
const BLOCK = 64
const DIGEST = 32

/** The longest message, in bytes, that is copied to be hashed in one call. */
const COPIED = 8_192

/** The most bytes that a character of a string takes in UTF-8. */
const WIDEST = 3

/** The key as HMAC has it (RFC 2104): of one block, in every byte of which `pad` is mixed. */
const padded = (key: Uint8Array, pad: number, into: Buffer): void => {
  if (key.length > BLOCK) into.write(hash("sha256", key, "hex"), 0, "hex")
  else into.set(key)
  for (let index = 0; index < BLOCK; index++) into[index]! ^= pad
}

/**
 * Signs with one key. Node sets up an object for each HMAC, which costs more than the hashing of a
 * short message: so both hashes of an HMAC are made at once, over copies behind the prepared key.
 */
export class Signer {
  readonly #key: KeyObject
  readonly #inner = Buffer.alloc(BLOCK + COPIED)
  readonly #outer = Buffer.alloc(BLOCK + DIGEST)

  constructor(key: string) {
    const bytes = encodeText(key)
    this.#key = createSecretKey(bytes)
    padded(bytes, 0x36, this.#inner)
    padded(bytes, 0x5c, this.#outer)
  }

  /** The signature of a text in UTF-8 and the bytes behind it, as base64url. */
  sign(text: string, bytes: Uint8Array): string {
    if (text.length * WIDEST + bytes.length > COPIED) {
      return createHmac("sha256", this.#key).update(text).update(bytes).digest("base64url")
    }
    const begin = BLOCK + this.#inner.write(text, BLOCK, "utf8")
    this.#inner.set(bytes, begin)
    const message = this.#inner.subarray(0, begin + bytes.length)
    this.#outer.write(hash("sha256", message, "binary"), BLOCK, "latin1")
    return hash("sha256", this.#outer, "base64url")
  }
}
