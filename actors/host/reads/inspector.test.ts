/** Tests of the inspector: states past and present, and pages of history. */
import assert from "node:assert/strict"
import { describe, type TestContext } from "node:test"
import { test } from "../../../testing/test.ts"
import {
  Deposit,
  Deposited,
  Note,
  Open,
  plainAccount,
  storedEvent,
} from "../../fixtures/account.ts"
import { Bank, NAME } from "../../fixtures/bank.ts"
import { encodeCommit, logSubject } from "../../../wire/internal.ts"
import { isFailure } from "../../../contracts/internal.ts"

const START = Date.parse("2026-01-01T12:00:00Z")

/** An account with five events, a minute apart. */
const fiveEvents = async (scope: TestContext, options = {}): Promise<Bank> => {
  let now = START
  const bank = new Bank(scope, { now: () => now, ...options })
  const commands = [Open(), Deposit({ amount: 10 }), Deposit({ amount: 20 })]
  for (const command of commands) {
    await bank.say("a-1", command, { commandId: `c-${now}`, principal: "ada" })
    now += 60_000
  }
  await bank.say("a-1", Note({ text: "x", times: 2 }), { commandId: "notes" })
  return bank
}

const stateOf = async (bank: Bank, params: object): Promise<Record<string, unknown>> =>
  (await bank.client.queryPlain(NAME, params)).result as Record<string, unknown>

const historyOf = async (bank: Bank, params: object) =>
  (await bank.client.queryPlain(`${NAME}.history`, params)).result as {
    version: number
    events: Record<string, unknown>[]
    next?: number
  }

describe("a state", () => {
  test("is folded from the log, now, at a version and at a time", async (t) => {
    const bank = await fiveEvents(t)
    const now = { id: "a-1", version: 5, state: { open: true, balance: 30 }, position: "bank:4" }
    const time = new Date(START + 180_000).toISOString()
    assert.deepEqual(await stateOf(bank, { id: "a-1" }), { ...now, time })
    const past = {
      id: "a-1",
      version: 2,
      state: { open: true, balance: 10 },
      position: "bank:2",
      time: new Date(START + 60_000).toISOString(),
    }
    assert.deepEqual(await stateOf(bank, { id: "a-1", version: 2 }), past)
    assert.deepEqual(await stateOf(bank, { id: "a-1", version: "2" }), past)
    assert.deepEqual(await stateOf(bank, { id: "a-1", at: "2026-01-01T12:01:59Z" }), past)
    assert.deepEqual(await stateOf(bank, { id: "a-1", at: past.time }), past)
    const nothing = { id: "a-1", version: 0, state: { open: false, balance: 0 } }
    assert.deepEqual(await stateOf(bank, { id: "a-1", version: 0 }), nothing)
    assert.deepEqual(await stateOf(bank, { id: "a-1", at: "2025-01-01T00:00:00Z" }), nothing)
  })

  test("can be asked for without a schema", async (t) => {
    const bank = await fiveEvents(t, { actor: plainAccount })
    const { state } = await stateOf(bank, { id: "a-1" })
    assert.deepEqual(state, { open: true, balance: 30 })
  })

  test("that does not exist is refused with the reason", async (t) => {
    const bank = await fiveEvents(t)
    const cases: [params: object, failure: string][] = [
      [{}, "Invalid"],
      [{ id: "" }, "Invalid"],
      [{ id: "a-1", version: -1 }, "Invalid"],
      [{ id: "a-1", version: 1.5 }, "Invalid"],
      [{ id: "a-1", version: "two" }, "Invalid"],
      [{ id: "a-1", at: "yesterday" }, "Invalid"],
      [{ id: "a-1", at: "1" }, "Invalid"],
      [{ id: "a-1", at: 5 }, "Invalid"],
      [{ id: "a-1", at: "2026-01-01T00:00:00 02:00" }, "Invalid"],
      [{ id: "a-1", at: "2026-13-01" }, "Invalid"],
      [{ id: "a-1", at: "2026-01-01", version: 1 }, "Invalid"],
      [{ id: "a-1", vesion: 1 }, "Invalid"],
      [{ id: "a-1", limit: 1 }, "Invalid"],
      [{ id: "a-1", version: 6 }, "NotFound"],
      [{ id: "nobody" }, "NotFound"],
    ]
    for (const [params, _tag] of cases) {
      await assert.rejects(stateOf(bank, params), { _tag }, JSON.stringify(params))
    }
  })

  test("whose log has a hole or an event off its schema is an error of ours", async (t) => {
    const bank = await fiveEvents(t)
    const event = { ...storedEvent(Deposited({ amount: 1 })), data: { amount: "much" } }
    const bytes = encodeCommit({ base: 0, ancestors: [], events: [event] })
    bank.log.append("bank", logSubject(NAME, "a-2"), 0, bytes)
    await assert.rejects(stateOf(bank, { id: "a-2" }), { _tag: "Internal" })
    delete bank.log.stream("bank").messages[1]
    const other = new Bank(t, { log: bank.log })
    await assert.rejects(stateOf(other, { id: "a-1" }), { _tag: "Internal" })
  })
})

describe("a history", () => {
  test("has each event with its metadata", async (t) => {
    const bank = await fiveEvents(t)
    const { version, events, next } = await historyOf(bank, { id: "a-1" })
    assert.deepEqual([version, events.length, next], [5, 5, undefined])
    assert.deepEqual(events[1], {
      type: "Deposited",
      data: { amount: 10 },
      version: 2,
      position: "bank:2",
      commandId: `c-${START + 60_000}`,
      correlation: `c-${START + 60_000}`,
      principal: "ada",
      time: new Date(START + 60_000).toISOString(),
    })
    assert.deepEqual(events.map((event) => event.version), [1, 2, 3, 4, 5])
  })

  test("comes in pages that together are the whole history", async (t) => {
    const bank = await fiveEvents(t)
    const versions: unknown[] = []
    let after: number | undefined = 0
    while (after !== undefined) {
      const page = await historyOf(bank, { id: "a-1", after, limit: 2 })
      assert.ok(page.events.length <= 2)
      versions.push(...page.events.map((event) => event.version))
      after = page.next
    }
    assert.deepEqual(versions, [1, 2, 3, 4, 5])
    for (const after of [5, 6]) {
      const { events, next } = await historyOf(bank, { id: "a-1", after })
      assert.deepEqual([events, next], [[], undefined])
    }
    const { events, next } = await historyOf(bank, { id: "a-1", after: "2", limit: "1" })
    assert.deepEqual([events.map((event) => event.version), next], [[3], 3])
  })

  test("is refused for wrong parameters, which are named", async (t) => {
    const bank = await fiveEvents(t)
    const wrong = [
      ["limit", 0],
      ["limit", "0"],
      ["limit", -1],
      ["limit", "1e3"],
      ["limit", ""],
      ["limit", null],
      ["after", "x"],
      ["after", 0.5],
      ["after", "9".repeat(16)],
      ["lmit", 1],
      ["version", 1],
    ] as const
    for (const [name, value] of wrong) {
      const params = { id: "a-1", ...Object.fromEntries([[name, value]]) }
      await assert.rejects(historyOf(bank, params), (error) => {
        assert.ok(isFailure(error) && error._tag === "Invalid", `${name} ${value}: ${error}`)
        assert.equal(error.issues?.[0]?.path, name)
        return true
      })
    }
  })

  test("of an unknown actor is not found", async (t) => {
    const bank = await fiveEvents(t)
    await assert.rejects(historyOf(bank, { id: "nobody" }), { _tag: "NotFound" })
  })
})
