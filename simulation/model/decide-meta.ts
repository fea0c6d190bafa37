/** What a simulated decision can depend on, in addition to the state and the command. */
import type { DecideMeta } from "../../actors/internal.ts"
import { type Chance, mix, unit } from "../chance.ts"
import type { Sent } from "./sent.ts"

/** The clock of the platform, which the guard puts a trap around. */
const SystemDate = Date

/** Time, ids and random numbers that the seed decides. */
export class SimulatedMeta implements DecideMeta {
  readonly id: string
  readonly version: number
  readonly commandId: string
  readonly correlation: string
  readonly causation?: string
  readonly #now: number
  readonly #chance: Chance
  readonly #place: number
  #drawn = 0

  constructor(sent: Sent, version: number, now: number, chance: Chance, place: number) {
    this.id = sent.id
    this.version = version
    this.commandId = sent.commandId
    const { correlation, causation } = sent.metadata
    this.correlation = correlation
    if (causation !== undefined) this.causation = causation
    this.#now = now
    this.#chance = chance
    this.#place = place
  }

  get now(): Date {
    return new SystemDate(this.#now)
  }

  get newId(): () => string {
    return () => `id-${this.#draw().toString(36)}`
  }

  get random(): () => number {
    return () => unit(this.#draw())
  }

  #draw(): number {
    return this.#chance.at(mix(this.#place, ++this.#drawn))
  }
}
