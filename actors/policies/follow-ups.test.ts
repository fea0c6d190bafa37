/** Tests of what follows from rejections and from giving up, over crashes; and of replays. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { encodeCommit, logSubject, logThrough, type StoredEvent } from "../../wire/internal.ts"
import { NotFound, Unavailable } from "../../contracts/internal.ts"
import { Accounts, Note, Open } from "../fixtures/account.ts"
import { Bank } from "../fixtures/bank.ts"
import { accepted, type Asked, Letters, Post, Send } from "../fixtures/post.ts"
import { Policy } from "../policy.ts"
import { ask, later } from "../reaction.ts"
import { isLeft } from "./found-commit.ts"
import type { ParkedWork } from "./parking/parking.ts"
import { memoryParking } from "./parking/parking-memory.ts"
import { startPolicies } from "./policy-runner.ts"
import { wouldHandle } from "./replay-look.ts"
import { type ReplayRequest, retryTimer } from "./retry-request.ts"
import { memorySubscriptions } from "./subscription-memory.ts"
import { memoryTimers } from "./timers/timers-memory.ts"
import { VirtualClock } from "./virtual-clock.ts"

const rejection = { kind: "rejection", type: "NoStamp", data: {} } as const
const down = () => Promise.reject(new Unavailable({ message: "down" }))

/** Sends a letter; without a stamp it sends another one, and one an hour later. */
const stamping = Policy.define("post.stamping", {
  from: [Accounts],
  asks: [Letters],
  attempts: 2,
  on: {
    Opened: (_, { id }) => ask(Letters, id, Send({ to: "owner" })),
    Noted: (_, { id }) => later("1 minute", ask(Letters, id, Send({ to: "late" })), { name: id }),
  },
  onRejected: {
    NoStamp: (_, { id, command }) => [
      ask(Letters, id, Send({ to: `${command.data.to} without a stamp` })),
      ask(Letters, id, Send({ to: "the office" })),
    ],
  },
  onParked: ({ id, kind, reason, attempts }) =>
    ask(Letters, id, Send({ to: `gave up the ${kind} after ${attempts}: ${reason}` })),
})

const begin = async (scope: TestContext, policy = stamping) => {
  const [bank, post, parking] = [new Bank(scope), new Post(), memoryParking()]
  const clock = new VirtualClock()
  const timers = memoryTimers(clock)
  const subscriptions = memorySubscriptions(bank.log)
  const parts = { policies: [policy], client: post.client, subscriptions, timers, parking }
  let running = await startPolicies(parts)
  scope.after(() => running.stop())
  scope.after(() => clock.stop())
  const idle = () => until(async () => Object.values(await running.lag()).every((lag) => lag === 0))
  const pass = (ms: number) => clock.advance(ms, () => Promise.resolve())
  return {
    ...{ bank, post, parking, timers, idle, pass },
    replay: async (range: Omit<ReplayRequest, "kind" | "context"> & { context?: string }) => {
      const timer = retryTimer("post.stamping", { kind: "replay", context: "bank", ...range })
      await timers.set(timer)
      await pass(1)
      await until(async () => !(await timers.isPending("post.stamping", timer.key)))
    },
    restart: async () => {
      await running.stop()
      running = await startPolicies(parts)
    },
    works: async () => {
      const places = await parking.places("post")
      return (await Promise.all(places.map(parking.read))).flatMap((work) => work ?? [])
    },
  }
}

const toOf = ({ fields }: Asked): string => Object(fields).to

const sent = ({ asked }: Post) => asked.map((each) => `${toOf(each)} ${each.commandId}`)

test("a rejection leads to its follow-ups, whose own rejections lead to nothing", async (t) => {
  const { bank, post, idle } = await begin(t)
  post.answer = () => Promise.resolve(rejection)
  await bank.say("a-1", Open(), { commandId: "open", correlation: "request-1", principal: "ada" })
  await idle()
  assert.deepEqual(sent(post), [
    "owner post.stamping/bank:1/0/0",
    "owner without a stamp post.stamping/bank:1/0/0/rejected/0",
    "the office post.stamping/bank:1/0/0/rejected/1",
  ])
  for (const { correlation, causation, principal } of post.asked) {
    assert.deepEqual([correlation, causation, principal], ["request-1", "bank:1", "ada"])
  }
})

