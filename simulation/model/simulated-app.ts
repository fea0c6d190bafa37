/** A simulated application: all its parts in one process, in virtual time. */
import type { Actor, Ask, Policy } from "../../actors/internal.ts"
import type { AppDefinition } from "../../app/internal.ts"
import {
  type AnyContract,
  type EventOf,
  type Message,
  messageOf,
} from "../../contracts/internal.ts"
import { Page } from "../../projections/internal.ts"
import { mix } from "../chance.ts"
import { TIMES } from "../limits.ts"
import type { Drawing } from "../choices.ts"
import type { OpenTimer, World } from "../world.ts"
import { Actors } from "./actors.ts"
import { Broken } from "./broken.ts"
import { type Core, latency } from "./core.ts"
import { Policies } from "./policies.ts"
import { readable } from "./readable.ts"
import { Sent, type SentAnswer } from "./sent.ts"
import { checkState } from "./states.ts"
import { Timers, type WaitingTimer } from "./timers.ts"
import { Views } from "./views.ts"

const SALT = { giveUp: 61 } as const

/** The most time that a caller waits before it asks again, in milliseconds. */
const PATIENCE_MS = 60_000

/** The parts of an application that are simulated. */
export interface SimulatedParts {
  readonly app: AppDefinition
  readonly policies: readonly Policy[]
  readonly older: AppDefinition | undefined
  readonly drawing: Drawing
}

/** An application at work, and its world. */
export class SimulatedApp implements World {
  readonly actors: Actors
  /** What callers have sent, in order. */
  readonly asked: Sent[] = []
  readonly #core: Core
  readonly #parts: SimulatedParts
  readonly #timers: Timers
  readonly #views: Views
  readonly #policies: Policies
  #changed = false

  constructor(core: Omit<Core, "waitingTimers" | "changed">, parts: SimulatedParts) {
    const { app, older, policies } = parts
    this.#parts = parts
    this.#core = {
      ...core,
      waitingTimers: () => this.#timers.times(),
      changed: () => this.#changed = true,
    }
    this.#timers = new Timers(this.#core, (timer, id, key) => this.#fire(timer, id, key))
    this.#views = new Views(this.#core, app.projections)
    this.actors = new Actors(this.#core, app.actors, older?.actors ?? [], app.follows, (commit) => {
      this.#views.hear(commit)
      following.hear(commit)
    })
    const { delivery } = this.actors
    const following = new Policies(this.#core, policies, delivery, this.#timers, parts.drawing)
    this.#policies = following
  }

  /** Whether something has changed since this was last asked. */
  takeChanged(): boolean {
    const changed = this.#changed
    this.#changed = false
    return changed
  }

  /** A caller asks for something, and perhaps gives up and asks again. */
  call({ contract, id, command }: Ask, call: number, key: number): void {
    const { schedule, chance, story } = this.#core
    const by = `caller ${call}`
    const ask = (commandId: string, key: number) => {
      story?.add(by, `asks ${contract.name} ${id} to ${command.type}`)
      const metadata = { correlation: commandId }
      const sent = { key, contract, id, command, commandId, metadata, by, at: schedule.now }
      const asked = sentBy(by, () => new Sent(sent))
      this.asked.push(asked)
      this.actors.delivery.send(asked)
    }
    ask(`call-${call}`, key)
    const place = mix(key, SALT.giveUp)
    if (!chance.strikes("giveUp", place)) return
    const wait = chance.at(place) % PATIENCE_MS
    schedule.in(wait, () => ask(`call-${call}-again`, place))
  }

  /** Throws `Broken` unless states and views are what the logs give. */
  check(): void {
    for (const cell of this.actors.cells.values()) if (cell.events.length > 0) checkState(cell)
    this.#views.check(this.actors.logs)
  }

  get now(): Date {
    return new Date(this.#core.schedule.now)
  }

  readonly ids = ({ name }: AnyContract): readonly string[] =>
    [...this.actors.cells.values()]
      .filter(({ actor, events }) => actor.contract.name === name && events.length > 0)
      .map(({ id }) => id)

  readonly state = <K extends AnyContract, State>(actor: Actor<K, State>, id: string): State =>
    readable(
      (this.actors.cells.get(`${actor.contract.name}/${id}`)?.state ?? actor.initial) as State,
    )

  readonly events = <K extends AnyContract>(contract: K, id: string): readonly EventOf<K>[] =>
    (this.actors.cells.get(`${contract.name}/${id}`)?.events ??
      []) as readonly Message[] as readonly EventOf<K>[]

  readonly rows: World["rows"] = (projection) => {
    const rows = this.#views.rowsOf(projection)
    if (rows) return rows as never
    throw new TypeError(`the application has no folded projection ${projection.name}`)
  }

  readonly answer: World["answer"] = ({ name }, params) => {
    const handler = this.#parts.app.queries.find(({ query }) => query.name === name)
    if (!handler?.memory) {
      throw new TypeError(`the application cannot answer ${name} from memory`)
    }
    const result = handler.memory(params, { rows: this.rows }, undefined, {}, Infinity)
    const rows = result instanceof Page ? result.rows : result
    return handler.query.result.decode(handler.query.result.encode(rows)) as never
  }

  readonly timers = (): readonly OpenTimer[] =>
    [...this.#timers.waiting].map(({ policy, name, at, ask }) => ({
      ...{ policy, name, ask: { ...ask, command: readable(ask.command) } },
      at: new Date(at),
    }))

  #fire({ ask, policy, metadata }: WaitingTimer, commandId: string, key: number): void {
    const { schedule } = this.#core
    const { contract, id, command } = ask
    const by = `a timer of ${policy}`
    const wait = latency(this.#core, key) - TIMES.usual
    // Handlers that compare times must take a command that comes in the very millisecond.
    const isOnTime = wait === 0
    const told = { key, contract, id, command, commandId, metadata, by, at: schedule.now, isOnTime }
    const answered = (answer: SentAnswer) => this.#policies.answered(policy, sent, answer)
    const follows = this.#policies.follows(policy, contract.name)
    let sent: Sent
    // A timer that nobody serves at the moment has fired all the same.
    schedule.in(wait, () => {
      sent = sentBy(by, () => new Sent({ ...told, ...(follows ? { answered } : {}) }))
      this.actors.delivery.send(sent)
    })
  }
}

const sentBy = (by: string, make: () => Sent): Sent => {
  try {
    return make()
  } catch (error) {
    const message = `${by} asks for something impossible: ${messageOf(error)}`
    throw new Broken("contract", by, message, error)
  }
}
