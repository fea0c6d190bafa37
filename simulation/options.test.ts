/** Tests of what simulations take: default calls, older releases, faults, and what was reached. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Actor, type AnyActor, ask } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import { Contract } from "../contracts/internal.ts"
import { test } from "../testing/test.ts"
import { Drawing } from "./choices.ts"
import { defaultCalls } from "./default-calls.ts"
import { Coverage } from "./model/coverage.ts"
import { simulation } from "./mod.ts"
import { explore } from "./search/explore.ts"
import type { SimulationOptions } from "./simulation-options.ts"

const Everything = Contract.define("odd.everything", {
  commands: {
    Take: {
      at: Schema.Date,
      sku: Schema.String.check(Schema.isPattern(/^[A-Z]{3}-\d{2}$/)),
      amount: Schema.BigInt,
      kind: Schema.Literals(["one", "two"]),
      part: Schema.Union([Schema.Struct({ id: Schema.String }), Schema.Int]),
      list: Schema.NonEmptyArray(Schema.Int.check(Schema.isBetween({ minimum: 40, maximum: 42 }))),
      note: Schema.optionalKey(Schema.String),
    },
  },
  internal: { Hide: {} },
  events: { Taken: {} },
})

const plainActor = (contract: AnyActor["contract"]): AnyActor => ({
  contract,
  initial: 0,
  state: undefined,
  decide: () => [],
  evolve: (state) => state,
})

test("default calls have fields as the schemas want them, with ids that meet", () => {
  const [call, ...others] = defaultCalls({ actors: [plainActor(Everything)], follows: [] })
  assert.deepEqual(others, [], "internal commands are not for callers")
  const drawing = new Drawing()
  const asked = Array.from({ length: 200 }, (_, place) => {
    drawing.move(place * 7_919, String(place))
    return call!.ask!(drawing, undefined as never)!
  })
  assert.deepEqual(new Set(asked.map(({ id }) => id)), new Set(["a", "b", "c"]))
  const texts = asked.map(({ command }) => JSON.stringify(Everything.codec.plain(command).data))
  assert.ok(new Set(texts).size > 10, "values differ")
  assert.ok(texts.some((text) => /"note":"[abc]"/.test(text)), "texts are ids where they may be")
  assert.ok(texts.every((text) => /"sku":"[A-Z]{3}-\d{2}"/.test(text)))
})

test("a command whose fields cannot be made asks for calls", () => {
  const never = Contract.define("odd.never", {
    commands: { Never: { field: Schema.String.check(Schema.makeFilter(() => false)) } },
    events: { Happened: {} },
  })
  const [call] = defaultCalls({ actors: [plainActor(never)], follows: [] })
  const make = () => call!.ask!(new Drawing(), undefined as never)
  assert.throws(
    make,
    /no fields can be made for Never of odd\.never .*: say in calls what is asked/,
  )
})

test("the simplest choices are the first, the lowest and false", () => {
  const simplest = new Drawing(new Set())
  for (let place = 0; place < 50; place++) {
    simplest.move(place, "p")
    const drawn = [simplest.of(["first", "second"]), simplest.int(3, 9), simplest.chance(0.99)]
    assert.deepEqual(drawn, ["first", 3, false])
  }
  const drawing = new Drawing()
  const found = new Set(
    Array.from({ length: 500 }, (_, place) => {
      drawing.move(place * 31, "p")
      return drawing.int(-1, 1)
    }),
  )
  assert.deepEqual([...found].sort((one, other) => one - other), [-1, 0, 1])
  assert.throws(() => drawing.of([]), /a choice needs at least one value/)
})

const Lights = Contract.define("odd.light", {
  commands: { Press: {} },
  events: { On: {}, Off: {} },
})
const { On, Off } = Lights.events

const light = Actor.define(Lights, {
  initial: false,
  decide: { Press: (isOn) => isOn ? Off() : On() },
  evolve: { On: () => true, Off: () => false },
})

const OldLights = Contract.define("odd.light", { commands: { Press: {} }, events: { On: {} } })

/** It knows no `Off`, and folds every light to be on. */
const oldLight = Actor.define(OldLights, {
  initial: false,
  decide: { Press: () => OldLights.events.On() },
  evolve: { On: () => true },
})

