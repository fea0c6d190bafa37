/** Tests of applications in memory, whose clock a test can advance. */
import assert from "node:assert/strict"
import process from "node:process"
import { setImmediate } from "node:timers/promises"
import { test } from "../testing/test.ts"
import { Schema } from "effect"
import { Actor, ask, later, Policy } from "../actors/internal.ts"
import { Contract, Query } from "../contracts/internal.ts"
import { createClient } from "../wire/internal.ts"
import { until } from "../testing/until.ts"
import { App } from "./mod.ts"

const Eggs = Contract.define("kitchen.egg", {
  commands: { Boil: { minutes: Schema.Int }, TakeOut: {}, Peel: {} },
  events: { Boiling: { minutes: Schema.Int }, TakenOut: {}, Peeled: {} },
})
const { Boiling, TakenOut, Peeled } = Eggs.events
const { Boil, TakeOut, Peel } = Eggs.commands

const egg = Actor.define(Eggs, {
  initial: "raw" as "raw" | "boiling" | "hot" | "peeled",
  decide: {
    Boil: (_, { minutes }) => Boiling({ minutes }),
    TakeOut: (state) => state === "boiling" ? TakenOut() : [],
    Peel: () => Peeled(),
  },
  evolve: { Boiling: () => "boiling", TakenOut: () => "hot", Peeled: () => "peeled" },
})

test("nothing is left to wait for once an application has stopped", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length
  const before = timers()
  const app = await App.inMemory(App.define("kitchen", { actors: [egg] }))
  await app.client.ask(Eggs, "e-0", Boil({ minutes: 5 }))
  assert.ok(timers() > before)
  await app.stop()
  await until(() => timers() <= before, { within: 500 })
})

test("what is asked for when it stops fails at once, and leaves no timer", async () => {
  const timers = () => process.getActiveResourcesInfo().filter((each) => each === "Timeout").length
  const before = timers()
  const app = await App.inMemory(App.define("kitchen", { actors: [egg] }))
  const { askPlain } = createClient(app.wire)
  const asked = ["nowhere.at-all", "kitchen.egg"].map((name) => {
    app.wire.serve(`cmd.${name}.silent.>`, () => {}, "silent")
    return ["lost", "silent"].map((id) => askPlain(name, id, "Boil", { minutes: 5 }))
  }).flat()
  const ends = asked.map((each) => each.then((answer) => answer.kind, ({ _tag }) => _tag))
  app.wire.interrupt()
  await setImmediate()
  app.wire.resume()
  const since = performance.now()
  await app.stop()
  for (const end of ends) assert.match(await end, /accepted|Unavailable/)
  await assert.rejects(app.client.ask(Eggs, "e-0", Boil({ minutes: 5 })), /lost or closed/)
  assert.ok(performance.now() - since < 400, `${performance.now() - since} ms`)
  await until(() => timers() <= before, { within: 50 })
})

test("what the application lacks is refused at once, with what it has", async (t) => {
  const app = await App.inMemory(App.define("kitchen", { actors: [egg] }))
  t.after(() => app.stop())
  const Pans = Contract.define("kitchen.pan", { commands: { Heat: {} }, events: { Hot: {} } })
  const Count = Query.define("kitchen.egg-count", { params: {}, result: Schema.Int })
  const { ask, askPlain, query, queryPlain } = app.client
  const noPan = /kitchen has no actor of kitchen\.pan; it has kitchen\.egg\. Add it to the actors/
  await assert.rejects(ask(Pans, "p-1", Pans.commands.Heat()), noPan)
  await assert.rejects(askPlain("kitchen.pan", "p-1", "Heat", {}), noPan)
  const noQuery = /kitchen has no query or view kitchen\.egg-count; it has none\. Add it/
  await assert.rejects(query(Count, {}), noQuery)
  await assert.rejects(queryPlain("kitchen.egg-count", {}), noQuery)
})

interface Read {
  readonly state: string
  readonly events: readonly { readonly time: string }[]
}

interface Health {
  readonly policies: { readonly lag: Readonly<Record<string, number>> }
}

const breakfast = Policy.define("kitchen.breakfast", {
  from: [Eggs],
  on: {
    Boiling: ({ minutes }, { id }) => later(`${minutes} minutes`, ask(Eggs, id, TakeOut())),
    TakenOut: (_, { id }) => later("10 minutes", ask(Eggs, id, Peel())),
  },
})

test("advancing the clock fires timers, and then the timers that follow from them", async (t) => {
  const app = await App.inMemory(App.define("kitchen", { actors: [egg], policies: [breakfast] }))
  t.after(() => app.stop())
  const read = async (path: string) => await (await app.fetch(path)).json() as Read
  const state = async () => (await read("/kitchen/egg/e-1")).state
  await app.client.ask(Eggs, "e-1", Boil({ minutes: 5 }))
  await app.advance("4 minutes")
  assert.equal(await state(), "boiling")
  await app.advance("2 minutes")
  assert.equal(await state(), "hot")
  await app.client.ask(Eggs, "e-2", Boil({ minutes: 5 }))
  await app.advance("1 hour")
  assert.equal(await state(), "peeled")
  const { events } = await read("/kitchen/egg/e-2/history")
  const times = events.map(({ time }) => Date.parse(time))
  const minutes = times.map((time) => Math.round((time - times[0]!) / 60_000))
  assert.deepEqual(minutes, [0, 5, 15], "each event has the time of its timer")
})

test("advancing the clock rejects with the name of a policy that is stuck", async (t) => {
  const broken = Policy.define("kitchen.broken", {
    from: [Eggs],
    on: {
      Boiling: () => {
        throw new Error("no salt")
      },
    },
  })
  const app = await App.inMemory(App.define("kitchen", { actors: [egg], policies: [broken] }))
  t.after(() => app.stop())
  await app.client.ask(Eggs, "e-1", Boil({ minutes: 5 }))
  const health = await app.health() as unknown as Health
  assert.equal(typeof health.policies.lag["kitchen.broken kitchen"], "number")
  await assert.rejects(
    app.advance("0 seconds"),
    /kitchen\.broken at kitchen:1: after Boiling of kitchen\.egg e-1: no salt/,
  )
})
