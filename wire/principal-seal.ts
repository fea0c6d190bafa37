/**
 * The seal of a principal. It shows a host that a process that authenticates users has set the
 * name, and not the caller. HMAC with SHA-256 over the exact principal and command.
 */
import { Forbidden } from "../contracts/plain.ts"
import { commandSubject, parseCommandSubject } from "./address.ts"
import { HEADER } from "./envelope.ts"
import type { Headers, Incoming } from "./wire.ts"
import { encodeText } from "./bytes.ts"
import { PRINCIPAL_KEYS } from "./limits.ts"

/** The contents of a seal: which command is sent where, and on whose behalf. */
export interface Claim {
  readonly principal: string
  readonly commandId: string
  /** The subject of the command as callers send it: `cmd.<context>.<actor>.<id>.<Command>`. */
  readonly subject: string
  /** The fields as bytes, exactly as they are sent. */
  readonly payload: Uint8Array
}

/** Seals claims, and recognizes claims that were sealed with a key of the system. */
export interface PrincipalSeals {
  readonly seal: (claim: Claim) => Promise<string>
  readonly isSealed: (claim: Claim, seal: string) => Promise<boolean>
}

/** The name of the setting that holds the keys, for messages. */
const SETTING = "LEFTFOLD_PRINCIPAL_KEYS"

const ALGORITHM = { name: "HMAC", hash: "SHA-256" } as const
const SEAL = /^[A-Za-z0-9_-]{43}$/
/** Part of the signed bytes, so that other signatures with these keys never pass for a seal. */
const PURPOSE = "leftfold principal 1"

/** The signed bytes. Only the last part can hold a line break, so the parts cannot be confused. */
const bytesOf = ({ principal, commandId, subject, payload }: Claim): Uint8Array<ArrayBuffer> => {
  const head = encodeText([PURPOSE, principal, commandId, subject, ""].join("\n"))
  const bytes = new Uint8Array(head.length + payload.length)
  bytes.set(head)
  bytes.set(payload, head.length)
  return bytes
}

const textOf = (signature: ArrayBuffer): string =>
  btoa(String.fromCharCode(...new Uint8Array(signature)))
    .replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")

const signatureOf = (seal: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(
    atob(seal.replaceAll("-", "+").replaceAll("_", "/")),
    (letter) => letter.charCodeAt(0),
  )

const checkKeys = (keys: readonly string[]): void => {
  const { most, shortest } = PRINCIPAL_KEYS
  if (keys.length === 0 || keys.length > most) {
    throw new TypeError(`${SETTING} must be 1 to ${most} keys, separated by commas`)
  }
  if (keys.every((key) => key.length >= shortest)) return
  throw new TypeError(
    `${SETTING} has a key of fewer than ${shortest} characters: make one by openssl rand -hex 32`,
  )
}

/**
 * Seals with these keys: the first one seals, and all are accepted. So a new key is first given to
 * all processes as the second. Throws `TypeError` for keys that are too short, too many or missing.
 */
export const principalSeals = (keys: readonly string[]): PrincipalSeals => {
  checkKeys(keys)
  const imported = keys.map((key) =>
    crypto.subtle.importKey("raw", encodeText(key), ALGORITHM, false, ["sign", "verify"])
  )
  return {
    seal: async (claim) =>
      textOf(await crypto.subtle.sign(ALGORITHM, await imported[0]!, bytesOf(claim))),
    isSealed: async (claim, seal) => {
      if (!SEAL.test(seal)) return false
      const [signature, bytes] = [signatureOf(seal), bytesOf(claim)]
      for (const key of imported) {
        if (await crypto.subtle.verify(ALGORITHM, await key, signature, bytes)) return true
      }
      return false
    },
  }
}

/** Seals with a random key, for a system in one process. */
export const ownSeals = (): PrincipalSeals =>
  principalSeals([crypto.randomUUID() + crypto.randomUUID()])

/**
 * Adds a seal to the headers of a command on somebody's behalf. Rejects with `Forbidden` when this
 * process has no key.
 */
export const sealHeaders = async (
  seals: PrincipalSeals | undefined,
  headers: Headers,
  subject: string,
  payload: Uint8Array,
): Promise<Headers> => {
  const [principal = "", commandId = ""] = [headers[HEADER.principal], headers[HEADER.id]]
  if (!seals) {
    throw new Forbidden({
      message:
        `this process has no key to seal ${HEADER.principal} with: set ${SETTING}, the same ` +
        "for it and for all that run actors",
    })
  }
  const seal = await seals.seal({ principal, commandId, subject, payload })
  return { ...headers, [HEADER.principalSeal]: seal }
}

/** Why a command on somebody's behalf is refused; undefined when its principal is sealed. */
export const principalProblem = async (
  seals: PrincipalSeals | undefined,
  { subject, headers, payload }: Incoming,
): Promise<Forbidden | undefined> => {
  const { [HEADER.principal]: principal = "", [HEADER.id]: commandId = "" } = headers
  if (!seals) {
    return new Forbidden({
      message: `${HEADER.principal} is not taken here: without ${SETTING} a node cannot know who ` +
        "has verified it",
    })
  }
  const { name, id, type } = parseCommandSubject(subject)
  const claim = { principal, commandId, subject: commandSubject(name, id, type), payload }
  if (await seals.isSealed(claim, headers[HEADER.principalSeal] ?? "")) return undefined
  return new Forbidden({
    message:
      `${HEADER.principal} is not sealed by a key of this system for this command: leave it ` +
      `out, or have it sealed (${HEADER.principalSeal}) by what verifies who asks`,
  })
}
