/** Tests of replays: what a policy does again, and what is left as it is. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { Accounts, Note, Open } from "../fixtures/account.ts"
import { accepted } from "../fixtures/post.ts"
import { Policy } from "../policy.ts"
import { isLeft } from "./found-commit.ts"
import { wouldHandle } from "./replay-look.ts"
import { retryTimer } from "./retry-request.ts"
import {
  append,
  begin,
  FROZEN,
  rejection,
  sent,
  stamping,
  toOf,
  warned,
} from "../fixtures/stamping.ts"

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