test("over failures and a restart, a rejected command is never asked again", async (t) => {
  const { bank, post, idle, restart } = await begin(t)
  let offices = 0
  post.answer = (asked) => {
    if (toOf(asked) === "owner") {
      // The actor would accept it now: the first answer holds all the same.
      return Promise.resolve(post.asked.length === 1 ? rejection : accepted)
    }
    return toOf(asked) === "the office" && ++offices < 3 ? down() : Promise.resolve(accepted)
  }
  await bank.say("a-1", Open())
  await until(() => Promise.resolve(offices === 1))
  await restart()
  await idle()
  assert.deepEqual(post.asked.filter((each) => toOf(each) === "owner").length, 1)
  assert.equal(offices, 3)
  const again = post.asked.filter((each) => toOf(each) === "the office")
  assert.equal(new Set(again.map(({ commandId }) => commandId)).size, 1)
  assert.deepEqual(again.map(({ askedSince }) => askedSince !== undefined), [false, true, true])
})

test("the rejected command of a timer has follow-ups too", async (t) => {
  const { bank, post, pass, idle } = await begin(t)
  post.answer = (asked) => Promise.resolve(toOf(asked) === "late" ? rejection : accepted)
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await idle()
  await pass(120_000)
  await post.until(3)
  await idle()
  assert.deepEqual(sent(post), [
    "late post.stamping/bank:1/0/0",
    "late without a stamp post.stamping/bank:1/0/0/rejected/0",
    "the office post.stamping/bank:1/0/0/rejected/1",
  ])
})

test("a policy asks what it asks when it gives up, once, also over a restart", async (t) => {
  const { bank, post, works, idle, restart } = await begin(t)
  let office = down
  post.answer = (asked) => {
    if (toOf(asked) === "owner") return Promise.reject(new NotFound({ message: "no such letter" }))
    return toOf(asked).startsWith("gave up") ? office() : Promise.resolve(accepted)
  }
  await bank.say("a-1", Open())
  const gaveUp = () => post.asked.filter((each) => toOf(each).startsWith("gave up"))
  await until(() => Promise.resolve(gaveUp().length > 0))
  assert.equal((await works()).length, 1, "it is parked before anything is asked")
  await restart()
  office = () => Promise.resolve(accepted) as never
  await idle()
  assert.equal(post.asked.filter((each) => toOf(each) === "owner").length, 2, "not tried again")
  assert.deepEqual([...new Set(gaveUp().map((each) => `${toOf(each)} ${each.commandId}`))], [
    "gave up the event after 2: no such letter post.stamping/bank:1/0/0/parked/0",
  ])
  const count = gaveUp().length
  const [work] = await works()
  assert.deepEqual([work?.followed, work?.behind, work?.attempts], [true, false, 2])
  // What waits behind it is not given up by itself.
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await idle()
  assert.equal((await works()).length, 2)
  await restart()
  await idle()
  assert.equal(gaveUp().length, count)
})

test("what fails when a policy gives up is told with what is parked", async (t) => {
  const { bank, post, works, idle } = await begin(t)
  post.answer = () => Promise.reject(new NotFound({ message: "no such letter" }))
  await bank.say("a-1", Open())
  await idle()
  const [work] = await works()
  assert.match(work?.reason ?? "", /^no such letter; and what it asks when it gives up has failed/)
})

test("a replay has the ids of before, and others only where that is asked for", async (t) => {
  const { bank, post, replay, idle } = await begin(t)
  for (const id of ["a-1", "a-2", "a-3"]) await bank.say(id, Open())
  await idle()
  const before = sent(post)
  assert.equal(before.length, 3)
  await replay({ from: 2, to: 3 })
  const replayed = post.asked.slice(3)
  assert.deepEqual(sent(post).slice(3).toSorted(), before.slice(1).toSorted())
  assert.ok(replayed.every(({ askedSince }) => askedSince !== undefined), "the actor looks for it")
  await replay({ from: 2, to: 3, again: "r-1" })
  assert.deepEqual(
    sent(post).slice(5).toSorted(),
    before.slice(1).map((each) => `${each}/again-r-1`).toSorted(),
  )
})

test("a replay has an actor decide again what was rejected and noted", async (t) => {
  const { bank, post, parking, replay, idle } = await begin(t)
  post.answer = (asked) => Promise.resolve(toOf(asked) === "owner" ? rejection : accepted)
  await bank.say("a-1", Open())
  await idle()
  assert.ok(await parking.noted("post.stamping", "post.stamping/bank:1/0/0"))
  post.answer = () => Promise.resolve(accepted)
  await replay({ from: 1, to: 1 })
  assert.deepEqual(sent(post).slice(3), ["owner post.stamping/bank:1/0/0"])
})

const append = (bank: Bank, id: string, after: number, type: string): void => {
  const events = [{ type, schema: 1, data: {}, command: "c-1", time: 1 } as StoredEvent]
  const commit = encodeCommit({ base: 0, ancestors: [], events })
  bank.log.append("bank", logSubject("bank.account", id), after, commit)
}

/** The warnings while something is done. */
const warned = async (work: () => Promise<void>): Promise<readonly string[]> => {
  const warnings: string[] = []
  const warning = (line: string) => void warnings.push(line)
  const before = logThrough({ error: warning, warning, info: () => {} })
  await work().finally(() => logThrough(before))
  return warnings
}

