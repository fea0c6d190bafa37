/** Tests of simulations: what they find in small applications, and that they replay exactly. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Actor, ask, cancel, later, Policy } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import { Contract, Query } from "../contracts/internal.ts"
import { Projection, QueryHandler } from "../projections/internal.ts"
import { test } from "../testing/test.ts"
import { hashOf } from "./model/story.ts"
import { simulation } from "./mod.ts"
import { run } from "./run.ts"
import type { SimulationOptions } from "./simulation-options.ts"

const Doors = Contract.define("house.door", {
  commands: { Open: { by: Schema.String }, Close: {} },
  internal: { Forget: {} },
  events: { Opened: { by: Schema.String }, Closed: {}, Forgotten: {} },
  rejections: { AlreadyOpen: {} },
})
const { Opened, Closed, Forgotten } = Doors.events

interface Door {
  readonly isOpen: boolean
  readonly opened: number
}

type Decide = Parameters<typeof Actor.define<typeof Doors, Door>>[1]["decide"]
type Evolve = Parameters<typeof Actor.define<typeof Doors, Door>>[1]["evolve"]

const door = (decide: Partial<Decide> = {}, evolve: Partial<Evolve> = {}) =>
  Actor.define(Doors, {
    initial: { isOpen: false, opened: 0 } as Door,
    state: Schema.Struct({ isOpen: Schema.Boolean, opened: Schema.Int }),
    decide: {
      Open: ({ isOpen }, { by }) => isOpen ? Doors.rejections.AlreadyOpen() : Opened({ by }),
      Close: ({ isOpen }) => isOpen ? Closed() : [],
      Forget: () => Forgotten(),
      ...decide,
    },
    evolve: {
      Opened: ({ opened }) => ({ isOpen: true, opened: opened + 1 }),
      Closed: (state) => ({ ...state, isOpen: false }),
      Forgotten: (state) => state,
      ...evolve,
    },
  })

/** Closes a door a minute after it was opened, unless somebody does it before. */
const closer = Policy.define("house.closer", {
  from: [Doors],
  on: {
    Opened: (_, { id }) => later("1 minute", ask(Doors, id, Doors.commands.Close()), { name: id }),
    Closed: (_, { id }) => cancel(id),
  },
})

const doorList = Projection.define("house.door-list", {
  from: [Doors],
  row: { id: Schema.String, opened: Schema.Int },
  key: "id",
  on: { Opened: (row, _, { id }) => ({ id, opened: (row?.opened ?? 0) + 1 }) },
})

const OftenOpened = Query.define("house.often-opened", {
  params: { least: Schema.FiniteFromString },
  result: Schema.Array(Schema.String),
})

const oftenOpened = QueryHandler.define(OftenOpened, {
  from: [doorList],
  sql: () => Promise.resolve([]),
  memory: ({ least }, { rows }) =>
    rows(doorList).filter(({ opened }) => opened >= least).map(({ id }) => id),
})

const Door = door()

const house = (actor = Door, policies = [closer], projections = [doorList]) =>
  App.define("house", {
    ...{ actors: [actor], policies, projections },
    queries: projections.includes(doorList) ? [oftenOpened] : [],
  })

const message = async (app = house(), options: SimulationOptions = {}): Promise<string> => {
  try {
    await simulation(app, options).check({ seeds: 150 })
    return ""
  } catch (error) {
    assert.ok(error instanceof assert.AssertionError, `${error}`)
    return error.message
  }
}

test("a sound application passes, with calls from its contracts' schemas", async () => {
  assert.equal(await message(), "")
})

test("laws read states, events, rows, answers and timers", async () => {
  let [opened, open, timers] = [0, 0, 0]
  await simulation(house(), {
    // A cancel that comes again can cancel the timer of the next opening.
    faults: { crash: 0, redeliver: 0 },
    always: (world) => {
      timers += world.timers().length
      for (const id of world.ids(Doors)) {
        const { isOpen } = world.state(Door, id)
        open += isOpen ? 1 : 0
        const last = world.events(Doors, id).findLast(({ type }) => type !== "Forgotten")
        assert.equal(isOpen, last?.type === "Opened")
      }
    },
    atRest: (world) => {
      const rows = world.rows(doorList)
      opened += rows.length
      assert.deepEqual([...world.answer(OftenOpened, { least: 1 })], rows.map(({ id }) => id))
      for (const { id } of rows) assert.equal(world.state(Door, id).isOpen, false, `${id} is open`)
    },
  }).check({ seeds: 100 })
  assert.ok(opened > 50 && open > 50 && timers > 50, `${opened} ${open} ${timers}`)
})

