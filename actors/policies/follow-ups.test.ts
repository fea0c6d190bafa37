/** Tests of what follows from rejections and from giving up, over crashes. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { NotFound } from "../../contracts/internal.ts"
import { Accounts, Note, Open } from "../fixtures/account.ts"
import { accepted, Letters, Send } from "../fixtures/post.ts"
import { Policy } from "../policy.ts"
import { ask } from "../reaction.ts"
import { retryTimer } from "./retry-request.ts"
import { append, begin, down, FROZEN, rejection, sent, toOf } from "../fixtures/stamping.ts"

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
