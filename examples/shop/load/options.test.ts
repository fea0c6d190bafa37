/** Tests of what can be chosen about a load. */
import assert from "node:assert/strict"
import { test } from "leftfold/testing"
import { optionsOf } from "./options.ts"

test("what is chosen is taken, and everything else has a value", () => {
  const given = ["--orders", "10000", "--rate=200", "--url", "http://shop:1/", "--short", "0"]
  assert.deepEqual(optionsOf(given), {
    ...{ orders: 10_000, rate: 200, url: "http://shop:1", patienceMs: 30_000 },
    ...{ killEveryMs: undefined, token: undefined },
    shares: { declined: 10, short: 0, cancelled: 5, undelivered: 5 },
  })
  assert.equal(optionsOf([]).url, "http://127.0.0.1:8080")
  assert.equal(optionsOf([], { SHOP: "http://shop:1/", PORT: "9" }).url, "http://shop:1")
  assert.equal(optionsOf([], { PORT: "8090" }).url, "http://127.0.0.1:8090")
  assert.equal(optionsOf(["--url", "http://shop:2"], { SHOP: "x" }).url, "http://shop:2")
  assert.throws(() => optionsOf([], { SHOP: "shop" }), /SHOP is an address/)
  assert.equal(optionsOf(["--kill", "10"]).killEveryMs, 10_000)
  assert.equal(optionsOf([], { SHOP_TOKEN: "a.b" }).token, "a.b")
  assert.equal(optionsOf(["--token", "dev:bob"], { SHOP_TOKEN: "a.b" }).token, "dev:bob")
  // A shop of its own knows nobody's tokens.
  assert.equal(optionsOf(["--kill", "10"], { SHOP_TOKEN: "a.b" }).token, undefined)
})

test("what cannot be is refused, with its name", () => {
  const refuses = (args: readonly string[], why: RegExp) =>
    assert.throws(
      () => optionsOf(args),
      (error) => error instanceof TypeError && why.test(error.message),
    )
  refuses(["--orders", "0"], /--orders/)
  refuses(["--orders", "1e3"], /--orders/)
  refuses(["--rate", "10001"], /--rate/)
  refuses(["--short", "101"], /--short/)
  refuses(["--declined", "60", "--short", "41"], /111 percent/)
  refuses(["--url", "shop:8080"], /--url/)
  refuses(["--kill", "0"], /--kill/)
  refuses(["--kill", "10", "--url", "http://shop:1"], /leave out --url/)
  refuses(["--token", "Bearer x"], /--token/)
  refuses(["--speed", "3"], /speed/)
})