test("a broken promise is shown as a short story with the command that replays it", async () => {
  const text = await message(house(Door, []), {
    atRest: (world) => {
      for (const id of world.ids(Doors)) assert.ok(!world.state(Door, id).isOpen, `${id} is open`)
    },
  })
  assert.match(text, /^what holds at rest: [abc] is open\n\n1 call, 0 faults\n/)
  assert.match(text, /caller \d+ +asks house\.door [abc] to Open/)
  assert.match(text, /house\.door [abc] +Open \{ by: '.*' \} → Opened\n/)
  assert.match(
    text,
    /last change: house\.door [abc] from \{ isOpen: false, opened: 0 \} to \{ isOp/,
  )
  assert.match(
    text,
    /again: leftfold simulate MODULE --seed \d+ --calls \d+ --keep \d+ --faults non/,
  )
})

test("handlers that are not pure are named", async () => {
  const clock = door({ Close: () => (Date.now() > 0 ? Closed() : []) })
  assert.match(await message(house(clock)), /decide of house\.door uses Date\.now at Close: take/)
  const today = door({}, { Closed: (state) => ({ ...state, opened: new Date().getDate() }) })
  assert.match(await message(house(today)), /evolve of house\.door uses new Date\(\) at Closed/)
  const dice = door({ Close: () => Math.random() < 0.5 ? Closed() : [] })
  assert.match(await message(house(dice)), /decide of house\.door uses Math\.random at Close/)
  const ids = door({ Close: () => Opened({ by: crypto.randomUUID() }) })
  assert.match(await message(house(ids)), /decide of house\.door uses crypto\.randomUUID at Close/)
  const changing = door({}, { Closed: (state) => Object.assign(state, { isOpen: false }) })
  assert.match(await message(house(changing)), /evolve of house\.door changes a value .*at Closed/)
  let count = 0
  const counting = door({ Close: () => Opened({ by: `${count++}` }) })
  assert.match(await message(house(counting)), /decide of house\.door gives .* and then /)
  const hidden = door({}, { Opened: () => ({ isOpen: true, opened: count++ }) })
  assert.match(
    await message(house(hidden)),
    /house\.door [abc] is .*, but folded from its log it is/,
  )
  const folding = Projection.define("house.door-list", {
    from: [Doors],
    row: { id: Schema.String, opened: Schema.Int },
    key: "id",
    on: { Opened: (_row, _event, { id }) => ({ id, opened: count++ }) },
  })
  const folded = await message(house(Door, [closer], [folding]))
  assert.match(folded, /the row "[abc]" of house\.door-list is .*, but a rebuild gives/)
})

test("handlers that fail, and messages that break their contracts, are named", async () => {
  const failing = door({
    Close: () => {
      throw new Error("no hinge")
    },
  })
  assert.match(await message(house(failing)), /decide of house\.door fails at Close: no hinge/)
  const wrong = door({ Close: () => Opened({ by: 7 as unknown as string }) })
  assert.match(
    await message(house(wrong)),
    /makes Opened \{ by: 7 \}, which does not fit its contr/,
  )
  const fractions = Projection.define("house.door-list", {
    from: [Doors],
    row: { id: Schema.String, opened: Schema.Int },
    key: "id",
    on: { Opened: (_row, _event, { id }) => ({ id, opened: 0.5 }) },
  })
  const folded = await message(house(Door, [closer], [fractions]))
  assert.match(folded, /house\.door-list cannot keep its row "[abc]" after Opened of house\.door/)
  const unique = Projection.define("house.door-list", {
    from: [Doors],
    row: { id: Schema.String, opened: Schema.Int },
    key: "id",
    indexes: [{ columns: ["opened"], unique: true }],
    on: { Opened: (_row, _event, { id }) => ({ id, opened: 1 }) },
  })
  const twice = await message(house(Door, [closer], [unique]))
  assert.match(
    twice,
    /the rows "[abc]" and "[abc]" of house\.door-list have the same opened, which/,
  )
  const wish = Policy.define("house.closer", {
    from: [Doors],
    on: { Opened: (_, { id }) => ask(Doors, id, Doors.commands.Open({ by: 7 as never })) },
  })
  assert.match(await message(house(Door, [wish])), /house\.closer wants something impossible after/)
})

test("what asks for itself for ever does not come to rest", async () => {
  const restless = Policy.define("house.closer", {
    from: [Doors],
    on: { Forgotten: (_, { id }) => ask(Doors, id, Doors.commands.Forget()) },
  })
  const calls = [{ ask: () => ask(Doors, "a", Doors.commands.Forget()) }]
  const text = await message(house(Door, [restless]), { calls, callsPerRun: 1 })
  assert.match(text, /^everything comes to rest: after 2500 steps it still goes on/)
})

test("a policy that reaches out is answered for, and draws the answers", async () => {
  const telephone = Policy.define("house.closer", {
    from: [Doors],
    on: { Opened: () => Promise.reject(new Error("nobody is to be called")) },
  })
  assert.match(
    await message(house(Door, [telephone])),
    /house\.closer fails at Opened .*to be called/,
  )
  const said = new Set<unknown>()
  await simulation(house(Door, [telephone]), {
    answers: (pick) => [Policy.define("house.closer", {
      from: [Doors],
      on: {
        Opened: (_, { id }) => {
          const isClosed = pick.chance(0.5)
          said.add(isClosed)
          return isClosed ? ask(Doors, id, Doors.commands.Close()) : undefined
        },
      },
    })],
  }).check({ seeds: 20 })
  assert.equal(said.size, 2)
  const unknown = { answers: () => [Policy.define("house.nobody", { from: [Doors], on: {} })] }
  await assert.rejects(
    simulation(house(), unknown).check({ seeds: 1 }),
    /has a policy house\.nobody/,
  )
})

test("options that do not fit are refused", () => {
  assert.throws(() => simulation(house(), { faults: { crash: 2 } }), /"crash" must be from 0 to 1/)
  const unknown = { flood: 1 } as SimulationOptions["faults"] & object
  assert.throws(
    () => simulation(house(), { faults: unknown }),
    /no fault "flood"; there are: delay/,
  )
  assert.throws(() => simulation(house(), { callsPerRun: 0 }), /callsPerRun must be a whole number/)
})

test("a seed gives the same run on every platform", async () => {
  const { scenario } = simulation(house())
  const hashes: string[] = []
  for (const seed of [1, 2, 3]) {
    const selection = { seed, calls: 12 }
    const [one, two] = [0, 1].map(() => run(scenario, selection, { withStory: true }))
    const lines = (await one)!.story!.lines
    assert.deepEqual(lines, (await two)!.story!.lines)
    hashes.push(hashOf(lines))
  }
  // Both runtimes must give these. They change whenever the model of the runtime does.
  assert.deepEqual(hashes, ["83d01c519707e739", "59317c7b30de8e9d", "d3d81e90548d7993"])
})
