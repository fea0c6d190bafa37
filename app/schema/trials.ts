/** The trials of a contract: its actor and the folds that read it, with values of today. */
import type { AnyActor } from "../../actors/internal.ts"
import { type AnyContract, type Message, schemaCodec } from "../../contracts/internal.ts"
import type { FoldedProjection } from "../../projections/internal.ts"
import { SCHEMA } from "../limits.ts"
import { actorMachine, foldMachine, MachineTrial } from "./machine.ts"
import { hintsOf } from "./mutations.ts"
import { persist, typeSchema } from "./persisted.ts"
import { valuesOf } from "./values.ts"

/** Values of today's events, by type. */
const eventsToday = (
  { codec }: AnyContract,
  count: number,
): Map<string, readonly Message<"event">[]> => {
  const all = new Map<string, readonly Message<"event">[]>()
  for (const [type, schema] of Object.entries(codec.schemas("event"))) {
    const own = typeSchema(schema)
    const described = persist(own)
    const hints = hintsOf("schema" in described ? [described.schema] : [])
    const { decode } = schemaCodec<object>(own, "the value")
    const { plain } = valuesOf(own, { count, seed: SCHEMA.goldenSeed, hints })
    all.set(type, plain.map((value) => ({ kind: "event", type, data: decode(value) })))
  }
  return all
}

/**
 * The trials of a contract, with at most so many values of each of its events. `actor` is what
 * decides for it; nothing does so in an application that only follows it.
 */
export const trialsOf = (
  contract: AnyContract,
  actor: AnyActor | undefined,
  projections: readonly FoldedProjection[],
  count: number,
): MachineTrial[] => {
  const today = eventsToday(contract, Math.min(SCHEMA.today, count))
  const machines = [
    ...actor ? [actorMachine(actor)] : [],
    ...projections.filter(({ from }) => from.some(({ name }) => name === contract.name))
      .map((projection) => foldMachine(projection, contract.name)),
  ]
  return machines.map((machine) => new MachineTrial(machine, today))
}
