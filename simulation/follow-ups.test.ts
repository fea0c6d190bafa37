/** Tests of policies that follow up on rejections, and on what they give up, in simulations. */
import assert from "node:assert/strict"
import { Schema } from "effect"
import { Actor, ask, Policy } from "../actors/internal.ts"
import { App } from "../app/mod.ts"
import { Contract } from "../contracts/internal.ts"
import { test } from "../testing/test.ts"
import { simulation } from "./mod.ts"
import type { World } from "./world.ts"

const Order = { order: Schema.String }

const Orders = Contract.define("show.order", {
  commands: { Place: {} },
  internal: { Refuse: {}, Flag: {} },
  events: { Placed: {}, Refused: {}, Flagged: {} },
})

const Seats = Contract.define("show.seats", {
  commands: { Free: {} },
  internal: { Reserve: Order },
  events: { Reserved: Order, Freed: {} },
  rejections: { Full: {} },
})

const order = Actor.define(Orders, {
  initial: [] as readonly string[],
  decide: {
    Place: (state) => state.includes("placed") ? [] : Orders.events.Placed(),
    Refuse: () => Orders.events.Refused(),
    Flag: () => Orders.events.Flagged(),
  },
  evolve: {
    Placed: (state) => [...state, "placed"],
    Refused: (state) => [...state, "refused"],
    Flagged: (state) => [...state, "flagged"],
  },
})

const seats = Actor.define(Seats, {
  initial: 0,
  decide: {
    Free: (taken) => taken > 0 ? Seats.events.Freed() : [],
    Reserve: (taken, { order }) =>
      taken >= 2 ? Seats.rejections.Full() : Seats.events.Reserved({ order }),
  },
  evolve: { Reserved: (taken) => taken + 1, Freed: (taken) => taken - 1 },
})

const reserving = Policy.define("show.reserving", {
  from: [Orders],
  asks: [Seats],
  on: { Placed: (_, { id }) => ask(Seats, "hall", Seats.commands.Reserve({ order: id })) },
  onRejected: {
    Full: (_, { command }) =>
      command.type === "Reserve"
        ? ask(Orders, command.data.order, Orders.commands.Refuse())
        : undefined,
  },
  onParked: ({ id }) => ask(Orders, id, Orders.commands.Flag()),
})

const show = App.define("show", { actors: [order, seats], policies: [reserving] })

const ids = ["o-1", "o-2", "o-3", "o-4", "o-5"]

const calls = [
  {
    weight: 3,
    ask: (pick: { of: (ids: readonly string[]) => string }) =>
      ask(Orders, pick.of(ids), Orders.commands.Place()),
  },
  { ask: () => ask(Seats, "hall", Seats.commands.Free()) },
]

const reservedIn = (world: World): readonly string[] =>
  world.events(Seats, "hall").flatMap((event) => event.type === "Reserved" ? event.data.order : [])

test("whatever happens, an order is either reserved or refused, and never both", async () => {
  const reached = { reserved: 0, refused: 0 }
  await simulation(show, {
    calls,
    faults: { park: 0, crash: 0.3, redeliver: 0.3 },
    atRest: (world) => {
      const reserved = reservedIn(world)
      for (const id of world.ids(Orders)) {
        const refused = world.events(Orders, id).filter(({ type }) => type === "Refused").length
        const seats = reserved.filter((each) => each === id).length
        reached.reserved += seats
        reached.refused += refused
        assert.equal(seats + refused, 1, `${id}: ${seats} seats, ${refused} refusals`)
      }
    },
  }).check({ seeds: 300 })
  assert.ok(reached.reserved > 100 && reached.refused > 100, JSON.stringify(reached))
})

test("what is given up is flagged once, and can be retried or discarded", async () => {
  const reached = { retried: 0, discarded: 0 }
  await simulation(show, {
    calls,
    faults: { park: 0.5 },
    atRest: (world) => {
      const reserved = reservedIn(world)
      for (const id of world.ids(Orders)) {
        const types = world.events(Orders, id).map(({ type }) => type)
        const flags = types.filter((type) => type === "Flagged").length
        const ends = reserved.filter((each) => each === id).length +
          types.filter((type) => type === "Refused").length
        assert.ok(flags <= 1 && ends <= 1, `${id}: ${flags} flags, ${ends} ends`)
        assert.ok(flags + ends >= 1, `${id} is forgotten`)
        if (flags === 1) reached[ends === 1 ? "retried" : "discarded"]++
      }
    },
  }).check({ seeds: 200 })
  assert.ok(reached.retried > 20 && reached.discarded > 5, JSON.stringify(reached))
})
