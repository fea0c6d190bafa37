/** Tests of mailboxes: group commit, conflicts, lost answers, bounds, and bugs of handlers. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import { Accounts, Deposit, Note, Open, Withdraw } from "../fixtures/account.ts"
import { Bank, NAME, tick } from "../fixtures/bank.ts"
import {
  commandSubject,
  encodeCommit,
  encodeText,
  HEADER,
  logSubject,
  type Reply,
  UNTRIED_ELSEWHERE,
} from "../../wire/internal.ts"

const one = Deposit({ amount: 1 })

describe("group commit", () => {
  test("commands that arrive during an append share a commit, answered in order", async (t) => {
    const bank = new Bank(t)
    bank.journal.hold()
    const opening = bank.say("a-1", Open(), { commandId: "open" })
    const first = await bank.journal.next()
    assert.deepEqual(first.commands, ["open"])
    const asked = ["d-1", "d-2", "d-3"]
    const deposits = asked.map((commandId) => bank.say("a-1", one, { commandId }))
    await tick()
    assert.equal(bank.journal.waiting, 0, "one append of an actor is in flight at a time")
    assert.deepEqual(bank.answered, [], "nothing is answered before it is stored")
    await first.store()
    const second = await bank.journal.next()
    assert.deepEqual(second.commands, asked)
    await tick()
    assert.deepEqual(bank.answered, ["open"])
    await second.store()
    assert.equal(await opening, "1 at bank:1, version 1")
    assert.deepEqual(await Promise.all(deposits), [
      "1 at bank:2, version 2",
      "1 at bank:2, version 3",
      "1 at bank:2, version 4",
    ])
    assert.deepEqual(bank.answered, ["open", ...asked])
    assert.deepEqual(await bank.stored("a-1"), ["open", ...asked])
  })

  test("actors do not wait for each other", async (t) => {
    const bank = new Bank(t)
    bank.journal.hold()
    const answers = ["a-1", "a-2", "a-3"].map((id) => bank.say(id, Open()))
    const appends = [
      await bank.journal.next(),
      await bank.journal.next(),
      await bank.journal.next(),
    ]
    assert.deepEqual(appends.map(({ id }) => id), ["a-1", "a-2", "a-3"])
    await appends[2]!.store()
    assert.equal(await answers[2], "1 at bank:1, version 1")
    await Promise.all([appends[0]!.store(), appends[1]!.store()])
    await Promise.all(answers)
  })

  test("a commit holds no more commands than the limit", async (t) => {
    const bank = new Bank(t, { limits: { commandsPerCommit: 4 } })
    await bank.say("a-1", Open())
    bank.journal.hold()
    const answers = Array.from({ length: 10 }, () => bank.say("a-1", one))
    const sizes: number[] = []
    for (let taken = 0; taken < 10; taken += sizes.at(-1)!) {
      const append = await bank.journal.next()
      sizes.push(append.commands.length)
      await append.store()
    }
    await Promise.all(answers)
    // The first was alone when it came.
    assert.deepEqual(sizes, [1, 4, 4, 1])
    assert.equal(bank.journal.mostInFlight, 1)
  })

  test("rejections and repeats within a commit are answered with it, in their place", async (t) => {
    const bank = new Bank(t)
    bank.journal.hold()
    const opening = bank.say("a-1", Open())
    const first = await bank.journal.next()
    const asked = [
      bank.say("a-1", Withdraw({ amount: 5 }), { commandId: "too-much" }),
      bank.say("a-1", Deposit({ amount: 9 }), { commandId: "deposit" }),
      bank.say("a-1", Withdraw({ amount: 5 }), { commandId: "withdraw" }),
      bank.say("a-1", Open(), { commandId: "again" }),
      bank.say("a-1", Deposit({ amount: 9 }), { commandId: "deposit" }),
      bank.say("a-1", Withdraw({ amount: 5 }), { commandId: "too-much-again" }),
    ]
    await tick()
    await first.store()
    const second = await bank.journal.next()
    assert.deepEqual(second.commands, ["deposit", "withdraw"])
    await second.store()
    await opening
    assert.deepEqual(await Promise.all(asked), [
      "Insufficient",
      "1 at bank:2, version 2",
      "1 at bank:2, version 3",
      "0 at bank:2, version 3",
      "1 at bank:2, version 2",
      "Insufficient",
    ])
    assert.equal(bank.journal.reads.fresh, 0, "the append proves that the state was current")
    assert.deepEqual(bank.answered.slice(1), [
      ...["too-much", "deposit", "withdraw"],
      ...["again", "deposit", "too-much-again"],
    ])
  })
})

describe("repeats", () => {
  test("a repeat of an accepted command gets the first answer and appends nothing", async (t) => {
    const bank = new Bank(t)
    const first = await bank.say("a-1", Open(), { commandId: "open" })
    await bank.say("a-1", one)
    assert.equal(await bank.say("a-1", Open(), { commandId: "open" }), first)
    assert.equal(await bank.say("a-1", one, { commandId: "open" }), "CommandIdReused")
    assert.equal((await bank.stored("a-1")).length, 2)
  })

  test("a repeat is known to another host, which has it from the log", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    const first = await bank.say("a-1", one, { commandId: "d-1" })
    const other = new Bank(t, { log: bank.log })
    assert.equal(await other.say("a-1", one, { commandId: "d-1" }), first)
    assert.equal((await bank.stored("a-1")).length, 2)
  })

  test("a repeat of a rejected command is decided again", async (t) => {
    const bank = new Bank(t)
    assert.equal(await bank.say("a-1", one, { commandId: "d-1" }), "NotOpen")
    await bank.say("a-1", Open())
    assert.equal(await bank.say("a-1", one, { commandId: "d-1" }), "1 at bank:2, version 2")
  })

  test("the same id for another actor is another command", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open(), { commandId: "open" })
    assert.equal(await bank.say("a-2", Open(), { commandId: "open" }), "1 at bank:2, version 1")
  })
})

describe("appends that do not succeed", () => {
  test("after a conflict the state is re-read and every command decided again", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    await bank.say("a-1", Deposit({ amount: 5 }))
    const other = new Bank(t, { log: bank.log })
    await other.say("a-1", Withdraw({ amount: 5 }))
    assert.equal(await bank.say("a-1", Withdraw({ amount: 5 })), "Insufficient")
    await other.say("a-1", one)
    assert.equal(await bank.say("a-1", one), "1 at bank:5, version 5")
    assert.equal(bank.journal.reads.fresh, 3, "a reload for each conflict, and one confirmation")
  })

  test("a commit whose answer was lost is found in the log, and accepted once", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    bank.journal.hold()
    const asked = bank.say("a-1", one, { commandId: "d-1" })
    const lost = await bank.journal.next()
    await lost.storeSilently()
    lost.report({ type: "unknown", reason: "timeout" })
    assert.equal(await asked, "1 at bank:2, version 2")
    assert.deepEqual(bank.answered.filter((id) => id === "d-1"), ["d-1"])
    assert.equal((await bank.stored("a-1")).length, 2)
  })

  test("a node whose code is too old says whether it may have stored the command", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    const elsewhere = async (id: string) => {
      const payload = encodeText('{"amount":1}')
      const reply = await new Promise<Reply>((resolve) =>
        bank.wire.request(`cmd.${NAME}.a-1.Deposit`, payload, { [HEADER.id]: id }, 5_000, resolve)
      )
      return reply.type === "reply" ? reply.headers[HEADER.elsewhere] : reply.type
    }
    bank.journal.hold()
    const asked = elsewhere("c-1")
    const lost = await bank.journal.next()
    const frozen = { type: "Frozen", schema: 1, data: {}, command: "c-9", time: 1 }
    const newer = encodeCommit({ base: 1, ancestors: [1], events: [frozen] })
    bank.log.append("bank", logSubject(NAME, "a-1"), 1, newer)
    lost.report({ type: "unknown", reason: "timeout" })
    assert.equal(await asked, "tried")
    assert.equal(await elsewhere("c-2"), UNTRIED_ELSEWHERE)
  })

  test("what a policy asks and this code does not know is left to newer nodes", async (t) => {
    const bank = new Bank(t)
    const asked: [string, object, string][] = [
      ["Freeze", {}, "404"],
      ["Deposit", { amount: 1, why: "rent" }, "422"],
    ]
    for (const [type, fields, code] of asked) {
      for (const trusted of [true, false]) {
        const subject = commandSubject(NAME, "a-1", type, trusted)
        const payload = encodeText(JSON.stringify(fields))
        const reply = await new Promise<Reply>((resolve) =>
          bank.wire.request(subject, payload, { [HEADER.id]: "c-1" }, 5_000, resolve)
        )
        assert.ok(reply.type === "reply")
        assert.equal(reply.headers[HEADER.errorCode], code)
        assert.equal(reply.headers[HEADER.elsewhere], trusted ? UNTRIED_ELSEWHERE : undefined)
      }
    }
  })

  test("a commit that was lost is decided and appended again", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    bank.journal.hold()
    const asked = bank.say("a-1", one)
    const lost = await bank.journal.next()
    lost.report({ type: "unknown", reason: "disconnected" })
    const again = await bank.journal.next()
    assert.deepEqual(again.commands, lost.commands)
    await again.store()
    assert.equal(await asked, "1 at bank:2, version 2")
  })

  test("a commit that turns up late is accepted once, the second is a conflict", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    bank.journal.hold()
    const asked = bank.say("a-1", one, { commandId: "d-1" })
    const late = await bank.journal.next()
    late.report({ type: "unknown", reason: "timeout" })
    const again = await bank.journal.next()
    await late.storeSilently()
    assert.deepEqual(await again.store(), { type: "conflict" })
    assert.equal(await asked, "1 at bank:2, version 2")
    assert.deepEqual((await bank.stored("a-1")).slice(1), ["d-1"])
  })

  test("a refused commit is an outage, and the actor goes on", async (t) => {
    const bank = new Bank(t)
    bank.journal.hold()
    const asked = bank.say("a-1", Open())
    const refused = await bank.journal.next()
    refused.report({ type: "refused", reason: "there is no stream" })
    assert.equal(await asked, "Unavailable")
    bank.journal.release()
    assert.equal(await bank.say("a-1", Open()), "1 at bank:1, version 1")
  })

  test("the answer about a log that takes nothing has the log's own reason", async (t) => {
    const bank = new Bank(t, { limits: { attempts: 2 } })
    bank.journal.hold()
    const asked = bank.client.ask(Accounts, "a-1", Open())
    for (let attempt = 0; attempt < 2; attempt++) {
      const append = await bank.journal.next()
      append.report({ type: "unknown", reason: "insufficient storage" })
    }
    await assert.rejects(asked, /a-1 in 2 attempts \(insufficient storage\): ask again/)
  })

  test("after as many attempts as the limit the caller is told to ask again", async (t) => {
    const bank = new Bank(t, { limits: { attempts: 3 } })
    await bank.say("a-1", Open())
    bank.journal.hold()
    const asked = bank.say("a-1", one)
    for (let attempt = 0; attempt < 3; attempt++) {
      const append = await bank.journal.next()
      append.report({ type: "conflict" })
    }
    assert.equal(await asked, "Unavailable")
    assert.equal(bank.journal.waiting, 0)
    bank.journal.release()
    assert.equal(await bank.say("a-1", one), "1 at bank:2, version 2")
  })

  test("when the log cannot be read, callers are told, and the next tries again", async (t) => {
    const bank = new Bank(t)
    bank.journal.beforeRead = () => Promise.reject(outage)
    assert.equal(await bank.say("a-1", Open()), "Unavailable")
    bank.journal.beforeRead = () => Promise.resolve()
    assert.equal(await bank.say("a-1", Open()), "1 at bank:1, version 1")
  })
})

const outage = Object.assign(new Error("the log is away"), { _tag: "Unavailable" })

test("commands of any size and number are stored once, in order", async (t) => {
  const bank = new Bank(t, { limits: { commandsPerCommit: 16 } })
  bank.journal.maxBytes = 4_000
  const ids = Array.from({ length: 60 }, (_, each) => `n-${each}`)
  const asked = ids.map((commandId, each) =>
    bank.say("a-1", Note({ text: "x".repeat((each * 97) % 3_000), times: 1 }), { commandId })
  )
  const answers = await Promise.all(asked)
  assert.ok(answers.every((answer) => answer.startsWith("1 at ")), answers.join())
  assert.deepEqual(await bank.stored("a-1"), ids)
  assert.deepEqual(bank.answered, ids)
  assert.ok((await bank.commits("a-1")).length < 60, "small ones share a commit")
  assert.equal(Accounts.name, "bank.account")
})
