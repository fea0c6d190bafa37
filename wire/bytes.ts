/** Converts between text and bytes in UTF-8. */

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** An empty payload. */
export const NO_BYTES: Uint8Array = new Uint8Array()

/** A text as UTF-8. */
export const encodeText = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/** UTF-8 as text. Bytes that are not UTF-8 become "�". */
export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes)