const lights = App.define("odd", { actors: [light] })
const press = [{ ask: () => ask(Lights, "a", Lights.commands.Press()) }]

/** The types of the events of all runs, one text for each run. */
const runsOf = async (options: SimulationOptions, seeds = 60): Promise<string[]> => {
  const runs: string[] = []
  const atRest: SimulationOptions["atRest"] = (world) => {
    runs.push(world.events(Lights, "a").map(({ type }) => type).join(" "))
  }
  await simulation(lights, { calls: press, atRest, ...options }).check({ seeds })
  return runs
}

test("an older release decides as it did, but not on what it does not know", async () => {
  const older = App.define("odd", { actors: [oldLight] })
  const runs = await runsOf({ older, callsPerRun: 5 })
  assert.ok(runs.some((run) => run.startsWith("On On")), "the older release decides")
  assert.ok(runs.some((run) => run.startsWith("On Off")), "the newer one decides")
  for (const run of runs) assert.doesNotMatch(run, /Off.* On On/, "no older one decides after Off")
  const alone = await runsOf({ older, callsPerRun: 5, faults: { older: 0 } })
  for (const run of alone) assert.doesNotMatch(run, /On On/)
})

test("a caller's id is forgotten after its time if the simulation says so", async () => {
  const faults = { stall: 1, repeat: 1, forget: 1, giveUp: 0 }
  const lengths = (runs: readonly string[]) => runs.map((run) => run.split(" ").length)
  const kept = await runsOf({ callsPerRun: 1, faults: { ...faults, forget: 0 } })
  assert.ok(lengths(kept).every((length) => length === 1), "a command is stored once")
  const forgotten = await runsOf({ callsPerRun: 1, faults })
  assert.ok(lengths(forgotten).some((length) => length === 2), "it is stored twice")
})

test("a snapshot that loses something is found", async () => {
  const losing = { ...light, state: { codec: losingCodec, stamp: "" } }
  const app = App.define("odd", { actors: [losing] })
  await assert.rejects(
    simulation(app, { calls: press }).check({ seeds: 50 }),
    /a snapshot changes odd\.light a: true comes back as 'true'/,
  )
})

const losingCodec = {
  decode: (plain: unknown) => plain,
  encode: (state: unknown) => String(state),
  reread: (plain: unknown) => plain,
  jsonSchema: () => ({}),
}

test("what was reached, and what was not, is told", async () => {
  const coverage = new Coverage()
  const { scenario } = simulation(lights, { calls: press, callsPerRun: 1 })
  await explore(scenario, { seeds: 20 }, { coverage })
  const report = coverage.reportOf(lights.actors)
  assert.deepEqual(report.decisions, ["odd.light\tfalse\tPress"])
  assert.deepEqual(report.events, ["odd.light\tOn"])
  assert.deepEqual(report.neverHappened, ["odd.light\tOff"])
  assert.equal(report.neverInOrder.length, 4)
  const all = new Coverage()
  all.add(coverage.reached)
  all.decided("odd.light", { stage: "burning", for: 3 }, "Press")
  all.decided("odd.light", { list: [], count: -1, known: true, name: "any" }, "Press")
  all.happened("odd.light", "Off", "On")
  const { neverHappened, decisions } = all.reportOf(lights.actors)
  assert.deepEqual(neverHappened, [])
  assert.deepEqual(decisions.slice(0, 2), [
    "odd.light\tburning\tPress",
    "odd.light\tfalse\tPress",
  ])
  assert.ok(decisions.includes("odd.light\tlist empty, count below 0, known true\tPress"))
})
