/** The snapshots' memory twin. */
import type { Snapshots } from "./snapshots.ts"

/** Keeps snapshots in memory, as long as the object lives. */
export const memorySnapshots = (): Snapshots => {
  const kept = new Map<string, Uint8Array>()
  return {
    read: (name, id) => Promise.resolve(kept.get(`${name}.${id}`)),
    write: (name, id, snapshot) => void kept.set(`${name}.${id}`, snapshot),
  }
}
