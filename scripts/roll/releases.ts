/** Two releases of one application: an event that changed, one that was split, a view, a policy. */
import { Schema } from "effect"
import { App, type AppDefinition } from "../../app/mod.ts"
import { Actor, ask, Policy } from "../../actors/mod.ts"
import { Contract } from "../../contracts/mod.ts"
import { Projection } from "../../projections/mod.ts"

const { Int, String: Text } = Schema

/** Kilograms. A thousand times the most is a whole number still, so that grams can be told. */
const Kilograms = Int.check(Schema.isBetween({ minimum: -1e9, maximum: 1e9 }))

/** Letters: one is sent for each crate that is shipped. The actor does not tell repeats apart. */
export const Letters = Contract.define("depot.letter", {
  commands: {},
  internal: { Send: { crate: Text } },
  events: { Sent: { crate: Text } },
})

const letter = Actor.define(Letters, {
  initial: 0,
  decide: { Send: (_, { crate }) => Letters.events.Sent({ crate }) },
  evolve: { Sent: (sent) => sent + 1 },
})

/** The letters of the next release: its policy asks for a command that is new. */
const LaterLetters = Contract.define("depot.letter", {
  commands: {},
  internal: { Send: { crate: Text }, Post: { crate: Text, by: Text } },
  events: { Sent: { crate: Text } },
})

const laterLetter = Actor.define(LaterLetters, {
  initial: 0,
  decide: {
    Send: (_, { crate }) => LaterLetters.events.Sent({ crate }),
    Post: (_, { crate }) => LaterLetters.events.Sent({ crate }),
  },
  evolve: { Sent: (sent) => sent + 1 },
})

const commands = { Add: { amount: Kilograms }, Ship: { amount: Kilograms, to: Text } }
const rejections = { TooLittle: { left: Int } }

/** The crates of the first release. */
export const Crates = Contract.define("depot.crate", {
  commands,
  events: { Added: { amount: Kilograms }, Shipped: { amount: Kilograms, to: Text } },
  rejections,
})

/** The crates of the next one: grams instead of kilograms, and a shipment is two events. */
export const Later = Contract.define("depot.crate", {
  commands,
  events: { Added: { grams: Int }, Left: { amount: Kilograms }, Labelled: { to: Text } },
  rejections,
  upcasts: {
    Added: [({ amount }) => ({ grams: Number(amount) * 1_000 })],
    Shipped: [{
      becomes: { Left: ({ amount }) => ({ amount }), Labelled: ({ to }) => ({ to }) },
    }],
  },
})

const send = (crate: string) => ask(Letters, crate, Letters.commands.Send({ crate }))

const first = (): AppDefinition => {
  const { Added, Shipped } = Crates.events
  const crate = Actor.define(Crates, {
    initial: 0,
    decide: {
      Add: (_, { amount }) => Added({ amount }),
      Ship: (left, { amount, to }) =>
        left < amount ? Crates.rejections.TooLittle({ left }) : Shipped({ amount, to }),
    },
    evolve: {
      Added: (left, { amount }) => left + amount,
      Shipped: (left, { amount }) => left - amount,
    },
  })
  const list = Projection.define("depot.list", {
    from: [Crates],
    row: { id: Text, left: Int },
    key: "id",
    on: {
      Added: (row, { amount }, { id }) => ({ id, left: (row?.left ?? 0) + amount }),
      Shipped: (row, { amount }, { id }) => ({ id, left: (row?.left ?? 0) - amount }),
    },
  })
  const mailer = Policy.define("depot.mailer", {
    from: [Crates],
    on: { Shipped: (_, { id }) => send(id) },
  })
  return App.define("depot", { actors: [crate, letter], projections: [list], policies: [mailer] })
}

const next = (): AppDefinition => {
  const { Added, Left, Labelled } = Later.events
  const crate = Actor.define(Later, {
    initial: { grams: 0 },
    version: 2,
    decide: {
      Add: (_, { amount }) => Added({ grams: amount * 1_000 }),
      Ship: ({ grams }, { amount, to }) =>
        grams < amount * 1_000
          ? Later.rejections.TooLittle({ left: grams / 1_000 })
          : [Left({ amount }), Labelled({ to })],
    },
    evolve: {
      Added: ({ grams: left }, { grams }) => ({ grams: left + grams }),
      Left: ({ grams }, { amount }) => ({ grams: grams - amount * 1_000 }),
      Labelled: (state) => state,
    },
  })
  const list = Projection.define("depot.list", {
    from: [Later],
    version: 2,
    row: { id: Text, grams: Int, shipped: Int },
    key: "id",
    on: {
      Added: (row, { grams }, { id }) => ({
        id,
        grams: (row?.grams ?? 0) + grams,
        shipped: row?.shipped ?? 0,
      }),
      Left: (row, { amount }, { id }) => ({
        id,
        grams: (row?.grams ?? 0) - amount * 1_000,
        shipped: (row?.shipped ?? 0) + 1,
      }),
    },
  })
  // The first part of a split event keeps its place, and so the ids of what a policy asks for it.
  const postman = Policy.define("depot.postman", {
    from: [Later],
    was: "depot.mailer",
    on: {
      Left: (_, { id }) =>
        ask(LaterLetters, id, LaterLetters.commands.Post({ crate: id, by: "train" })),
    },
  })
  const actors = [crate, laterLetter]
  return App.define("depot", { actors, projections: [list], policies: [postman] })
}

/** The application of a release. */
export const releaseOf = (release: string | undefined): AppDefinition =>
  release === "2" ? next() : first()
