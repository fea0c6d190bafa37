/** UTF-8: decodes text and refuses bytes that are not UTF-8, with one call for most texts. */
import { Buffer } from "node:buffer"

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })

/** What a lenient reader puts where the bytes are no UTF-8; a text may hold it itself. */
const REPLACED = "\ufffd"

/** The same bytes as a Buffer, which reads texts faster than a `TextDecoder` does. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)

/** The text between two places of a buffer. Throws `TypeError` for bytes that are no UTF-8. */
export const textBetween = (buffer: Buffer, from: number, to: number): string => {
  const text = buffer.toString("utf8", from, to)
  return text.includes(REPLACED) ? strict.decode(buffer.subarray(from, to)) : text
}
