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
import { createAccount } from "../../testing/namespace.ts"
import { until } from "../../testing/until.ts"
import { Actor, type AnyActor } from "../actor.ts"
import { Policy } from "../policy.ts"
import { memoryParking } from "../policies/parking/parking-memory.ts"
import { startPolicies } from "../policies/policy-runner.ts"
import { natsSubscriptions } from "../policies/subscription-nats.ts"
import { memoryTimers } from "../policies/timers/timers-memory.ts"
import { VirtualClock } from "../policies/virtual-clock.ts"
import { ask } from "../reaction.ts"
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

const newLog = async (): Promise<NatsWire> => {
  const url = await createAccount()
  const wire = await natsWire({ url, name: "two versions test" })
  await provisionStreams(wire, ["roll"])
  return wire
}

before(async () => void (log = await newLog()))

after(() => log.close())

/** A client of a host that runs one version. */
const clientOf = (t: TestContext, actor: AnyActor, over = log): Client => {
  const wire = memoryWire()
  const host = startHost({ actors: [actor], wire, journal: natsJournal(over) })
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

/** Nobody can tell who wrote an event of an unknown name, so it is not called newer. */
const unknown = {
  _tag: "Unavailable",
  message: /roll\.purse has no event Closed.*older version.*becomes.*newer one.*roll:\d+, of 20/,
}

test("an event of an unknown name is unreadable, and the message says what to write", async (t) => {
  const [before, after] = [clientOf(t, old), clientOf(t, current)]
  await after.ask(New, "p-2", Close())
  await assert.rejects(before.ask(Old, "p-2", Old.commands.Spend({ amount: 1 })), unknown)
})

/** A release in which `Added` has another name, `Spent` is two events and `Closed` is gone. */
const Later = Contract.define("roll.purse", {
  commands: { Add: { amount: Schema.Int } },
  events: { PutIn: { amount: Schema.Int }, TakenOut: { amount: Schema.Int }, Charged: {} },
  upcasts: {
    Added: [{ becomes: "PutIn" }],
    Spent: [{ becomes: { TakenOut: ({ amount }) => ({ amount }), Charged: () => ({}) } }],
    Closed: [{ becomes: "nothing" }],
  },
})

const later = Actor.define(Later, {
  initial: { left: 0, charges: 0 },
  state: Schema.Struct({ left: Schema.Int, charges: Schema.Int }),
  decide: { Add: (_state, { amount }) => Later.events.PutIn({ amount }) },
  evolve: {
    PutIn: (state, { amount }) => ({ ...state, left: state.left + amount }),
    TakenOut: (state, { amount }) => ({ ...state, left: state.left - amount }),
    Charged: (state) => ({ ...state, charges: state.charges + 1 }),
  },
})

test("renamed, split and retired events are read as those of today, by everybody", async (t) => {
  const [first, second] = [clientOf(t, old), clientOf(t, later)]
  const { Add, Spend } = Old.commands
  await first.ask(Old, "p-4", Add({ amount: 9 }))
  await first.ask(Old, "p-4", Spend({ amount: 2 }))
  const closed = await clientOf(t, current).ask(New, "p-4", Close())
  assert.equal(closed.kind, "accepted")
  // Versions and positions are those of what is stored.
  const answer = await second.ask(Later, "p-4", Later.commands.Add({ amount: 1 }))
  assert.ok(answer.kind === "accepted")
  assert.equal(answer.version, 4)
  const { result } = await second.queryPlain("roll.purse", { id: "p-4" })
  const { state, version } = result as { state: unknown; version: number }
  assert.deepEqual([state, version], [{ left: 8, charges: 1 }, 4])
  for (const version of [1, 2, 3]) {
    const past = await second.queryPlain("roll.purse", { id: "p-4", version })
    const expected = { left: version === 1 ? 9 : 7, charges: version === 1 ? 0 : 1 }
    assert.deepEqual((past.result as { state: unknown }).state, expected)
  }
  const shown: unknown[] = []
  for (let after: number | undefined = 0; after !== undefined;) {
    const page = await second.queryPlain("roll.purse.history", { id: "p-4", after, limit: 1 })
    const { events, next } = page.result as { events: Record<string, unknown>[]; next?: number }
    shown.push(...events.map(({ type, data, version }) => [type, data, version]))
    after = next
  }
  assert.deepEqual(shown, [
    ["PutIn", { amount: 9 }, 1],
    ["TakenOut", { amount: 2 }, 2],
    ["Charged", {}, 2],
    ["PutIn", { amount: 1 }, 4],
  ])
})

test("a renamed policy goes on where it was, and reacts to each part of a split one", async (t) => {
  const own = await newLog()
  t.after(() => own.close())
  const writer = clientOf(t, old, own)
  const asked: string[] = []
  const run = async (policy: Policy) => {
    const running = await startPolicies({
      policies: [policy],
      client: {
        ...writer,
        askPlain: (_name, id, _type, _fields, { commandId = "" } = {}) => {
          assert.equal(id, "p-5")
          asked.push(commandId)
          return Promise.resolve({ kind: "accepted", position: "x:1", version: 1, events: 1 })
        },
      },
      subscriptions: natsSubscriptions(own),
      timers: memoryTimers(new VirtualClock()),
      parking: memoryParking(),
    })
    t.after(() => running.stop())
    return running
  }
  const thank = (id: string) => ask(Old, id, Old.commands.Add({ amount: 0 }))
  const mailer = Policy.define("roll.mailer", {
    from: [Old],
    on: { Added: (_, { id }) => thank(id) },
  })
  const running = await run(mailer)
  await writer.ask(Old, "p-5", Old.commands.Add({ amount: 5 }))
  await until(() => asked.length >= 1)
  await until(async () => Object.values(await running.lag()).every((lag) => lag === 0))
  await running.stop()
  await writer.ask(Old, "p-5", Old.commands.Add({ amount: 6 }))
  await writer.ask(Old, "p-5", Old.commands.Spend({ amount: 1 }))
  await run(Policy.define("roll.letter-writer", {
    from: [Later],
    was: "roll.mailer",
    on: {
      PutIn: (_, { id }) => thank(id),
      TakenOut: (_, { id }) => thank(id),
      Charged: (_, { id }) => thank(id),
    },
  }))
  await until(() => asked.length >= 4)
  const places = asked.map((id) => id.replace(/roll:\d+/, "roll:_"))
  const place = "roll.mailer/roll:_"
  assert.deepEqual(places, [
    `${place}/0/0`,
    `${place}/0/0`,
    `${place}/0/0`,
    `${place}/0-1/0`,
  ])
  assert.equal(new Set(asked).size, 4)
  // A first name under which nothing is kept would begin again: that is worth a warning.
  const warnings = t.mock.method(console, "log", () => {})
  await run(Policy.define("roll.other-writer", { from: [Later], was: "roll.nobody", on: {} }))
  const told = warnings.mock.calls.flatMap((call) => call.arguments.map(String)).join()
  assert.match(told, /no position is kept in roll under \S*nobody.*handles 3 earlier messages/)
})

test("both versions decide for an actor without new events", async (t) => {
  const [before, after] = [clientOf(t, old), clientOf(t, current)]
  await before.ask(Old, "p-3", Old.commands.Add({ amount: 5 }))
  for (const client of [after, before, after]) {
    const answer = await client.askPlain(New.name, "p-3", "Spend", { amount: 1 })
    assert.equal(answer.kind, "accepted")
  }
})
