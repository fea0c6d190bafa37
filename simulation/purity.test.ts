/** Tests of what is named when handlers or laws depend on more than they are given. */
import assert from "node:assert/strict"
import process from "node:process"
import { Schema } from "effect"
import { Actor, ask, later, Policy, type Reactions } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import { Contract } from "../contracts/internal.ts"
import { Projection } from "../projections/internal.ts"
import { test } from "../testing/test.ts"
import { simulation } from "./mod.ts"
import { run } from "./run.ts"
import type { SimulationOptions } from "./simulation-options.ts"

const Parkings = Contract.define("garage.parking", {
  commands: { Enter: { plate: Schema.String }, Leave: {} },
  internal: { Expire: {} },
  events: {
    Entered: { plate: Schema.String, until: Schema.Date },
    Left: {},
    Expired: {},
  },
})
const { Enter, Leave, Expire } = Parkings.commands
const { Entered, Left, Expired } = Parkings.events

interface State {
  readonly until: Date | null
  readonly log: readonly Date[]
}

type Decide = Parameters<typeof Actor.define<typeof Parkings, State>>[1]["decide"]
type Evolve = Parameters<typeof Actor.define<typeof Parkings, State>>[1]["evolve"]

const parkingWith = (decide: Partial<Decide> = {}, evolve: Partial<Evolve> = {}) =>
  Actor.define(Parkings, {
    initial: { until: null, log: [] } as State,
    state: Schema.Struct({ until: Schema.NullOr(Schema.Date), log: Schema.Array(Schema.Date) }),
    decide: {
      Enter: ({ until }, { plate }, { now }) =>
        until ? [] : Entered({ plate, until: new Date(now.getTime() + 60_000) }),
      Leave: ({ until }) => until ? Left() : [],
      Expire: ({ until }, _, { now }) => until && now >= until ? Expired() : [],
      ...decide,
    },
    evolve: {
      Entered: ({ log }, { until }) => ({ until, log: [...log, until] }),
      Left: (state) => ({ ...state, until: null }),
      Expired: (state) => ({ ...state, until: null }),
      ...evolve,
    },
  })

const attendantWith = (entered: (id: string, until: Date, version: number) => Reactions) =>
  Policy.define("garage.attendant", {
    from: [Parkings],
    on: { Entered: ({ until }, { id, version }) => entered(id, until, version) },
  })

const expire = (id: string, until: Date, version: number) =>
  later(until, ask(Parkings, id, Expire()), { name: `${id}-${version}` })

const list = Projection.define("garage.list", {
  from: [Parkings],
  row: { id: Schema.String, until: Schema.Date },
  key: "id",
  on: {
    Entered: (row, { until }, { id }) => ({ ...row, id, until }),
    Left: (row) => row && { ...row },
  },
})

const Parking = parkingWith()
const garage = (actor = Parking, attendant = attendantWith(expire)) =>
  App.define("garage", { actors: [actor], policies: [attendant], projections: [list] })

const calls: SimulationOptions["calls"] = [
  { ask: (pick) => ask(Parkings, pick.of(["a", "b"]), Enter({ plate: "x" })) },
  { ask: (pick) => ask(Parkings, pick.of(["a", "b"]), Leave()) },
]

const message = async (app = garage(), options: SimulationOptions = {}): Promise<string> => {
  try {
    await simulation(app, { calls, ...options }).check({ seeds: 150 })
    return ""
  } catch (error) {
    return (error as Error).message
  }
}

test("dates in messages, states and rows are dates for handlers and for laws", async () => {
  let seen = 0
  const said = await message(garage(), {
    always: (world) => {
      for (const id of world.ids(Parkings)) {
        const entered = world.events(Parkings, id).find(({ type }) => type === "Entered")
        const [first] = world.state(Parking, id).log
        if (entered?.type !== "Entered" || !first) continue
        assert.deepEqual(first, new Date(first.getTime()))
        assert.deepEqual({ ...entered.data }, { plate: "x", until: new Date(first.getTime()) })
        seen++
      }
      for (const { until } of world.rows(list)) assert.deepEqual(until, new Date(until.getTime()))
    },
    atRest: (world) => {
      for (const id of world.ids(Parkings)) assert.equal(world.state(Parking, id).until, null, id)
    },
  })
  assert.equal(said, "")
  assert.ok(seen > 500, `${seen}`)
})

