/** Tests of how refused rows are found in a batch. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { refusedAmong, RefusedRow } from "./refused-row.ts"

/** Finds `bad` among the numbers up to `all`; also answers which were accepted. */
const find = async (all: number, bad: ReadonlySet<number>) => {
  const taken: number[] = []
  let attempts = 0
  const items = Array.from({ length: all }, (_, index) => index)
  const refused = await refusedAmong(items, (some) => {
    attempts++
    const wrong = some.find((item) => bad.has(item))
    if (wrong === undefined) taken.push(...some)
    return Promise.resolve(wrong === undefined ? undefined : `refused: ${wrong}`)
  })
  return { refused, taken, attempts }
}

test("one row that is refused is found in few attempts", async () => {
  for (const all of [1, 2, 3, 100, 2_000]) {
    for (const bad of new Set([0, 1, Math.floor(all / 2), all - 1])) {
      if (bad >= all) continue
      const { refused, taken, attempts } = await find(all, new Set([bad]))
      assert.deepEqual(refused, [{ item: bad, error: `refused: ${bad}` }])
      assert.equal(taken.length, all - 1)
      assert.ok(attempts <= 4 * Math.ceil(Math.log(all) / Math.log(4)) + 1, `${attempts} of ${all}`)
    }
  }
})

test("all rows that are refused are found, and all others are taken, each once", async () => {
  for (const every of [1, 2, 3, 7, 500]) {
    const bad = new Set(
      Array.from({ length: 1_000 }, (_, index) => index)
        .filter((item) => item % every === 0),
    )
    const { refused, taken, attempts } = await find(1_000, bad)
    assert.deepEqual(refused.map(({ item }) => item), [...bad])
    assert.deepEqual(
      taken,
      Array.from({ length: 1_000 }, (_, item) => item)
        .filter((item) => !bad.has(item)),
    )
    assert.ok(attempts <= 1_400, `${attempts}`)
  }
})

test("rows that are not refused again have no culprit", async () => {
  assert.deepEqual((await find(10, new Set())).refused, [])
  assert.deepEqual((await find(0, new Set())).refused, [])
})

test("what is said of a row with a long key is short, and says why", () => {
  const { message } = new RefusedRow("k".repeat(900_000), new Error("it is too long"))
  assert.ok(message.length < 300, `${message.length}`)
  assert.match(message, /^the row "k+… \(900000 characters, #[0-9a-f]{8}\)" is refused: it is too /)
})
