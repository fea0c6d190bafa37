/** Tests of what mailboxes answer: fresh rejections, versions, deadlines, bounds, and bugs. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../testing/test.ts"
import { encodeCommit, logSubject } from "../../wire/internal.ts"
import {
  account,
  Accounts,
  Crash,
  Deposit,
  Doubt,
  Note,
  Open,
  Opened,
  Poison,
  Spoil,
  storedEvent,
  Withdraw,
} from "../fixtures/account.ts"
import { Bank, NAME, tick } from "../fixtures/bank.ts"

const one = Deposit({ amount: 1 })

describe("rejections and no-ops", () => {
  test("are confirmed by one fresh read for the whole turn", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    let read = () => {}
    const reading = new Promise<void>((resolve) => read = resolve)
    bank.journal.beforeRead = () => reading
    const first = bank.say("a-1", Withdraw({ amount: 1 }))
    await tick()
    const others = [
      bank.say("a-1", Withdraw({ amount: 2 })),
      bank.say("a-1", Open()),
      bank.say("a-1", one, { expectedVersion: 7 }),
    ]
    await tick()
    assert.deepEqual(bank.answered.length, 1, "nothing is answered before it is confirmed")
    read()
    assert.equal(await first, "Insufficient")
    assert.deepEqual(await Promise.all(others), [
      "Insufficient",
      "0 at bank:1, version 1",
      "VersionMismatch",
    ])
    assert.equal(bank.journal.reads.fresh, 2)
  })

  test("are never answered from a state that another host has changed", async (t) => {
    const bank = new Bank(t)
    const other = new Bank(t, { log: bank.log })
    assert.equal(await bank.say("a-1", one), "NotOpen")
    await other.say("a-1", Open())
    assert.equal(await bank.say("a-1", one), "1 at bank:2, version 2")
    await other.say("a-1", Deposit({ amount: 9 }))
    assert.equal(await bank.say("a-1", Withdraw({ amount: 10 })), "1 at bank:4, version 4")
  })

  test("would be wrong without a fresh read: a stale one misleads the caller", async (t) => {
    const bank = new Bank(t)
    const other = new Bank(t, { log: bank.log })
    assert.equal(await bank.say("a-1", one), "NotOpen")
    await other.say("a-1", Open())
    // This is what a direct get may answer: the replica has not heard of the commit yet.
    bank.journal.freshTail = () => Promise.resolve(undefined)
    assert.equal(await bank.say("a-1", one), "NotOpen")
  })

  test("are right on a host that woke from a stale replica", async (t) => {
    const writer = new Bank(t)
    await writer.say("a-1", Open())
    const old = await writer.journal.tail(NAME, "a-1", { fresh: true })
    await writer.say("a-1", Deposit({ amount: 5 }), { commandId: "d-1" })
    for (const stale of [undefined, old]) {
      const bank = new Bank(t, { log: writer.log })
      bank.journal.staleTail = () => Promise.resolve(stale)
      assert.equal(await bank.say("a-1", Withdraw({ amount: 9 })), "Insufficient")
      const fresh = new Bank(t, { log: writer.log })
      fresh.journal.staleTail = () => Promise.resolve(stale)
      const repeat = await fresh.say("a-1", Deposit({ amount: 5 }), { commandId: "d-1" })
      assert.equal(repeat, "1 at bank:2, version 2")
    }
    assert.equal((await writer.stored("a-1")).length, 2)
  })

  test("that cannot be confirmed are an outage", async (t) => {
    const bank = new Bank(t)
    await bank.say("a-1", Open())
    bank.journal.beforeRead = () =>
      Promise.reject(Object.assign(new Error("away"), { _tag: "Unavailable" }))
    assert.equal(await bank.say("a-1", Open()), "Unavailable")
    assert.equal(await bank.say("a-1", one), "1 at bank:2, version 2")
  })
})

describe("versions and deadlines", () => {
  test("a command is decided only at the version that its caller expects", async (t) => {
    const bank = new Bank(t)
    assert.equal(await bank.say("a-1", Open(), { expectedVersion: 1 }), "VersionMismatch")
    const opened = await bank.say("a-1", Open(), { expectedVersion: 0, commandId: "open" })
    assert.equal(opened, "1 at bank:1, version 1")
    assert.equal(await bank.say("a-1", Open(), { expectedVersion: 0, commandId: "open" }), opened)
    assert.equal(await bank.say("a-1", one, { expectedVersion: 0 }), "VersionMismatch")
    assert.equal(await bank.say("a-1", one, { expectedVersion: 1 }), "1 at bank:2, version 2")
  })

  test("of two waiting commands that expect the same version, the first is accepted", async (t) => {
    const bank = new Bank(t)
    bank.journal.hold()
    const opening = bank.say("a-1", Open())
    const first = await bank.journal.next()
    const racing = [1, 1].map((expectedVersion) => bank.say("a-1", one, { expectedVersion }))
    await tick()
    bank.journal.release()
    await first.store()
    await opening
    assert.deepEqual(await Promise.all(racing), ["1 at bank:2, version 2", "VersionMismatch"])
  })

  test("a command past its deadline is dropped, unless it was accepted before", async (t) => {
    let ahead = 0
    const bank = new Bank(t, { now: () => Date.now() + ahead })
    await bank.say("a-1", Open(), { commandId: "open" })
    ahead = 100_000
    assert.equal(await bank.say("a-1", one), "Timeout")
    assert.equal(await bank.say("a-1", Open(), { commandId: "open" }), "1 at bank:1, version 1")
    ahead = 0
    assert.equal((await bank.stored("a-1")).length, 1)
  })

  test("a deadline that passes while an append is unknown leaves the outcome open", async (t) => {
    let ahead = 0
    const bank = new Bank(t, { now: () => Date.now() + ahead })
    await bank.say("a-1", Open())
    bank.journal.hold()
    const asking = bank.client.ask(
      Accounts,
      "a-1",
      one,
      { commandId: "d-1", timeoutMs: 60_000 },
    )
    const lost = await bank.journal.next()
    ahead = 100_000
    lost.report({ type: "unknown", reason: "timeout" })
    await assert.rejects(asking, ({ _tag, message }: { _tag: string; message: string }) => {
      assert.equal(_tag, "Timeout")
      assert.doesNotMatch(message, /nothing (has )?changed/)
      return true
    })
  })
})

describe("bounds", () => {
  test("a command whose events no commit can hold is refused alone", async (t) => {
    const bank = new Bank(t)
    bank.journal.hold()
    const opening = bank.say("a-1", Open())
    const first = await bank.journal.next()
    bank.journal.maxBytes = 2_000
    const asked = [
      bank.say("a-1", one),
      bank.say("a-1", Note({ text: "x".repeat(5_000), times: 1 })),
      bank.say("a-1", Note({ text: "x".repeat(1_000), times: 1 })),
      bank.say("a-1", Note({ text: "x".repeat(1_000), times: 1 })),
    ]
    await tick()
    bank.journal.release()
    await first.store()
    await opening
    assert.deepEqual(await Promise.all(asked), [
      "1 at bank:2, version 2",
      "CommitTooLarge",
      "1 at bank:3, version 3",
      "1 at bank:4, version 4",
    ])
    assert.equal((await bank.stored("a-1")).length, 4)
  })

  test("a command can cause as many events as the window can count, not more", async (t) => {
    const bank = new Bank(t)
    bank.journal.maxBytes = 100_000_000
    assert.equal(await bank.say("a-1", Note({ text: "", times: 65_536 })), "CommitTooLarge")
    const most = Note({ text: "", times: 65_535 })
    const answer = await bank.say("a-1", most, { commandId: "most" })
    assert.equal(answer, "65535 at bank:1, version 65535")
    assert.equal(await bank.say("a-1", most, { commandId: "most" }), answer)
  })
})

describe("bugs", () => {
  const bugs = { Crash: Crash(), Spoil: Spoil(), Doubt: Doubt(), Poison: Poison() }
  for (const [name, bug] of Object.entries(bugs)) {
    test(`${name}: its caller gets a failure, others get answers, the actor goes on`, async (t) => {
      const bank = new Bank(t)
      bank.journal.hold()
      const opening = bank.say("a-1", Open())
      const first = await bank.journal.next()
      const asked = [bank.say("a-1", one), bank.say("a-1", bug), bank.say("a-1", one)]
      await tick()
      bank.journal.release()
      await first.store()
      await opening
      assert.deepEqual(await Promise.all(asked), [
        "1 at bank:2, version 2",
        "Internal",
        "1 at bank:3, version 3",
      ])
      assert.equal(await bank.say("a-1", bug), "Internal")
      assert.equal(await bank.say("a-1", Deposit({ amount: 5 })), "1 at bank:4, version 4")
      assert.equal(await bank.say("a-1", Withdraw({ amount: 8 })), "Insufficient")
      assert.equal(await bank.say("a-1", Withdraw({ amount: 7 })), "1 at bank:5, version 5")
    })
  }

  test("a handler that changed the state before it failed leaves no trace", async (t) => {
    const careless = {
      ...account,
      decide: (...[state, message, meta]: Parameters<typeof account.decide>) => {
        const outcome = account.decide(state, message, meta)
        if (message.type === "Withdraw") Object.assign(Object(state), { balance: 1_000 })
        if (message.type === "Withdraw") throw new Error("the handler has a bug")
        return outcome
      },
    }
    const bank = new Bank(t, { actor: careless })
    await bank.say("a-1", Open())
    assert.equal(await bank.say("a-1", Withdraw({ amount: 1 })), "Internal")
    await bank.say("a-1", one)
    const right = new Bank(t, { log: bank.log })
    assert.equal(await right.say("a-1", Withdraw({ amount: 2 })), "Insufficient")
    await bank.host.stop()
    const { tail } = bank.journal.reads
    assert.equal(tail + bank.journal.reads.fresh, 2, "the actor was read once more after the bug")
  })

  test("the answer to a bug has a reference and no details", async (t) => {
    const bank = new Bank(t)
    await assert.rejects(bank.client.ask(Accounts, "a-1", Crash()), (error) => {
      assert.ok(error instanceof Error && "reference" in error)
      assert.match(error.message, new RegExp(String(error.reference)))
      assert.doesNotMatch(error.message, /the handler has a bug/)
      return true
    })
  })

  test("a log with a hole stops its actor only, and the answer names the hole", async (t) => {
    const bank = new Bank(t)
    for (const id of ["a-1", "a-2"]) await bank.say(id, Open())
    for (let each = 0; each < 3; each++) await bank.say("a-1", one)
    const other = new Bank(t, { log: bank.log })
    delete bank.log.stream("bank").messages[3]
    for (const command of [one, Open()]) {
      await assert.rejects(other.client.ask(Accounts, "a-1", command), {
        _tag: "Internal",
        message: /the commit at 4 .*missing/,
      })
    }
    assert.equal(await other.say("a-2", one), "1 at bank:6, version 2")
  })

  test("a stored event off its schema is not the caller's mistake", async (t) => {
    const bank = new Bank(t)
    const event = { ...storedEvent(Opened()), type: "Deposited", data: { amount: "much" } }
    const bytes = encodeCommit({ base: 0, ancestors: [], events: [event] })
    bank.log.append("bank", logSubject(NAME, "a-1"), 0, bytes)
    assert.equal(await bank.say("a-1", one), "Internal")
    assert.equal(await bank.say("a-2", Open()), "1 at bank:2, version 1")
  })
})
