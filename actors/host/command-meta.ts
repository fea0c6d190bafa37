/** What a decision on a command can know besides the state and the command. */
import type { Envelope } from "../../wire/internal.ts"
import type { DecideMeta } from "../actor.ts"

/** What `decide` gets. A class, so that what most handlers never use is not made. */
export class CommandMeta implements DecideMeta {
  readonly id: string
  readonly version: number
  readonly commandId: string
  readonly principal?: string
  readonly #now: number

  constructor(id: string, version: number, envelope: Envelope, now: number) {
    this.id = id
    this.version = version
    this.commandId = envelope.id
    if (envelope.principal !== undefined) this.principal = envelope.principal
    this.#now = now
  }

  get now(): Date {
    return new Date(this.#now)
  }

  newId(): string {
    return crypto.randomUUID()
  }

  random(): number {
    return Math.random()
  }
}
