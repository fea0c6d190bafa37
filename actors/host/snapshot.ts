/** A snapshot: an actor's state after some commit, stamped with the code that it is valid for. */
import { decode, encode } from "../../wire/internal.ts"
import type { AnyActor } from "../actor.ts"
import { SNAPSHOT_COMMANDS } from "../limits.ts"
import type { StoredRefusal } from "./refused.ts"
import type { SavedCommands } from "./remembered.ts"
import { Resident } from "./resident.ts"

interface Plain {
  readonly stamp: string
  readonly state: unknown
  readonly version: number
  /** The latest time of any event; absent in snapshots of an earlier version of this program. */
  readonly latest?: number
  readonly sequence: number
  readonly ancestors: readonly number[]
  /** Bytes alone were written by earlier versions of the code; then the log is read for the ids. */
  readonly commands: SavedCommands | Uint8Array
  readonly refusals: readonly StoredRefusal[]
  /** Whether more commands were remembered than are kept here. */
  readonly truncated: boolean
}

/** What a snapshot gives: a resident, and whether its remembered commands are not all. */
export interface Restored {
  readonly resident: Resident
  readonly truncated: boolean
}

/** Whether all but the state, which its schema checks, is what it should be. */
const isWhole = (
  { version, latest = 0, sequence, ancestors, commands, refusals, truncated }: Plain,
): boolean =>
  Number.isSafeInteger(latest) &&
  [version, sequence].every((each) => Number.isSafeInteger(each) && each > 0) &&
  Array.isArray(ancestors) && ancestors.every(Number.isSafeInteger) &&
  typeof commands === "object" && Array.isArray(refusals) && typeof truncated === "boolean"

/** The bytes of a snapshot; none when the actor has no schema for its state. */
export const encodeSnapshot = (actor: AnyActor, resident: Resident): Uint8Array | undefined => {
  if (!actor.state) return undefined
  const { version, latest, sequence, ancestors, remembered, refused } = resident
  const plain: Plain = {
    stamp: actor.state.stamp,
    state: actor.state.codec.encode(resident.state),
    version,
    ...(Number.isFinite(latest) ? { latest } : {}),
    sequence,
    ancestors,
    commands: remembered.save(SNAPSHOT_COMMANDS),
    refusals: refused.all,
    truncated: remembered.size > SNAPSHOT_COMMANDS,
  }
  return encode("msgpack", plain)
}

/** Reads a snapshot; nothing when it is of other code, or broken. It is a cache: none is needed. */
export const decodeSnapshot = (actor: AnyActor, bytes: Uint8Array): Restored | undefined => {
  if (!actor.state) return undefined
  try {
    const plain = decode("msgpack", bytes) as Plain
    if (plain.stamp !== actor.state.stamp || !isWhole(plain)) return undefined
    const resident = new Resident(actor.state.codec.decode(plain.state))
    resident.version = plain.version
    // Where it is not known, the snapshot is of no use for a state at a time.
    resident.latest = plain.latest ?? Infinity
    resident.sequence = plain.sequence
    resident.ancestors = plain.ancestors
    resident.snapshotVersion = plain.version
    resident.refused.add(plain.refusals)
    const { commands } = plain
    if (commands instanceof Uint8Array) return { resident, truncated: true }
    resident.remembered.restore(commands)
    return { resident, truncated: plain.truncated }
  } catch {
    return undefined
  }
}
