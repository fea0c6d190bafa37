/**
 * The seal of a principal. It shows a host that a process that authenticates users has set the
 * name, and not the caller. HMAC with SHA-256 over the exact principal, claims and message.
 */
import { Buffer } from "node:buffer"
import { timingSafeEqual } from "node:crypto"
import { Forbidden } from "../../contracts/plain.ts"
import { commandSubject, parseCommandSubject } from "../address.ts"
import { HEADER } from "../header.ts"
import type { Headers, Incoming } from "../wire.ts"
import { claimsWith, hasSealedPart, SEALED, sealedPart } from "./sealed-headers.ts"
import { PRINCIPAL_KEYS } from "../limits.ts"
import { Signer } from "./signer.ts"

/** The contents of a seal: which message is sent where, and on whose behalf. */
export interface Claim {
  readonly principal: string
  /** What is known of the principal, as its header has it; empty if nothing is. */
  readonly claims: string
  /** The id of the command; for a question, the deadline in its header. */
  readonly messageId: string
  /** The subject as callers send it: `cmd.<context>.<actor>.<id>.<Command>` or `qry.…`. */
  readonly subject: string
  /** The fields as bytes, exactly as they are sent. */
  readonly payload: Uint8Array
}

/** Seals claims, and recognizes claims that were sealed with a key of the system. */
export interface PrincipalSeals {
  readonly seal: (claim: Claim) => string
  readonly isSealed: (claim: Claim, seal: string) => boolean
}

/** The name of the setting that holds the keys, for messages. */
const SETTING = "LEFTFOLD_PRINCIPAL_KEYS"

const SEAL = /^[A-Za-z0-9_-]{43}$/
/** Part of the signed bytes, so that other signatures with these keys never pass for a seal. */
const PURPOSE = "leftfold principal 2"

/** The signature. Only the last part can hold a line break, so the parts cannot be confused. */
const signed = (signer: Signer, { principal, claims, messageId, subject, payload }: Claim) =>
  signer.sign(`${PURPOSE}\n${principal}\n${claims}\n${messageId}\n${subject}\n`, payload)

/** The characters of a seal. */
const LENGTH = 43

/** Two seals that are compared: kept, because to make buffers costs more than to compare them. */
const [given, wanted] = [Buffer.alloc(LENGTH), Buffer.alloc(LENGTH)]

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
  const signers = keys.map((key) => new Signer(key))
  return {
    seal: (claim) => signed(signers[0]!, claim),
    isSealed: (claim, seal) => {
      if (!SEAL.test(seal)) return false
      given.write(seal, "latin1")
      return signers.some((signer) => {
        wanted.write(signed(signer, claim), "latin1")
        return timingSafeEqual(wanted, given)
      })
    },
  }
}

/** Seals with a random key, for a system in one process. */
export const ownSeals = (): PrincipalSeals =>
  principalSeals([crypto.randomUUID() + crypto.randomUUID()])

const isCommand = (subject: string): boolean => subject.startsWith("cmd.")

const claimOf = (
  headers: Headers,
  claims: string,
  subject: string,
  payload: Uint8Array,
): Claim => ({
  principal: headers[HEADER.principal] ?? "",
  claims,
  messageId: headers[isCommand(subject) ? HEADER.id : HEADER.deadline] ?? "",
  subject,
  payload,
})

/**
 * Adds a seal to the headers of a message on somebody's behalf. Throws `Forbidden` when this
 * process has no key.
 */
export const sealHeaders = (
  seals: PrincipalSeals | undefined,
  headers: Headers,
  subject: string,
  payload: Uint8Array,
): Record<string, string> => {
  if (!seals) {
    throw new Forbidden({
      message:
        `this process has no key to seal ${HEADER.principal} with: set ${SETTING}, the same ` +
        "for it and for all that run actors",
    })
  }
  const claims = claimsWith(sealedPart(headers, isCommand(subject)), headers[HEADER.claims])
  const seal = seals.seal(claimOf(headers, claims, subject, payload))
  return { ...headers, [HEADER.claims]: claims, [HEADER.principalSeal]: seal }
}

/** The subject of a message as its sender wrote it: a relay writes another one. */
const subjectSent = (subject: string): string => {
  if (subject.startsWith("qry.")) return subject
  const { name, id, type, trusted } = parseCommandSubject(subject)
  return commandSubject(name, id, type, trusted)
}

/** Why a message on somebody's behalf is refused; undefined when its principal is sealed. */
export const principalProblem = (
  seals: PrincipalSeals | undefined,
  { subject, headers, payload }: Incoming,
): Forbidden | undefined => {
  if (!seals) {
    return new Forbidden({
      message: `${HEADER.principal} is not taken here: without ${SETTING} a node cannot know who ` +
        "has verified it",
    })
  }
  const [sent, claims] = [subjectSent(subject), headers[HEADER.claims] ?? ""]
  if (
    !seals.isSealed(claimOf(headers, claims, sent, payload), headers[HEADER.principalSeal] ?? "")
  ) {
    return new Forbidden({
      message:
        `${HEADER.principal} is not sealed by a key of this system for this message: leave it ` +
        `out, or have it sealed (${HEADER.principalSeal}) by what verifies who asks`,
    })
  }
  // Earlier versions of the code seal no other headers.
  if (!hasSealedPart(claims) || claims.startsWith(sealedPart(headers, isCommand(sent)))) {
    return undefined
  }
  const names = isCommand(sent) ? SEALED.command : SEALED.question
  return new Forbidden({
    message: `one of these headers is not as it was sealed: ${names.join(", ")}`,
  })
}
