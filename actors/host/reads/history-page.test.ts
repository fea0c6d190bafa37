/** Tests of pages of histories: their bounds in events and bytes, and their cost. */
import assert from "node:assert/strict"
import { describe } from "node:test"
import { test } from "../../../testing/test.ts"
import { decode, encode, HEADER, querySubject, requestOf } from "../../../wire/internal.ts"
import { Noted, Opened, storedEvent } from "../../fixtures/account.ts"
import { NAME } from "../../fixtures/bank.ts"
import { bankWith, deposits, type Page, pageOf, reads } from "../../fixtures/long-log.ts"

describe("a page of a history", () => {
  test("costs a page, wherever it is", async (t) => {
    const bank = bankWith(t, deposits(5_000))
    for (const after of [0, 1, 100, 2_500, 4_000, 4_900, 4_999]) {
      let events: Page["events"] = []
      const taken = await reads(
        bank,
        async () => ({ events } = await pageOf(bank, { after, limit: 1 })),
      )
      assert.deepEqual(events.map(({ version }) => version), [after + 1])
      assert.ok(taken <= 40, `${taken} reads after ${after}`)
    }
  })

  test("fills a message, and all pages together are the whole history", async (t) => {
    const texts = Array.from({ length: 12 }, (_, index) => "x".repeat(index * 30_000))
    const events = texts.map((text) => storedEvent(Noted({ text })))
    const bank = bankWith(t, events)
    const found: unknown[] = []
    let [after, pages]: [number | undefined, number] = [0, 0]
    while (after !== undefined) {
      const page: Page = await pageOf(bank, { after })
      found.push(...page.events.map(({ data }) => (data as { text: string }).text))
      after = page.next
      pages++
    }
    assert.deepEqual(found, texts)
    assert.ok(pages > 1 && pages <= 4, String(pages))
  })

  test("shows an event that fits into no message without its data", async (t) => {
    // Each of these takes six characters in JSON.
    const events = ["a", "\u0001".repeat(300_000), "b"].map((text) => storedEvent(Noted({ text })))
    const bank = bankWith(t, events)
    const question = encode("json", { id: "a-1" })
    const subject = querySubject(`${NAME}.history`)
    const reply = await requestOf(bank.wire, subject, question, {}, 5_000)
    assert.ok(reply.type === "reply" && reply.headers[HEADER.error] === undefined)
    const { events: [first], next } = decode("json", reply.payload) as Page
    assert.deepEqual([first?.data, next], [{ text: "a" }, 1])
    const second = await requestOf(
      bank.wire,
      subject,
      encode("json", { id: "a-1", after: 1 }),
      {},
      5_000,
    )
    assert.ok(second.type === "reply")
    const page = decode("json", second.payload) as Page
    assert.deepEqual(page.events.map(({ version, data }) => [version, data]), [[2, undefined]])
    assert.ok(Number(page.events[0]?.omittedBytes) > 1_800_000)
    assert.equal(page.next, 2)
  })

  test("shows an event that its contract does not know as it is stored", async (t) => {
    const known = storedEvent(Opened())
    const bank = bankWith(t, [known, { ...known, type: "Frozen", data: { why: "?" } }, known])
    const { events } = await pageOf(bank)
    assert.deepEqual(events.map(({ type, data }) => [type, data]), [
      ["Opened", {}],
      ["Frozen", { why: "?" }],
      ["Opened", {}],
    ])
    assert.match(String(events[1]?.unreadable), /no event Frozen/)
  })
})
