/** Tests of a roll: two versions of an actor run together, and one writes new events. */
import assert from "node:assert/strict"
import { after, before, type TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { Schema } from "effect"
import {
  type Client,
  createClient,
  memoryWire,
  type NatsWire,
  natsWire,
} from "../../wire/internal.ts"
import { Contract } from "../../contracts/internal.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { Actor, type AnyActor } from "../actor.ts"
import { startHost } from "./host.ts"
import { natsJournal } from "../journal/journal-nats.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"

const Old = Contract.define("roll.purse", {
  commands: { Add: { amount: Schema.Int }, Spend: { amount: Schema.Int } },
  events: { Added: { amount: Schema.Int }, Spent: { amount: Schema.Int } },
  rejections: { TooLittle: { left: Schema.Int } },
})

const old = Actor.define(Old, {
  initial: 0,
  decide: {
    Add: (_left, { amount }) => Old.events.Added({ amount }),
    Spend: (left, { amount }) =>
      left < amount ? Old.rejections.TooLittle({ left }) : Old.events.Spent({ amount }),
  },
  evolve: {
    Added: (left, { amount }) => left + amount,
    Spent: (left, { amount }) => left - amount,
  },
})

/** The new version counts in cents, which the old one does not know, and can close a purse. */
const New = Contract.define("roll.purse", {
  commands: { Add: { amount: Schema.Int }, Spend: { amount: Schema.Int }, Close: {} },
  events: { Added: { cents: Schema.Int }, Spent: { amount: Schema.Int }, Closed: {} },
  rejections: { TooLittle: { left: Schema.Int } },
  upcasts: { Added: [({ amount }) => ({ cents: Number(amount) * 100 })] },
})

const { Add, Spend, Close } = New.commands

const current = Actor.define(New, {
  initial: 0,
  decide: {
    Add: (_left, { amount }) => New.events.Added({ cents: amount * 100 }),
    Spend: (left, { amount }) =>
      left < amount * 100 ? New.rejections.TooLittle({ left }) : New.events.Spent({ amount }),
    Close: () => New.events.Closed(),
  },
  evolve: {
    Added: (left, { cents }) => left + cents,
    Spent: (left, { amount }) => left - amount * 100,
    Closed: () => 0,
  },
})

let log: NatsWire

before(async () => {
  log = await natsWire({ url: (await createNamespace()).natsUrl, name: "two versions test" })
  await provisionStreams(log, ["roll"])
})

after(() => log.close())

/** A client of a host that runs one version. */
const clientOf = (t: TestContext, actor: AnyActor): Client => {
  const wire = memoryWire()
  const host = startHost({ actors: [actor], wire, journal: natsJournal(log) })
  t.after(async () => {
    await host.stop()
    await wire.close()
  })
  return createClient(wire, { retry: false })
}

const newer = { _tag: "Unavailable", message: /roll\.purse has an event of a newer version/ }

test("an old version decides nothing on events that it cannot read, awake or not", async (t) => {
  const [before, after] = [clientOf(t, old), clientOf(t, current)]
  await before.ask(Old, "p-1", Old.commands.Add({ amount: 5 }))
  // Both are awake by now, and what the old one has stored the new one reads.
  assert.equal((await after.ask(New, "p-1", Spend({ amount: 5 }))).kind, "accepted")
  assert.equal((await after.ask(New, "p-1", Add({ amount: 7 }))).kind, "accepted")
  // By its own memory the old one would accept the first and reject the second.
  for (const amount of [5, 6]) {
    const asked = before.ask(Old, "p-1", Old.commands.Spend({ amount }), {
      commandId: `c-${amount}`,
    })
    await assert.rejects(asked, newer)
  }
  // The same commands are safe to ask the new one, with the same ids.
  for (const amount of [5, 6]) {
    const answer = await after.ask(New, "p-1", Spend({ amount }), { commandId: `c-${amount}` })
    assert.equal(answer.kind, amount === 5 ? "accepted" : "rejection")
  }
  await assert.rejects(clientOf(t, old).ask(Old, "p-1", Old.commands.Add({ amount: 1 })), newer)
})

test("an event of an unknown name is unreadable to an old version as well", async (t) => {
  const [before, after] = [clientOf(t, old), clientOf(t, current)]
  await after.ask(New, "p-2", Close())
  await assert.rejects(before.ask(Old, "p-2", Old.commands.Spend({ amount: 1 })), newer)
})

test("both versions decide for an actor without new events", async (t) => {
  const [before, after] = [clientOf(t, old), clientOf(t, current)]
  await before.ask(Old, "p-3", Old.commands.Add({ amount: 5 }))
  for (const client of [after, before, after]) {
    const answer = await client.askPlain(New.name, "p-3", "Spend", { amount: 1 })
    assert.equal(answer.kind, "accepted")
  }
})
