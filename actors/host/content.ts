/** What a command says, as a short text: two commands under one id may say different things. */
import { Buffer } from "node:buffer"
import type { ContractCodec, Message } from "../../contracts/internal.ts"
import { encode } from "../../wire/internal.ts"
import { fingerprint } from "../fingerprint.ts"

const words = new Uint32Array(4)

/** The fingerprint of a command's type and fields. */
export const contentOf = (codec: ContractCodec, command: Message<"command">): string => {
  const { type, data } = codec.plain(command)
  const bytes = Buffer.from(encode("msgpack", { type, data }))
  fingerprint(bytes.toString("latin1"), words)
  return [...words].map((word) => word.toString(36)).join("-")
}
