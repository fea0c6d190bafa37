/** What an actor remembers of the commands it accepted, so that a repeat gets the first answer. */
import type { StoredCommit } from "../contracts/mod.ts"
import { REMEMBERED } from "./limits.ts"

/** The outcome of an accepted command. */
export interface Remembrance {
  /** The sequence of the commit that holds its events. */
  readonly sequence: number
  /** How many events the actor had after it. */
  readonly version: number
  /** How many events it caused. */
  readonly events: number
  /** When it was decided, in milliseconds since 1970. */
  readonly time: number
}

/**
 * The accepted commands of one actor, oldest first: all of the last two minutes, at least the
 * last 128, at most 65,536. They are read back from the commits, so they survive a restart.
 */
export class Remembered {
  readonly #commands = new Map<string, Remembrance>()

  /** The outcome of a command, if it was accepted within the window. */
  get(commandId: string): Remembrance | undefined {
    return this.#commands.get(commandId)
  }

  /** Adds the commands of a commit, and forgets what has left the window. */
  add({ base, events, sequence }: StoredCommit): void {
    for (const [index, { command, time }] of events.entries()) {
      const before = this.#commands.get(command)
      const version = base + index + 1
      this.#commands.set(command, { sequence, version, events: (before?.events ?? 0) + 1, time })
    }
    this.#forget(events.at(-1)?.time ?? 0)
  }

  #forget(now: number): void {
    for (const [command, { time }] of this.#commands) {
      const { size } = this.#commands
      const old = time < now - REMEMBERED.windowMs && size > REMEMBERED.least
      if (!old && size <= REMEMBERED.most) return
      this.#commands.delete(command)
    }
  }
}
