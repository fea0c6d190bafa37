/** A forwarder: sends a host's commands on to the nodes that own their actors. A port. */
import type { Incoming } from "../../wire/internal.ts"

/** Sends commands on to the nodes that own their actors. */
export interface Forwarder {
  /**
   * True if the command was sent on. `serveHere` is called, perhaps much later, if the owner does
   * not answer.
   */
  take(message: Incoming, name: string, serveHere: (message: Incoming) => void): boolean
  /**
   * True if other nodes are asked for the answer, because the code of this one is too old.
   * `isTried` says whether this node may have stored the command. `giveUp` is called if the code of
   * the others is too old as well, and is told whether any node may have stored it.
   */
  takeElsewhere(
    message: Incoming,
    name: string,
    isTried: boolean,
    giveUp: (isTried: boolean) => void,
  ): boolean
  /** Resolves when every command that was sent on has been answered or is served here. */
  stop(): Promise<void>
}
