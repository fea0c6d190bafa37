/** Snapshots: the states of actors, kept as a cache next to the log. A port. */

/**
 * Keeps the latest snapshot of each actor. Losing all of them loses nothing. `name` is
 * `<context>.<actor>`.
 */
export interface Snapshots {
  /** The latest snapshot; undefined if the actor has no snapshot, or it cannot be read. */
  readonly read: (name: string, id: string) => Promise<Uint8Array | undefined>
  /** The largest snapshot that can be kept, in bytes. */
  readonly maxBytes: () => number
  /** Replaces the snapshot soon, or not at all. */
  readonly write: (name: string, id: string, snapshot: Uint8Array) => void
}
