/** Bytes and text: UTF-8 both ways, and the payload that holds nothing. */

const encoder = new TextEncoder()
const decoder = new TextDecoder()

/** A payload of no bytes. */
export const NO_BYTES: Uint8Array = new Uint8Array()

/** A text as UTF-8. */
export const encodeText = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text)

/** UTF-8 as text; bytes that are no UTF-8 become "�". */
export const decodeText = (bytes: Uint8Array): string => decoder.decode(bytes)
