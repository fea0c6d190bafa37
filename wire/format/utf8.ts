/** UTF-8: decodes text and refuses bytes that are not UTF-8, with one call for most texts. */
import { Buffer } from "node:buffer"

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** The character that a lenient decoder puts in place of bad bytes. A text may also contain it. */
const REPLACED = "\ufffd"

/** The same bytes as a Buffer, which decodes texts faster than a `TextDecoder`. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

/** The text between two offsets of a buffer. Throws `TypeError` for bytes that are not UTF-8. */
export const textBetween = (buffer: Buffer, from: number, to: number): string => {
  const text = buffer.toString("utf8", from, to)
  return text.includes(REPLACED) ? strict.decode(buffer.subarray(from, to)) : text
}
