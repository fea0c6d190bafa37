/** Tests of `given` under its one name: for actors, projections and policies. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Actor, ask, later, Policy } from "../actors/mod.ts"
import { Contract } from "../contracts/mod.ts"
import { Projection } from "../projections/mod.ts"
import { given, happened } from "./mod.ts"
import { test } from "./test.ts"

const Lamps = Contract.define("house.lamp", {
  commands: { Light: { by: Schema.String }, Quench: {} },
  events: { Lit: { by: Schema.String }, Quenched: {} },
  rejections: { Burning: {} },
})
const { Lit, Quenched } = Lamps.events
const { Light, Quench } = Lamps.commands

const lamp = Actor.define(Lamps, {
  initial: false,
  decide: {
    Light: (isLit, { by }) => isLit ? Lamps.rejections.Burning() : Lit({ by }),
    Quench: (isLit) => isLit ? Quenched() : [],
  },
  evolve: { Lit: () => true, Quenched: () => false },
})

const lampList = Projection.define("house.lamp-list", {
  from: [Lamps],
  row: { id: Schema.String, lit: Schema.Int },
  key: "id",
  on: {
    Lit: (row, _, { id }) => ({ id, lit: (row?.lit ?? 0) + 1 }),
    Quenched: (row) => row && { ...row, lit: row.lit + 100 },
  },
})

const saving = Policy.define("house.saving", {
  from: [Lamps],
  on: { Lit: (_, { id }) => later("1 hour", ask(Lamps, id, Quench()), { name: id }) },
})

const lit = Lit({ by: "ada" })

test("one name begins a test of an actor, of a projection and of a policy", () => {
  given(lamp).when(Light({ by: "ada" })).then(lit)
  given(lamp, lit).when(Light({ by: "bob" })).thenRejected(Lamps.rejections.Burning())
  given(lamp, lit, Quenched()).thenState(false)
  given(lampList, happened("l-1", lit)).thenRow("l-1", { id: "l-1", lit: 1 })
  given(saving).when(lit, { id: "l-1" }).after("1 hour").thenAsks(ask(Lamps, "l-1", Quench()))
  assert.throws(() => given(lamp).when(Quench()).then(Quenched()), assert.AssertionError)
  assert.throws(() => given(lampList).thenRow("l-1", { id: "l-1", lit: 1 }), assert.AssertionError)
})

test("what happened before and what happens now lead to one row", () => {
  const before = given(lampList, happened("l-1", lit))
  before.when(Quenched(), { id: "l-1" }).thenRow("l-1", { id: "l-1", lit: 101 })
  before.when(lit, { id: "l-2" }).when(lit, { id: "l-1" }).thenRow("l-1", { id: "l-1", lit: 2 })
  before.thenRow("l-1", { id: "l-1", lit: 1 })
})

test("the timers of what happened to a policy before are waiting", () => {
  given(saving, happened("l-1", lit)).after("1 hour").thenAsks(ask(Lamps, "l-1", Quench()))
  given(saving, happened("l-1", lit)).after("59 minutes").thenNothing()
})

test("anything else is refused with what can be tested", () => {
  const raw = Projection.raw("house.raw", {
    from: [Lamps],
    tables: ["lamps"],
    make: (table) => `create table ${table("lamps")} (id text)`,
    onBatch: () => Promise.resolve(),
  })
  assert.throws(() => given(raw as never), /raw projections.*startOnServers/s)
  for (const wrong of [undefined, null, "lamp", Lamps, { on: {} }, () => {}]) {
    assert.throws(() => given(wrong as never), /given takes an actor, a policy or a projection/)
  }
})
