/** A world that is seen in the log of real servers, event by event: what laws can read of it. */
import type { Actor, AnyActor } from "../../actors/internal.ts"
import type { AppDefinition } from "../../app/internal.ts"
import type { AnyContract, EventOf, Message } from "../../contracts/internal.ts"
import { foldEvent, isRaw, type KnownRow, NOTHING, Page } from "../../projections/internal.ts"
import type { World } from "../../simulation/internal.ts"
import type { RecordedEvent } from "../../wire/internal.ts"

interface Seen {
  state: unknown
  readonly events: Message<"event">[]
}

/** Folds events into states and rows. Its timers are not seen: the log does not hold them. */
export class ObservedWorld implements World {
  readonly #app: AppDefinition
  readonly #actors = new Map<string, Map<string, Seen>>()
  readonly #rows = new Map<string, Map<string, KnownRow>>()
  #now = new Date(0)

  constructor(app: AppDefinition) {
    this.#app = app
  }

  get now(): Date {
    return this.#now
  }

  /** Goes on by one event. */
  see(recorded: RecordedEvent): void {
    const { event, meta } = recorded
    this.#now = meta.time
    const actor = this.#app.actors.find(({ contract }) => contract.name === meta.actor)!
    const seen = this.#seenOf(actor, meta.id)
    seen.state = actor.evolve(seen.state, event)
    seen.events.push(event)
    for (const projection of this.#app.projections) {
      if (isRaw(projection) || !projection.from.some(({ name }) => name === meta.actor)) continue
      const key = projection.handles(event.type) ? projection.keyOf(event, meta) : undefined
      if (key === undefined) continue
      const rows = this.#rowsOf(projection.name)
      rows.set(key, foldEvent(projection, key, rows.get(key) ?? NOTHING, { event, meta }))
    }
  }

  /** The plain rows of each view, by key. */
  plainRows(): Map<string, Map<string, unknown>> {
    const folded = this.#app.projections.filter((each) => !isRaw(each))
    return new Map(folded.map(({ name }) => {
      const rows = [...this.#rowsOf(name)]
      return [name, new Map(rows.flatMap(([key, { plain }]) => plain ? [[key, plain]] : []))]
    }))
  }

  ids = ({ name }: AnyContract): readonly string[] => [...this.#actors.get(name)?.keys() ?? []]

  state = <K extends AnyContract, State>(actor: Actor<K, State>, id: string): State =>
    (this.#actors.get(actor.contract.name)?.get(id)?.state ?? actor.initial) as State

  events = <K extends AnyContract>({ name }: K, id: string): readonly EventOf<K>[] =>
    (this.#actors.get(name)?.get(id)?.events ?? []) as readonly Message[] as readonly EventOf<K>[]

  rows: World["rows"] = ({ name, codec }) =>
    [...this.#rowsOf(name).values()].flatMap(({ plain }) =>
      plain ? [codec.decode(plain)] : []
    ) as never

  answer: World["answer"] = ({ name }, params) => {
    const handler = this.#app.queries.find(({ query }) => query.name === name)
    if (!handler?.memory) throw new TypeError(`${this.#app.name} cannot answer ${name} from memory`)
    const result = handler.memory(params, { rows: this.rows }, undefined, {}, Infinity)
    const rows = result instanceof Page ? result.rows : result
    return handler.query.result.decode(handler.query.result.encode(rows)) as never
  }

  timers = () => []

  #seenOf(actor: AnyActor, id: string): Seen {
    const { name } = actor.contract
    const actors = this.#actors.get(name) ?? new Map<string, Seen>()
    const seen = actors.get(id) ?? { state: actor.initial, events: [] }
    this.#actors.set(name, actors.set(id, seen))
    return seen
  }

  #rowsOf(name: string): Map<string, KnownRow> {
    const rows = this.#rows.get(name) ?? new Map<string, KnownRow>()
    this.#rows.set(name, rows)
    return rows
  }
}
