/** Tests of many questions at once: shared, refused at once, or given up. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../../testing/test.ts"
import {
  encode,
  encodeCommit,
  HEADER,
  logSubject,
  querySubject,
  type Reply,
  requestOf,
} from "../../../wire/internal.ts"
import { until } from "../../../testing/until.ts"
import { Deposited, Noted, plainAccount, storedEvent } from "../../fixtures/account.ts"
import { Bank, NAME, tick } from "../../fixtures/bank.ts"
import { bankWith, deposits, oneEvent, reads, stateOf } from "../../fixtures/long-log.ts"
import { READS } from "../../limits.ts"

describe("many questions at once", () => {
  const tagOf = (reply: Reply) =>
    reply.type === "reply" ? reply.headers[HEADER.error] ?? "answered" : reply.type

  const asking = (bank: Bank, name: string, params: object) =>
    requestOf(bank.wire, querySubject(name), encode("json", params), {}, 5_000).then(tagOf)

  const counted = (tags: readonly string[]) => {
    const counts: Record<string, number> = {}
    for (const tag of tags) counts[tag] = (counts[tag] ?? 0) + 1
    return counts
  }

  test("of one kind are answered together", async (t) => {
    const bank = bankWith(t, deposits(500), { actor: plainAccount })
    let tags: string[] = []
    const taken = await reads(bank, async () => {
      tags = await Promise.all(Array.from({ length: 300 }, () => asking(bank, NAME, { id: "a-1" })))
    })
    assert.deepEqual(counted(tags), { answered: 300 })
    assert.ok(taken < 1_200, String(taken))
  })

  test("about one actor are refused past a limit, at once", async (t) => {
    const bank = bankWith(t, deposits(500))
    const asked = Array.from(
      { length: 100 },
      (_, after) => asking(bank, `${NAME}.history`, { id: "a-1", after }),
    )
    assert.deepEqual(counted(await Promise.all(asked)), {
      answered: READS.ofOneActor,
      Overloaded: 100 - READS.ofOneActor,
    })
    assert.equal(await asking(bank, NAME, { id: "a-1" }), "answered")
  })

  test("about many actors are refused past a limit, at once", async (t) => {
    const bank = new Bank(t)
    const open = async (id: string) => {
      const subject = logSubject(NAME, id)
      bank.log.append("bank", subject, 0, encodeCommit(oneEvent))
      return await asking(bank, NAME, { id })
    }
    const tags = await Promise.all(Array.from({ length: 50 }, (_, each) => open(`a-${each}`)))
    assert.deepEqual(counted(tags), { answered: READS.atOnce, Overloaded: 50 - READS.atOnce })
  })

  test("see all events that were stored before they were asked", async (t) => {
    const bank = bankWith(t, deposits(100))
    let release = () => {}
    const held = new Promise<void>((resolve) => release = resolve)
    bank.journal.beforeRead = () => held
    const first = stateOf(bank)
    await tick()
    bank.journal.freshTail = (name, id) => bank.journal.from(name, id, 101)
    const next = encodeCommit({
      base: 100,
      ancestors: Array.from({ length: 32 }, (_, index) => 69 + index),
      events: [storedEvent(Deposited({ amount: 1 }))],
    })
    bank.log.append("bank", logSubject(NAME, "a-1"), 100, next)
    const second = stateOf(bank)
    const third = stateOf(bank)
    release()
    bank.journal.beforeRead = () => Promise.resolve()
    await first
    assert.deepEqual([(await second).version, (await third).version], [101, 101])
  })

  test("share no more bytes than a limit", async (t) => {
    const bank = bankWith(t, [storedEvent(Noted({ text: "x".repeat(900_000) }))])
    const all = Array.from({ length: 100 }, () => asking(bank, `${NAME}.history`, { id: "a-1" }))
    const { answered = 0, Overloaded = 0 } = counted(await Promise.all(all))
    assert.equal(answered + Overloaded, 100)
    assert.ok(answered > 30 && answered < 40, String(answered))
  })
})

describe("a question whose deadline has passed", () => {
  const ask = (bank: Bank, deadline: string) => {
    const payload = encode("json", { id: "a-1" })
    return requestOf(bank.wire, querySubject(NAME), payload, { [HEADER.deadline]: deadline }, 5_000)
  }

  test("is not worked on", async (t) => {
    const bank = bankWith(t, deposits(100))
    let reply: Reply | undefined
    const past = String(Date.now() - 1)
    assert.equal(await reads(bank, async () => reply = await ask(bank, past)), 0)
    assert.ok(reply?.type === "reply" && reply.headers[HEADER.error] === "Timeout")
    const wrong = await ask(bank, "soon")
    assert.ok(wrong.type === "reply" && wrong.headers[HEADER.error] === "Invalid")
  })

  test("is given up half-way", async (t) => {
    const bank = bankWith(t, deposits(2_000), { actor: plainAccount })
    const soon = Date.now() + 200
    bank.journal.beforeRead = async () => {
      if (bank.journal.read.commits > 300) await until(() => Date.now() > soon)
    }
    let reply: Reply | undefined
    const taken = await reads(bank, async () => reply = await ask(bank, String(soon)))
    assert.ok(reply?.type === "reply" && reply.headers[HEADER.error] === "Timeout")
    assert.ok(taken < 400, String(taken))
    assert.equal(await reads(bank, () => tick()), 0)
  })
})
