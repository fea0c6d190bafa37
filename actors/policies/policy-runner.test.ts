/** Tests of the policy runner: every ask is answered in the end, whatever is in the way. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import {
  type Client,
  encodeCommit,
  encodeSkips,
  logSubject,
  skipsSubject,
  type StoredEvent,
} from "../../wire/internal.ts"
import { Schema } from "effect"
import { Contract, Unavailable } from "../../contracts/internal.ts"
import { Accounts, Deposit, Note, Open } from "../fixtures/account.ts"
import { Bank, tick } from "../fixtures/bank.ts"
import { accepted, Letters, Post, Send } from "../fixtures/post.ts"
import { until } from "../../testing/until.ts"
import { Policy } from "../policy.ts"
import { ask } from "../reaction.ts"
import { retryTimer } from "./retry-request.ts"
import { type RunningPolicies, startPolicies } from "./policy-runner.ts"
import type { Subscriptions } from "./subscription.ts"
import { memorySubscriptions } from "./subscription-memory.ts"
import { memoryParking } from "./parking/parking-memory.ts"
import { memoryTimers } from "./timers/timers-memory.ts"
import { VirtualClock } from "./virtual-clock.ts"

const run = async (
  scope: TestContext,
  policy: Policy,
  client: Client,
  subscriptions: Subscriptions,
  timers = memoryTimers(new VirtualClock()),
  parking = memoryParking(),
): Promise<RunningPolicies> => {
  const running = await startPolicies({
    ...{ policies: [policy], client, subscriptions, timers, parking },
  })
  scope.after(() => running.stop())
  return running
}

const announcing = Policy.define("post.announcing", {
  from: [Accounts],
  on: {
    Opened: (_, { id }) => ask(Letters, id, Send({ to: "owner" })),
    Noted: (_, { id }) => [
      ask(Letters, id, Send({ to: "first" })),
      ask(Letters, id, Send({ to: "second" })),
    ],
  },
})

const away = () => Promise.reject(new Unavailable({ message: "the post is away" }))

test("asks carry ids that follow from the event's position, and its metadata", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  await run(t, announcing, post.client, memorySubscriptions(bank.log))
  const options = { commandId: "open", correlation: "request-1", principal: "ada" }
  await bank.say("a-1", Open(), options)
  await bank.say("a-1", Deposit({ amount: 1 }))
  await bank.say("a-1", Note({ text: "x", times: 2 }), { commandId: "notes" })
  await post.until(5)
  assert.deepEqual(post.asked[0], {
    name: "post.letter",
    id: "a-1",
    type: "Send",
    fields: { to: "owner" },
    commandId: "post.announcing/bank:1/0/0",
    trusted: true,
    correlation: "request-1",
    causation: "bank:1",
    principal: "ada",
  })
  assert.deepEqual(post.asked.slice(1).map(({ commandId }) => commandId), [
    "post.announcing/bank:3/0/0",
    "post.announcing/bank:3/0/1",
    "post.announcing/bank:3/1/0",
    "post.announcing/bank:3/1/1",
  ])
  assert.equal(post.asked[1]?.correlation, "notes")
})

test("an outage is waited out, and asks answered before it are not repeated", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  const running = await run(t, announcing, post.client, memorySubscriptions(bank.log))
  post.answer = ({ fields }, count) =>
    Object(fields).to === "second" && count < 4 ? away() : Promise.resolve(accepted)
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await post.until(3)
  assert.equal(running.stuck().length, 1)
  assert.match(running.stuck()[0]!, /^post\.announcing at bank:1: the post is away/)
  await post.until(4)
  await tick()
  assert.deepEqual(running.stuck(), [])
  const asked = post.asked.map(({ fields }) => Object(fields).to)
  assert.deepEqual(asked, ["first", "second", "second", "second"])
  assert.equal(new Set(post.asked.slice(1).map(({ commandId }) => commandId)).size, 1)
})

test("a rejection is an answer: the policy goes on", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  const running = await run(t, announcing, post.client, memorySubscriptions(bank.log))
  post.answer = () => Promise.resolve({ kind: "rejection", type: "NoStamp", data: {} })
  await bank.say("a-1", Open())
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await post.until(3)
  await tick()
  assert.deepEqual(running.stuck(), [])
  assert.equal(post.asked.length, 3)
})

test("a handler that throws is stuck visibly, and holds up no other actor", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  let [attempts, retried] = [0, () => {}]
  const retrying = new Promise<void>((resolve) => retried = resolve)
  const failing = Policy.define("post.failing", {
    from: [Accounts],
    on: {
      Opened: (_, { id }) => {
        if (id !== "a-1") return ask(Letters, id, Send({ to: "owner" }))
        if (++attempts === 2) retried()
        throw new Error("the handler has a bug")
      },
      Noted: (_, { id }) => ask(Letters, id, Send({ to: "owner" })),
    },
  })
  const running = await run(t, failing, post.client, memorySubscriptions(bank.log))
  await bank.say("a-1", Open())
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await bank.say("a-2", Open())
  await post.until(1)
  await retrying
  await tick()
  assert.deepEqual(post.asked.map(({ id }) => id), ["a-2"], "the stuck actor's later events wait")
  assert.deepEqual(running.stuck(), [
    "post.failing at bank:1: after Opened of bank.account a-1: the handler has a bug",
  ])
})

test("an illegal actor id is named with the event and with what to do", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  const refunding = Policy.define("post.refunding", {
    from: [Accounts],
    on: { Opened: (_, { id }) => ask(Letters, `${id}-refund`, Send({ to: "owner" })) },
  })
  const running = await run(t, refunding, post.client, memorySubscriptions(bank.log))
  const id = "a".repeat(128)
  await bank.say(id, Open())
  await bank.say("a-2", Open())
  await post.until(1)
  await until(() => running.stuck().length === 1)
  const [stuck = ""] = running.stuck()
  assert.match(stuck, /^post\.refunding at bank:1: after Opened of bank\.account aaa/)
  assert.match(stuck, /is not an id: use 1 to 128 characters.*, to ask post\.letter; idOf\(…\)/)
  assert.deepEqual(post.asked.map((asked) => asked.id), ["a-2-refund"], "others go on")
})

test("a policy that reacts differently when it sees an event again acts once", async (t) => {
  const bank = new Bank(t)
  const subscriptions = memorySubscriptions(bank.log)
  let times = 0
  const moody = Policy.define("bank.moody", {
    from: [Accounts],
    on: { Opened: (_, { id }) => ask(Accounts, id, Deposit({ amount: ++times })) },
  })
  const deaf: Client = {
    ...bank.client,
    askPlain: async (...asked) => {
      await bank.client.askPlain(...asked)
      return await new Promise<never>(() => {})
    },
  }
  const first = await run(t, moody, deaf, subscriptions)
  await bank.say("a-1", Open(), { commandId: "open" })
  await until(async () => (await bank.stored("a-1")).length === 2)
  await first.stop()
  const again = await run(t, moody, bank.client, subscriptions)
  await until(async () => (await again.lag())["bank.moody bank"] === 0)
  assert.equal(times, 2)
  assert.deepEqual(again.stuck(), [])
  assert.deepEqual(await bank.stored("a-1"), ["open", "bank.moody/bank:1/0/0"])
})

test("a policy that is restarted goes on where it was, and acts once", async (t) => {
  const bank = new Bank(t)
  const subscriptions = memorySubscriptions(bank.log)
  const doubling = Policy.define("bank.doubling", {
    from: [Accounts],
    on: {
      Opened: (_, { id }) => id.endsWith("copy") ? [] : ask(Accounts, `${id}-copy`, Open()),
    },
  })
  // The first answer is lost: the ask is carried out, but its runner never gets the answer.
  const post = new Post()
  let [carriedOut, heard] = [() => {}, 0]
  const carrying = new Promise<void>((resolve) => carriedOut = resolve)
  post.answer = async ({ name, id, type, fields, ...options }) => {
    const answer = await bank.client.askPlain(name, id, type, fields, options)
    if (++heard > 1) return answer
    carriedOut()
    return await new Promise<never>(() => {})
  }
  const first = await run(t, doubling, post.client, subscriptions)
  await bank.say("a-1", Open())
  await carrying
  await first.stop()
  await bank.say("a-2", Open())
  await tick()
  assert.equal(post.asked.filter(({ id }) => id === "a-2-copy").length, 0, "it has stopped")
  await run(t, doubling, post.client, subscriptions)
  await post.until(3)
  await tick()
  const ids = post.asked.map(({ id }) => id)
  assert.deepEqual(ids, ["a-1-copy", "a-1-copy", "a-2-copy"], "asked at least once")
  assert.equal(new Set(post.asked.map(({ commandId }) => commandId)).size, post.asked.length - 1)
  await tick()
  assert.equal((await bank.stored("a-1-copy")).length, 1, "and carried out once")
})

test("a message that is not a commit is passed over, counted and named", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  const rubbish = Uint8Array.of(1, 2, 3)
  bank.log.append("bank", logSubject("bank.account", "broken"), 0, rubbish)
  bank.log.append("bank", "evt.bank.account.*.x", 0, rubbish)
  bank.log.append("bank", "evt.bank.other.1.x", 0, rubbish)
  const running = await run(t, announcing, post.client, memorySubscriptions(bank.log))
  await bank.say("a-1", Open())
  await post.until(1)
  await tick()
  assert.deepEqual(running.stuck(), [])
  const { count, named } = running.unreadable()
  assert.equal(count, 2)
  assert.match(named[0]!, /^bank:1: the message at sequence 1 is not a commit: /)
  assert.match(named[1]!, /^bank:2: this subject belongs to no actor/)
  assert.ok(Object.values(await running.lag()).every((lag) => lag === 0))
})

test("what was imported is not reacted to, and what comes after it is", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  const event = { type: "Opened", schema: 1, data: {}, command: "c-1", time: 1 }
  const write = (id: string, imported: object) =>
    bank.log.append(
      "bank",
      logSubject("bank.account", id),
      0,
      encodeCommit({ base: 0, ancestors: [], events: [{ ...event, ...imported }] }),
    )
  write("old", { imported: true })
  const running = await run(t, announcing, post.client, memorySubscriptions(bank.log))
  write("older", { imported: true })
  write("new", {})
  await post.until(1)
  await tick()
  assert.deepEqual(post.asked.map(({ id }) => id.slice(0, 3)), ["new"])
  assert.ok(Object.values(await running.lag()).every((lag) => lag === 0))
})

test("a message that is stepped over is neither handled nor counted", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  await bank.say("a-1", Open())
  bank.log.append("bank", logSubject("bank.account", "b"), 0, Uint8Array.of(1))
  const running = await run(t, announcing, post.client, memorySubscriptions(bank.log))
  await post.until(1)
  assert.equal(running.unreadable().count, 1)
  const skip = { context: "bank", subject: "", base: 0, ancestors: [], events: 0 }
  const why = { by: "me", reason: "a test", time: 1 }
  const skips = encodeSkips([1, 2].map((sequence) => ({ ...skip, ...why, sequence })))
  bank.log.append("bank", skipsSubject("bank", 1), 0, skips)
  await tick()
  assert.equal(running.unreadable().count, 0)
  await running.stop()
  // Its position is lost, so all of the log is read again.
  const later = new Post()
  await run(t, announcing, later.client, memorySubscriptions(bank.log))
  await bank.say("a-2", Open())
  await later.until(1)
  await tick()
  assert.equal(later.asked.length, 1)
})

/** The accounts of a later release: `Frozen` is new there, and `Noted` has changed. */
const LaterAccounts = Contract.define("bank.account", {
  commands: {},
  events: { Opened: {}, Frozen: {}, Noted: { words: Schema.String } },
  upcasts: { Noted: [({ text }) => ({ words: text })] },
})

