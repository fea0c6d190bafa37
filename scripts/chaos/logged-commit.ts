/** A commit as a log holds it, however wrong it is: what is wrong with it the checker says. */
import { type Commit, storedAt, type StoredCommit } from "../../wire/commit.ts"
import { decodeOwn } from "../../wire/codec.ts"

/** Reads a commit without looking at its chain. Throws `Malformed` where there is no MessagePack. */
export const loggedCommit = (bytes: Uint8Array, sequence: number): StoredCommit =>
  storedAt(decodeOwn("msgpack", bytes) as Commit, sequence)
