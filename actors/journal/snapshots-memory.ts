/** The snapshots' memory twin. */
import type { Snapshots } from "./snapshots.ts"

/** As much as a message of NATS holds by default. */
const MOST_BYTES = 1_048_576

/** Keeps snapshots in memory, as long as the object lives. */
export const memorySnapshots = (): Snapshots => {
  const kept = new Map<string, Uint8Array>()
  return {
    read: (name, id) => Promise.resolve(kept.get(`${name}.${id}`)),
    maxBytes: () => MOST_BYTES,
    write: (name, id, snapshot) => void kept.set(`${name}.${id}`, snapshot),
  }
}