test("a replay leaves what a newer release has written, and what waits behind it", async (t) => {
  const { bank, post, replay, works } = await begin(t)
  append(bank, "a-1", 0, "Frozen")
  append(bank, "a-1", 1, "Opened")
  append(bank, "a-2", 0, "Opened")
  await post.until(1)
  const warnings = await warned(() => replay({ from: 1, to: 3 }))
  assert.deepEqual(post.asked.map(({ id }) => id), ["a-2", "a-2"])
  assert.deepEqual(await works(), [])
  const told = warnings.find((line) => line.startsWith("the replay of post.stamping has left"))
  assert.match(told ?? "", /left 2 messages from bank:1 on/)
})

/** What newer code has parked, after seven attempts. */
const FROZEN: ParkedWork = {
  ...{ policy: "post.stamping", kind: "event", of: logSubject("bank.account", "a-1"), at: 1 },
  ...{ what: "Frozen", behind: false, reason: "no police", attempts: 7, failed: "0" },
  ...{ done: ["post.stamping/bank:1/0/0"], sinceMs: 1, parkedMs: 2 },
}

for (const again of [undefined, "r-1"]) {
  const how = again === undefined ? "" : ", all again"
  test(`a replay keeps what newer code has parked${how}`, async (t) => {
    const { bank, post, parking, works, replay } = await begin(t)
    append(bank, "a-1", 0, "Frozen")
    append(bank, "a-2", 0, "Opened")
    await post.until(1)
    await parking.park(FROZEN)
    await replay({ from: 1, to: 2, ...(again && { again }) })
    assert.deepEqual(await works(), [FROZEN])
    assert.deepEqual(post.asked.map(({ id }) => id), ["a-2", "a-2"])
  })
}

/** Gives up newer events after a moment. */
const impatient = Policy.define("post.stamping", {
  from: [Accounts],
  retryOutagesFor: "50 millis",
  on: { Opened: (_, { id }) => ask(Letters, id, Send({ to: "owner" })) },
  onParked: ({ kind, event, attempts, reason, contract, id }) =>
    ask(Letters, id, Send({ to: [kind, event?.type, attempts, contract, reason].join(" ") })),
})

test("a policy gives up newer events that no release takes, and asks once per actor", async (t) => {
  const { bank, post, works, idle, restart } = await begin(t, impatient)
  append(bank, "a-1", 0, "Frozen")
  append(bank, "a-1", 1, "Opened")
  await idle()
  await restart()
  await idle()
  const [asked, ...more] = post.asked
  assert.deepEqual(more, [])
  assert.equal(asked?.commandId, "post.stamping/bank:1/0/0/parked/0")
  assert.match(toOf(asked!), /^event {2}0 bank\.account bank\.account has no event Frozen/)
  const parked = (await works()).map(({ what, behind, followed }) => ({ what, behind, followed }))
  assert.deepEqual(parked, [
    { what: "Frozen", behind: false, followed: true },
    { what: "Opened", behind: true, followed: undefined },
  ])
})

test("what newer code has tried and parked is given up with all that is known of it", async (t) => {
  const { bank, post, parking, works, idle } = await begin(t, impatient)
  await parking.park(FROZEN)
  append(bank, "a-1", 0, "Frozen")
  await idle()
  assert.deepEqual(post.asked.map(toOf), ["event  7 bank.account no police"])
  assert.deepEqual(await works(), [{ ...FROZEN, followed: true }])
})

test("what a replay leaves keeps the order of an actor, where later events wait", () => {
  const laterOf = (laterEvents: Policy["laterEvents"]) => {
    const replayed = { sinceMs: 0, left: new Set<string>() }
    const at = (subject: string, newer?: string) =>
      isLeft({ subject, replayed }, newer, { laterEvents })
    return [at("a"), at("a", "newer"), at("a"), at("b")]
  }
  assert.deepEqual(laterOf("wait"), [false, true, true, false])
  assert.deepEqual(laterOf("go on"), [false, true, false, false])
  assert.equal(isLeft({ subject: "a" }, "newer", { laterEvents: "wait" }), false, "no replay")
})

test("work that another process has parked is not tried again, its follow-ups are", async (t) => {
  const { bank, post, parking, works, replay, idle } = await begin(t)
  await bank.say("a-1", Open())
  await idle()
  const of = bank.log.stream("bank").messages[0]!.subject
  const place = { policy: "post.stamping", kind: "event", of, at: 1 } as const
  const state = { what: "Opened", reason: "elsewhere", behind: false, attempts: 2, done: [] }
  await parking.park({ ...place, ...state, sinceMs: 1, parkedMs: 2, failed: "0" })
  await replay({ from: 1, to: 1 })
  assert.deepEqual(post.asked.slice(1).map(toOf), ["gave up the event after 2: elsewhere"])
  assert.equal((await works())[0]?.followed, true)
})

