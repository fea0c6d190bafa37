/** A machine: what folds events, an actor or a projection, from the states that it can be in. */
import type { AnyActor } from "../../actors/internal.ts"
import type { Message } from "../../contracts/internal.ts"
import {
  type FoldedProjection,
  foldEvent,
  type KnownRow,
  NOTHING,
} from "../../projections/internal.ts"
import type { EventMeta } from "../../wire/internal.ts"
import { SCHEMA } from "../limits.ts"

type AnyEvent = Message<"event">

/** Folds events. States are opaque; a step throws what the code of the user throws. */
export interface Machine {
  /** Such as `evolve` or `the fold of orders.order-list`. */
  readonly name: string
  readonly handles: (type: string) => boolean
  /** Whether an actor's own events are all that leads to its states. */
  readonly isOwn: boolean
  readonly initial: unknown
  /** `actor` is the contract of the event; by default the one that is checked. */
  readonly step: (state: unknown, event: AnyEvent, actor?: string) => unknown
  /** What a state is as plain values, to compare it with another one; undefined if it is not. */
  readonly plain: (state: unknown) => unknown
}

/** The metadata that every event of a check has. */
const META: Omit<EventMeta, "actor"> = {
  id: "id-1",
  version: 1,
  position: "check:1",
  sequence: 1,
  index: 0,
  time: new Date(Date.parse("2026-01-01T12:00:00Z")),
  commandId: "command-1",
  correlation: "command-1",
}

/** The machine of an actor. A state that its schema refuses counts as a failure. */
export const actorMachine = ({ contract, initial, evolve, state }: AnyActor): Machine => ({
  name: `evolve of ${contract.name}`,
  isOwn: true,
  handles: () => true,
  initial,
  step: (before, event) => {
    const next = evolve(before, event)
    state?.codec.encode(next)
    return next
  },
  plain: (now) => state?.codec.encode(now),
})

type Rows = ReadonlyMap<string, KnownRow>

/** The machine of a projection. Its state is the rows that it has. */
export const foldMachine = (projection: FoldedProjection, actor: string): Machine => ({
  name: `the fold of ${projection.name}`,
  handles: projection.handles,
  isOwn: projection.keyedByActor && projection.from.length === 1,
  initial: new Map() satisfies Rows,
  step: (state, event, of = actor) => {
    const rows = state as Rows
    const meta = { ...META, actor: of }
    const key = projection.keyOf(event, meta)
    if (key === undefined) return rows
    const row = foldEvent(projection, key, rows.get(key) ?? NOTHING, { event, meta })
    return new Map(rows).set(key, row)
  },
  plain: (state) =>
    [...state as Rows].map(([key, { plain }]) => [key, plain ?? null])
      .toSorted(([one], [other]) => String(one) < String(other) ? -1 : 1),
})

/** What today's own values of an event do in a state. */
type Today = "fit" | "some fail" | "all fail"

/** How an event failed. */
export interface StepFailure {
  readonly error: unknown
  /** Whether none of today's own values fails there. */
  readonly isCertain: boolean
}

/** Tries events in the states of a machine, and compares with what today's own values do there. */
export class MachineTrial {
  readonly machine: Machine
  readonly #today: ReadonlyMap<string, readonly AnyEvent[]>
  readonly #states: readonly unknown[]
  readonly #known = new Map<string, Today>()

  /** `today`: values of today, by type. */
  constructor(machine: Machine, today: ReadonlyMap<string, readonly AnyEvent[]>) {
    this.machine = machine
    this.#today = today
    this.#states = this.#reach()
  }

  /** The failure of these events, of one stored event, in any state; undefined if they fit. */
  failure(events: readonly AnyEvent[]): StepFailure | undefined {
    let found: StepFailure | undefined
    for (let at = 0; at < this.#states.length; at++) {
      let state = this.#states[at]
      for (const event of events) {
        if (!this.machine.handles(event.type)) continue
        try {
          state = this.machine.step(state, event)
        } catch (error) {
          const today = this.#whatToday(event.type, at)
          if (today === "all fail") break
          if (today === "fit") return { error, isCertain: true }
          found ??= { error, isCertain: false }
          break
        }
      }
    }
    return found
  }

  #fails(state: unknown, event: AnyEvent): boolean {
    try {
      this.machine.step(state, event)
      return false
    } catch {
      return true
    }
  }

  #whatToday(type: string, at: number): Today {
    const key = `${at} ${type}`
    const known = this.#known.get(key)
    if (known) return known
    const events = this.#today.get(type) ?? []
    const failed = events.filter((event) => this.#fails(this.#states[at], event)).length
    const found = failed === 0 ? "fit" : failed === events.length ? "all fail" : "some fail"
    this.#known.set(key, found)
    return found
  }

  /** The initial state, and those that a few events of each type lead to. */
  #reach(): unknown[] {
    const states = [this.machine.initial]
    for (let from = 0; from < states.length && states.length < SCHEMA.states; from++) {
      for (const [type, events] of this.#today) {
        if (!this.machine.handles(type) || states.length >= SCHEMA.states) continue
        const next = events.find((event) => !this.#fails(states[from], event))
        if (next) states.push(this.machine.step(states[from], next))
      }
    }
    return states
  }
}