const FROZEN = { type: "Frozen", schema: 1, data: {} }
const NOTED = { type: "Noted", schema: 2, data: { words: "x" } }

/** A log in which a later release has written something between two events of old. */
const rolled = (bank: Bank, newer: object): void => {
  const write = (id: string, after: number, event: object) => {
    const events = [{ ...event, command: "c-1", time: 1 } as StoredEvent]
    const commit = encodeCommit({ base: 0, ancestors: [], events })
    bank.log.append("bank", logSubject("bank.account", id), after, commit)
  }
  write("a-1", 0, newer)
  write("a-1", 1, { type: "Opened", schema: 1, data: {} })
  write("a-2", 0, { type: "Opened", schema: 1, data: {} })
}

for (const newer of [FROZEN, NOTED]) {
  test(`an old policy leaves ${newer.type} v${newer.schema} to the next release`, async (t) => {
    const [bank, post, later] = [new Bank(t), new Post(), new Post()]
    rolled(bank, newer)
    let givenBack = 0
    const subscriptions = memorySubscriptions(bank.log)
    const counting: Subscriptions = {
      ...subscriptions,
      subscribe: ({ handle, ...subscriber }) =>
        subscriptions.subscribe({
          ...subscriber,
          handle: async (message) => {
            const handled = await handle(message)
            if (handled === "elsewhere") givenBack++
            return handled
          },
        }),
    }
    const running = await run(t, announcing, post.client, counting)
    await post.until(1)
    await until(() => givenBack >= 4)
    assert.deepEqual(post.asked.map(({ id }) => id), ["a-2"])
    assert.deepEqual([running.stuck(), running.parked().count], [[], 0])
    assert.equal((await running.lag())["post.announcing bank"], 3)
    await running.stop()
    const letter = (id: string, to: string) => ask(Letters, id, Send({ to }))
    const next = Policy.define("post.announcing", {
      from: [LaterAccounts],
      on: {
        Opened: (_, { id }) => letter(id, "owner"),
        Frozen: (_, { id }) => letter(id, "police"),
        Noted: (_, { id }) => letter(id, "police"),
      },
    })
    await run(t, next, later.client, subscriptions)
    await later.until(3)
    const told = later.asked.filter(({ id }) => id === "a-1").map(({ fields }) => Object(fields).to)
    assert.deepEqual(told, ["police", "owner"])
  })
}

