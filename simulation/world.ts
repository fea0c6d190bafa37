/** The world: what laws and calls can read of a simulated application. */
import type { Actor, Ask } from "../actors/internal.ts"
import type { AnyContract, EventOf, Fields, ParamsOf, Query } from "../contracts/internal.ts"
import type { Projection, RowOf } from "../projections/internal.ts"

/** A timer that waits. */
export interface OpenTimer {
  readonly policy: string
  readonly name: string
  /** When it fires. */
  readonly at: Date
  readonly ask: Ask
}

/**
 * A simulated application at one moment: its states, histories, rows and timers. Rows can be behind
 * the log, as those of a real view can, until everything is at rest.
 *
 * ```ts
 * const noneForgotten = (world: World): void => {
 *   for (const id of world.ids(Orders)) {
 *     assert.notEqual(world.state(Order, id).state, "placed", `${id} is still placed`)
 *   }
 * }
 * ```
 */
export interface World {
  /** The virtual time. */
  readonly now: Date
  /** The ids of the actors of a contract that have events. */
  readonly ids: (contract: AnyContract) => readonly string[]
  /** The state of an actor; the initial one if nothing has happened to it. */
  readonly state: <K extends AnyContract, State>(actor: Actor<K, State>, id: string) => State
  /** The events of an actor, in order. */
  readonly events: <K extends AnyContract>(contract: K, id: string) => readonly EventOf<K>[]
  /** The rows of a view, as far as it has been folded. */
  readonly rows: <F extends Fields>(projection: Projection<F>) => readonly RowOf<Projection<F>>[]
  /** The answer of a query that can be answered from rows in memory. */
  readonly answer: <P extends Fields, R>(query: Query<P, R>, params: ParamsOf<Query<P, R>>) => R
  /** The timers that wait. */
  readonly timers: () => readonly OpenTimer[]
}