test("a handler of rejections that throws is tried again without its command", async (t) => {
  let isBroken = true
  const breaking = Policy.define("post.breaking", {
    from: [Accounts],
    asks: [Letters],
    attempts: 2,
    on: { Opened: (_, { id }) => ask(Letters, id, Send({ to: "owner" })) },
    onRejected: {
      NoStamp: (_, { id }) => {
        if (isBroken) throw new Error("no such stamp")
        return ask(Letters, id, Send({ to: "the office" }))
      },
    },
    onParked: () => {
      throw new Error("a second bug")
    },
  })
  const { bank, post, works, timers, pass, idle } = await begin(t, breaking)
  post.answer = (asked) => Promise.resolve(toOf(asked) === "owner" ? rejection : accepted)
  await bank.say("a-1", Open())
  await idle()
  const [work] = await works()
  const after = "after the rejection NoStamp of Send to post.letter a-1: no such stamp; and what it"
  assert.equal(work?.reason, `${after} asks when it gives up has failed: a second bug`)
  isBroken = false
  post.answer = () => Promise.resolve(accepted)
  await timers.set(retryTimer("post.breaking", { kind: "event", of: work!.of }))
  await pass(1)
  await until(async () => (await works()).length === 0)
  assert.deepEqual(sent(post), [
    "owner post.breaking/bank:1/0/0",
    "the office post.breaking/bank:1/0/0/rejected/0",
  ])
})

test("a note is forgotten at a start at which nothing is left to do", async (t) => {
  const { bank, post, parking, idle, restart } = await begin(t)
  const old = { type: "NoStamp", data: {}, atMs: 0 }
  const isNoted = async () => (await parking.noted("post.stamping", "a")) !== undefined
  await parking.note("post.stamping", "a", old)
  post.answer = (asked) =>
    toOf(asked) === "owner" ? Promise.reject(new NotFound({ message: "no letter" })) : down()
  await bank.say("a-1", Open())
  await until(() => Promise.resolve(post.asked.length > 2))
  await restart()
  assert.ok(await isNoted(), "an event is not done")
  post.answer = (asked) =>
    toOf(asked) === "owner"
      ? Promise.reject(new NotFound({ message: "no letter" }))
      : Promise.resolve(accepted)
  await idle()
  await restart()
  assert.ok(await isNoted(), "an event is parked")
  const [place] = await parking.places("post")
  await parking.unpark(place!)
  await restart()
  assert.equal(await isNoted(), false)
})

test("an impossible request for a replay, or an unreadable one, is passed over", async (t) => {
  const { bank, post, timers, pass, replay, idle } = await begin(t)
  await bank.say("a-1", Open())
  await idle()
  await replay({ context: "elsewhere", from: 1, to: 2 })
  await replay({ from: 1, to: Number.MAX_SAFE_INTEGER })
  const timer = retryTimer("post.stamping", { kind: "event", of: "x" })
  await timers.set({ ...timer, payload: new Uint8Array([255]) })
  await pass(1)
  await until(async () => !(await timers.isPending("post.stamping", timer.key)))
  assert.equal(post.asked.length, 1)
})

test("a look at a replay sends nothing, and calls no asynchronous handler", async (t) => {
  const { bank, post, idle } = await begin(t)
  await bank.say("a-1", Open())
  await bank.say("a-1", Note({ text: "x", times: 1 }))
  await idle()
  const { length } = post.asked
  let called = 0
  const mailing = Policy.define("post.mailing", {
    from: [Accounts],
    on: {
      Opened: async () => {
        called++
        await Promise.resolve()
        return undefined
      },
      Noted: () => {
        throw new Error("a bug")
      },
    },
  })
  const looked = async (policy: Policy) => {
    const { messages } = bank.log.stream("bank")
    return (await Promise.all(messages.map((each) => wouldHandle(policy, each!, () => false))))
      .flat()
  }
  const [opened, noted] = await looked(stamping)
  assert.deepEqual([opened?.position, opened?.event, opened?.id], ["bank:1", "Opened", "a-1"])
  assert.deepEqual(opened?.asks, [{
    ...{ kind: "ask", actor: "post.letter", id: "a-1", command: "Send" },
    commandId: "post.stamping/bank:1/0/0",
  }])
  assert.deepEqual([noted?.asks?.[0]?.kind, noted?.asks?.[0]?.timer], ["later", "a-1"])
  const [waiting, failing] = await looked(mailing)
  assert.equal(waiting?.asks, undefined)
  assert.match(failing?.error ?? "", /a bug/)
  assert.equal(called, 0)
  assert.equal(post.asked.length, length)
})
