/** The text of a server-sent event, encoded once for all streams that send it. */
import { Buffer } from "node:buffer"
import { createHash } from "node:crypto"
import type { Shown } from "./live-answer.ts"

/** What a stream remembers of an answer that it has sent, to see whether the next one differs. */
export interface Mark {
  readonly kind: Shown["kind"]
  /** The data itself if it is short; otherwise its digest. */
  readonly digest: string
  readonly position: string
}

interface Encoded {
  readonly mark: Mark
  bytes: Uint8Array | undefined
}

/** The longest data that is compared as it is, in characters. */
const SHORT = 64

const encodings = new WeakMap<Shown, Encoded>()

const encodingOf = (shown: Shown): Encoded => {
  const known = encodings.get(shown)
  if (known) return known
  const { kind, data, position } = shown
  const isShort = data.length <= SHORT
  const digest = isShort ? data : createHash("sha256").update(data).digest("base64")
  const encoding: Encoded = { mark: { kind, digest, position }, bytes: undefined }
  encodings.set(shown, encoding)
  return encoding
}

/** The mark of an answer. */
export const markOf = (shown: Shown): Mark => encodingOf(shown).mark

/** Whether a client that has seen the first would notice the second. */
export const differs = (seen: Mark | undefined, { kind, digest }: Mark): boolean =>
  seen?.kind !== kind || seen.digest !== digest

const linesOf = (event: string, data: string, position: string): Uint8Array => {
  const name = event === "result" ? "" : `event: ${event}\n`
  const id = position === "" ? "" : `id: ${position}\n`
  return Buffer.from(`${name}data: ${data}\n${id}`)
}

/** The lines of the event that shows an answer, without the empty line that ends it. */
export const eventOf = (shown: Shown): Uint8Array =>
  encodingOf(shown).bytes ??= linesOf(shown.kind, shown.data, shown.position)

/** The same for an event that carries only the position of the views. */
export const positionEventOf = (position: string): Uint8Array =>
  linesOf("position", JSON.stringify(position), position)
