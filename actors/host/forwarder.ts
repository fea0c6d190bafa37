/** A forwarder: sends a host's commands on to the nodes that own their actors. A port. */
import type { Incoming } from "../../wire/internal.ts"

/** Sends commands on to the nodes that own their actors. */
export interface Forwarder {
  /**
   * True if the command was sent on. `serveHere` is called, perhaps much later, if the owner does
   * not answer.
   */
  take(message: Incoming, name: string, serveHere: (message: Incoming) => void): boolean
  /** Resolves when every command that was sent on has been answered or is served here. */
  stop(): Promise<void>
}
