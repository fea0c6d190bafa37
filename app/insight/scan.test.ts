/** Tests of a scan: what it costs is known before anything is read. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { SCAN } from "./limits.ts"
import { scan, type ScanOptions } from "./scan.ts"

const reading = async (last: number, accepted: boolean): Promise<void> => {
  const stop = () => Promise.reject(new Error("it reads"))
  const feed = { skips: stop, open: stop } as Partial<ScanOptions["feed"]> as ScanOptions["feed"]
  const range = { after: { a: 5 }, to: { a: last, b: 0 } }
  for await (const _ of scan({ feed, contracts: [], ...range, what: "the row x", accepted })) {
    assert.fail("nothing is read here")
  }
}

test("more than may be read unasked is refused with its cost, unless accepted", async () => {
  await assert.rejects(reading(5 + SCAN.unasked, false), /^Error: it reads$/)
  const message = /^the row x reads 20,001 messages of a, which takes about \d+ s: ask for it with/
  await assert.rejects(reading(6 + SCAN.unasked, false), { _tag: "Invalid", message })
  await assert.rejects(reading(6 + SCAN.unasked, true), /^Error: it reads$/)
  await reading(5, false)
})
