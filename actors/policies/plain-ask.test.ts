/** Tests of plain asks: the bytes that timers hold, now and from earlier versions. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Malformed } from "../../contracts/internal.ts"
import type { EventMeta } from "../../wire/internal.ts"
import { Accounts, Deposit } from "../fixtures/account.ts"
import { ask } from "../reaction.ts"
import { decodeAsk, encodeAsk, plainAsk } from "./plain-ask.ts"

const opened: EventMeta = {
  ...{ id: "o-1", actor: "orders.order", version: 1, position: "orders:7", sequence: 7, index: 0 },
  ...{ time: new Date(0), commandId: "c-1", correlation: "r-1", causation: "orders:5" },
  ...{ principal: "ada", traceparent: "00-1-2-01" },
}

/** As an earlier version of the code stored it. */
const STORED_BEFORE =
  '{"name":"bank.account","id":"a-1","type":"Deposit","data":{"amount":1},"commandId":' +
  '"p/orders:7/0/0","correlation":"r-1","causation":"orders:7","principal":"ada",' +
  '"traceparent":"00-1-2-01"}'

test("a timer holds the same bytes as before, and old bytes are read", () => {
  const plain = plainAsk(ask(Accounts, "a-1", Deposit({ amount: 1 })), opened, "p/orders:7/0/0")
  assert.equal(new TextDecoder().decode(encodeAsk(plain)), STORED_BEFORE)
  assert.deepEqual(decodeAsk(new TextEncoder().encode(STORED_BEFORE)), plain)
})

test("bytes that are not an ask are refused", () => {
  assert.throws(() => decodeAsk(new TextEncoder().encode("{")), Malformed)
  assert.throws(() => decodeAsk(new TextEncoder().encode("{}")), /the ask of a timer/)
})