test("an event with a name that no release can have holds up nothing", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  rolled(bank, { type: "no name", schema: 1, data: {} })
  await run(t, announcing, post.client, memorySubscriptions(bank.log))
  await post.until(2)
  assert.deepEqual(post.asked.map(({ id }) => id).toSorted(), ["a-1", "a-2"])
})

test("what no release has known for as long as an outage may last is parked", async (t) => {
  const [bank, post] = [new Bank(t), new Post()]
  rolled(bank, FROZEN)
  const [timers, parking] = [memoryTimers(new VirtualClock()), memoryParking()]
  const policy = Policy.define("post.announcing", {
    from: [Accounts],
    retryOutagesFor: "50 millis",
    on: { Opened: (_, { id }) => ask(Letters, id, Send({ to: "owner" })) },
  })
  const subscriptions = memorySubscriptions(bank.log)
  const running = await run(t, policy, post.client, subscriptions, timers, parking)
  await until(() => running.parked().count === 2)
  assert.deepEqual(post.asked.map(({ id }) => id), ["a-2"])
  const place = { kind: "event", of: logSubject("bank.account", "a-1"), at: 1 } as const
  const work = () => parking.read({ ...place, policy: "post.announcing" })
  assert.equal((await work())?.what, "Frozen")
  const retry = retryTimer("post.announcing", { kind: "event", of: place.of })
  await timers.set(retry)
  await until(async () => (await work())?.attempts === 1)
  assert.match((await work())?.reason ?? "", /bank\.account has no event Frozen.*run that version/)
})
