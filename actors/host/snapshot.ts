/** A snapshot: an actor's state after some commit, stamped with the code for which it is valid. */
import { frozen } from "../../contracts/internal.ts"
import { ANCESTORS, decodeOwn, encode, isMap, isRefusal } from "../../wire/internal.ts"
import type { AnyActor } from "../actor.ts"
import { REMEMBERED, SNAPSHOT_COMMANDS } from "../limits.ts"
import type { StoredRefusal } from "./repeats/refusals.ts"
import { COMMAND_BYTES, type SavedCommands } from "./repeats/idempotency-window.ts"
import { Resident } from "./resident.ts"

interface Plain {
  readonly stamp: string
  readonly state: unknown
  readonly version: number
  /** The latest time of any event; absent in snapshots of earlier versions of the code. */
  readonly latest?: number
  readonly sequence: number
  readonly ancestors: readonly number[]
  /** Earlier versions of the code wrote only bytes; then the ids are read from the log. */
  readonly commands: Pick<SavedCommands, "key" | "words"> | Uint8Array
  readonly refusals: readonly StoredRefusal[]
  /** Whether more commands were remembered than the snapshot keeps, unless `isWhole` says it. */
  readonly truncated: boolean
  /**
   * Whether the snapshot keeps all commands. Only where some are remembered with their principal:
   * earlier versions of the code do not look for these. They take such a snapshot for truncated,
   * and read the ids from the log.
   */
  readonly isWhole?: boolean
  /** For how long commands were remembered, in milliseconds; absent where it was two minutes. */
  readonly windowMs?: number
}

/** A resident from a snapshot, and whether some of its remembered commands are missing. */
export interface Restored {
  readonly resident: Resident
  readonly truncated: boolean
}

/** Whether these are saved commands, and not too many; their contents are checked later. */
const isSaved = (commands: unknown): boolean =>
  isMap(commands) && Array.isArray(commands.key) && commands.words instanceof Uint8Array &&
  commands.words.length <= SNAPSHOT_COMMANDS * COMMAND_BYTES

/** Whether `encodeSnapshot` wrote this, except for the state, which its schema checks. */
const isSnapshot = (plain: unknown): plain is Plain => {
  if (!isMap(plain)) return false
  const { version, latest = 0, sequence, ancestors, commands, refusals, truncated } = plain
  if (!Number.isFinite(plain.windowMs ?? 0)) return false
  return Number.isSafeInteger(latest) &&
    [version, sequence].every((each) => Number.isSafeInteger(each) && Number(each) > 0) &&
    Array.isArray(ancestors) && ancestors.length <= ANCESTORS &&
    ancestors.every(Number.isSafeInteger) && isSaved(commands) &&
    Array.isArray(refusals) && refusals.length <= REMEMBERED.refusals &&
    refusals.every(isRefusal) && typeof truncated === "boolean"
}

/** The bytes of a snapshot; undefined if the actor has no schema for its state. */
export const encodeSnapshot = (actor: AnyActor, resident: Resident): Uint8Array | undefined => {
  if (!actor.state) return undefined
  const { version, latest, sequence, ancestors, remembered, refused } = resident
  const { key, words, isOwned } = remembered.save(SNAPSHOT_COMMANDS)
  const isWhole = remembered.size <= SNAPSHOT_COMMANDS
  const plain: Plain = {
    stamp: actor.state.stamp,
    state: actor.state.codec.encode(resident.state),
    version,
    ...(Number.isFinite(latest) ? { latest } : {}),
    sequence,
    ancestors,
    commands: { key, words },
    refusals: refused.all,
    truncated: isOwned || !isWhole,
    ...(isOwned ? { isWhole } : {}),
    windowMs: actor.contract.idempotencyWindowMs,
  }
  return encode("msgpack", plain)
}

/** Reads a snapshot; undefined if it is of other code, or broken: it is only a cache. */
export const decodeSnapshot = (actor: AnyActor, bytes: Uint8Array): Restored | undefined => {
  if (!actor.state) return undefined
  try {
    const plain = decodeOwn("msgpack", bytes)
    if (!isSnapshot(plain) || plain.stamp !== actor.state.stamp) return undefined
    const { idempotencyWindowMs } = actor.contract
    const state = frozen(actor.state.codec.decode(plain.state))
    const resident = new Resident(state, idempotencyWindowMs)
    resident.version = plain.version
    // Without the latest time, the snapshot cannot serve a question for a state at a time.
    resident.latest = plain.latest ?? Infinity
    resident.sequence = plain.sequence
    resident.ancestors = plain.ancestors
    resident.snapshotVersion = plain.version
    resident.refused.add(plain.refusals)
    const { commands } = plain
    if (commands instanceof Uint8Array) return { resident, truncated: true }
    resident.remembered.restore({ ...commands, isOwned: plain.isWhole !== undefined })
    // A shorter window has forgotten what this one must still know.
    const isShorter = (plain.windowMs ?? 0) < idempotencyWindowMs
    const truncated = plain.isWhole === undefined ? plain.truncated : !plain.isWhole
    return { resident, truncated: truncated || isShorter }
  } catch {
    return undefined
  }
}