test("a handler that changes a date of an event is not pure", async () => {
  const changing = parkingWith({}, {
    Entered: (state, { until }) => ({ ...state, until: new Date(until.setHours(0)) }),
  })
  assert.match(
    await message(garage(changing)),
    /^handlers are pure: evolve of garage\.parking changes a value .*Cannot call setHours of a/,
  )
})

test("a timer's command comes in the very millisecond in which it is due", async () => {
  const late = parkingWith({
    Expire: ({ until }, _, { now }) => until && now > until ? Expired() : [],
  })
  const text = await message(garage(late), {
    atRest: (world) => {
      for (const id of world.ids(Parkings)) assert.equal(world.state(late, id).until, null, "rest")
    },
  })
  assert.match(text, /^what holds at rest: rest/)
  assert.match(text, /\n1 call, 0 faults\n[^]*Expire → nothing to do\n/)
})

test("random numbers and clocks of any kind are named", async () => {
  const bytes = parkingWith({
    Leave: () => crypto.getRandomValues(new Uint8Array(1)) ? [] : Left(),
  })
  assert.match(await message(garage(bytes)), /decide of garage\.parking uses crypto\.getRandomVal/)
  const elapsed = parkingWith({ Leave: () => process.hrtime.bigint() > 0n ? [] : Left() })
  assert.match(await message(garage(elapsed)), /decide of garage\.parking uses process\.hrtime at/)
  const hasty = attendantWith((id, _, version) => expire(id, new Date(), version))
  assert.match(
    await message(garage(Parking, hasty)),
    /^handlers are pure: the handler of garage\.attendant uses new Date\(\) at Entered of garage/,
  )
  const drawn = [{ ask: () => Math.random() < 2 ? ask(Parkings, "a", Leave()) : undefined }]
  await assert.rejects(
    simulation(garage(), { calls: drawn }).check({ seeds: 1 }),
    /call failed: the draw of the simulation uses Math\.random at call \d+: take/,
  )
})

test("a policy that waits for a network can look at the clock", async () => {
  const asking = Policy.define("garage.attendant", {
    from: [Parkings],
    on: {
      Entered: ({ until }, { id, version }) =>
        Date.now() > 0 ? Promise.resolve(expire(id, until, version)) : [],
    },
  })
  assert.equal(await message(garage(Parking, asking)), "")
})

test("a handler that remembers is named although its failure does not come again", async () => {
  const known = new Set<string>()
  const isNew = (key: string) => !known.has(key) && known.add(key) !== undefined
  const forgetful = parkingWith({
    Enter: ({ until }, { plate }, { now, commandId }) =>
      until || !isNew(commandId) ? [] : Entered({ plate, until: new Date(now.getTime() + 1) }),
  })
  const once = /\n\nSeed \d+ broke (?:a|this) law once, and not when it was run again\. Something/
  const decided = await message(garage(forgetful))
  assert.match(decided, /^handlers are pure: decide of garage\.parking gives .* and then \[\] for/)
  assert.match(decided, once)
  let count = 0
  const tired = attendantWith((id, until, version) =>
    ++count % 40 === 0 ? [] : expire(id, until, version)
  )
  const atRest: SimulationOptions["atRest"] = (world) => {
    for (const id of world.ids(Parkings)) assert.equal(world.state(Parking, id).until, null, id)
  }
  const left = await message(garage(Parking, tired), { atRest })
  assert.match(
    left,
    /^handlers are pure: the handler of garage\.attendant wants .*nothing.* for the/,
  )
  assert.match(left, once)
})

test("each handler can be called twice to find the one that is not pure", async () => {
  let count = 0
  const rows = Projection.define("garage.list", {
    from: [Parkings],
    row: { id: Schema.String, until: Schema.Date },
    key: "id",
    on: {
      Entered: (_row, { until }, { id }) => ({ id, until: new Date(until.getTime() + count++) }),
    },
  })
  const app = App.define("garage", { actors: [Parking], policies: [], projections: [rows] })
  const { scenario } = simulation(app, { calls })
  const { broken } = await run(scenario, { seed: 1, calls: 12 }, { isStrict: true })
  assert.match(broken?.message ?? "", /the fold of garage\.list gives .* and then .* same Entered/)
})
