/**
 * The private parts of the NATS client library that this folder uses. Each is checked first: if one
 * is not as expected, the caller uses the library's public interface, which is slower.
 */
import type { Msg, NatsConnection } from "nats"
import { reportWarning } from "../report.ts"

/** The versions of the library whose private parts are known. `package.json` pins the same. */
const KNOWN_VERSIONS = "~3.4.0"

/** The part that sends the library's own messages. */
interface Sender {
  readonly protocol?: { readonly sendCommand?: unknown }
}

/** The parts of a message that the library has not parsed yet. */
interface Unparsed {
  readonly _rdata?: unknown
  readonly _msg?: { readonly subject?: unknown; readonly reply?: unknown; readonly hdr?: unknown }
}

/** Warns the first time that each part is missing, and never again in this process. */
export const warnOnce = (report: (message: string) => void): (missing: string) => void => {
  const told = new Set<string>()
  return (missing) => {
    if (told.has(missing)) return
    told.add(missing)
    report(
      `${missing} of the NATS client library is not as expected, so its public interface is ` +
        `used, which is slower: install @nats-io/transport-node ${KNOWN_VERSIONS}`,
    )
  }
}

const warnOfMissing = warnOnce(reportWarning)

/** Sends bytes of the protocol; undefined when the library cannot. */
export const senderOf = (
  connection: NatsConnection,
  warn = warnOfMissing,
): ((bytes: Uint8Array) => void) | undefined => {
  const { protocol } = connection as Sender
  // The library's function takes a command, and any number of payloads after it.
  if (typeof protocol?.sendCommand === "function" && protocol.sendCommand.length === 1) {
    const { sendCommand } = protocol as { sendCommand: (bytes: Uint8Array) => void }
    return (bytes) => sendCommand.call(protocol, bytes)
  }
  warn("protocol.sendCommand")
  return undefined
}

/** The subject of a message as bytes, if the library keeps them. */
export const subjectBytesOf = (message: Msg, warn = warnOfMissing): Uint8Array | undefined => {
  const bytes = (message as Unparsed)._msg?.subject
  if (bytes instanceof Uint8Array) return bytes
  warn("the subject in Msg._msg")
  return undefined
}

/**
 * The reply subject in bytes; undefined if the message has no reply subject, or the library keeps
 * no bytes.
 */
export const replyBytesOf = (message: Msg): Uint8Array | undefined => {
  const bytes = (message as Unparsed)._msg?.reply
  return bytes instanceof Uint8Array ? bytes : undefined
}

/** The bytes that begin with a message's headers; `undefined` when the library keeps no bytes. */
export const headerBytesOf = (message: Msg, warn = warnOfMissing): Uint8Array | undefined => {
  const { _rdata: bytes, _msg: { hdr } = {} } = message as Unparsed
  if (bytes instanceof Uint8Array && typeof hdr === "number") return bytes
  warn("the headers in Msg._rdata")
  return undefined
}

/** How many of those bytes are headers; 0 or less when there are no headers. */
export const headerLengthOf = (message: Msg): number => {
  const length = (message as Unparsed)._msg?.hdr
  return typeof length === "number" ? length : 0
}
