/** What a decision on a command can depend on, in addition to the state and the command. */
import { type Claims, type Envelope, type Metadata, METADATA_NAMES } from "../../wire/internal.ts"
import type { DecideMeta } from "../actor.ts"

/** The metadata, read from the envelope when a handler asks for it. */
export interface CommandMeta extends Metadata {}

const NO_CLAIMS: Claims = Object.freeze({})

/** The third argument of `decide`. A class with getters: most handlers use few of the values. */
export class CommandMeta implements DecideMeta {
  readonly id: string
  readonly version: number
  readonly commandId: string
  readonly #envelope: Envelope
  readonly #now: number

  static {
    for (const name of METADATA_NAMES) {
      Object.defineProperty(this.prototype, name, {
        get(this: CommandMeta) {
          return this.#envelope[name]
        },
      })
    }
  }

  constructor(id: string, version: number, envelope: Envelope, now: number) {
    this.id = id
    this.version = version
    this.commandId = envelope.id
    this.#envelope = envelope
    this.#now = now
  }

  get claims(): Claims {
    return this.#envelope.claims ?? NO_CLAIMS
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
