/** Reads a message of a log for a reader of some contracts: what kind of message it is. */
import type { AnyContract } from "../../contracts/internal.ts"
import { logsSubject, parseLogSubject } from "../address.ts"
import { decodeCommit, type StoredCommit } from "../commit.ts"
import type { LogMessage } from "./log-message.ts"

/** A message of a log, as a reader of some contracts sees it. */
export type ReadMessage =
  /** An operator has stepped over it, or it is of no actor of these contracts. */
  | { readonly kind: "skipped" | "foreign" }
  /** Nobody can read it: its subject belongs to no actor, or it is not a commit. */
  | {
    readonly kind: "stray" | "unreadable"
    /** The context of its log. */
    readonly context: string
    readonly cause: unknown
  }
  | {
    readonly kind: "commit"
    readonly contract: AnyContract
    /** The id of the actor. */
    readonly id: string
    readonly commit: StoredCommit
  }

/** The contracts of a reader, by name. */
export type ContractsByName = ReadonlyMap<string, AnyContract>

const STRAY = new Error("this subject belongs to no actor, so nobody reads it")
const SKIPPED: ReadMessage = { kind: "skipped" }
const FOREIGN: ReadMessage = { kind: "foreign" }

/** The contract whose subjects begin as this subject does, which belongs to no actor. */
const strayOf = (contracts: ContractsByName, subject: string): AnyContract | undefined => {
  for (const [name, contract] of contracts) {
    if (subject.startsWith(logsSubject(name).slice(0, -1))) return contract
  }
  return undefined
}

/** Reads a message. Never throws for what the message says. */
export const readMessage = (
  { subject, sequence, payload }: LogMessage,
  contracts: ContractsByName,
  isSkipped: (context: string, sequence: number) => boolean,
): ReadMessage => {
  const { name, id } = parseLogSubject(subject)
  const contract = contracts.get(name)
  const owner = contract ?? (name === "" ? strayOf(contracts, subject) : undefined)
  if (!owner) return FOREIGN
  const { context } = owner
  if (isSkipped(context, sequence)) return SKIPPED
  if (!contract) return { kind: "stray", context, cause: STRAY }
  try {
    return { kind: "commit", contract, id, commit: decodeCommit(payload, sequence) }
  } catch (cause) {
    return { kind: "unreadable", context, cause }
  }
}
