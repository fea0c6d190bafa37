/** Tests of the import rule. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { imports } from "./imports.ts"
import { placesOf, treeOf } from "./rule.ts"

const refused = (path: string, specifier: string) =>
  imports(treeOf({ [path]: `/** A file. */\nimport { a } from "${specifier}"\n` })).length > 0

const pairs = (list: string): [string, string][] =>
  list.trim().split("\n").map((line) => {
    const [path = "", specifier = ""] = line.trim().split(/\s+/)
    return [path, specifier]
  })

test("the write side, the read side and the gateway keep to the design", () => {
  const wrong = pairs(`
    contracts/client.ts       ../actors/mod.ts
    actors/host.ts            ../projections/mod.ts
    projections/runner.ts     ../actors/mod.ts
    gateway/mod.ts            ../actors/mod.ts
    gateway/mod.ts            ../app/mod.ts
    app/mod.ts                ../examples/shop/orders/contract.ts
    actors/host.ts            ../../elsewhere/a.ts
    actors/host.ts            ./mailbox`)
  for (const [path, to] of wrong) assert.ok(refused(path, to), `${path} may import ${to}`)
  const right = pairs(`
    actors/host.ts            ../contracts/mod.ts
    actors/host.ts            ./mailbox.ts
    gateway/mod.ts            ../projections/mod.ts
    app/mod.ts                ../actors/mod.ts
    app/mod.ts                ../gateway/mod.ts
    contracts/codec.ts        msgpackr`)
  for (const [path, to] of right) assert.ok(!refused(path, to), `${path} cannot import ${to}`)
})

test("another folder is entered by its door", () => {
  assert.ok(refused("actors/host.ts", "../contracts/envelope.ts"))
  assert.ok(!refused("app/mod.ts", "../actors/journal-nats.ts"))
  assert.ok(!refused("app/testing.ts", "../actors/testing.ts"))
  assert.ok(!refused("actors/host.test.ts", "../contracts/envelope.ts"))
  assert.ok(!refused("actors/journal.suite.ts", "../contracts/envelope.ts"))
})

test("the framework does not use its published names", () => {
  assert.ok(refused("app/mod.ts", "leftfold/actors"))
  assert.ok(!refused("examples/counter.ts", "leftfold/actors"))
})

test("a shop context knows published names, itself and the others' contracts", () => {
  const order = "examples/shop/orders/order.ts"
  assert.ok(refused(order, "../../../actors/mod.ts"))
  assert.ok(refused(order, "../payments/payment.ts"))
  assert.ok(refused(order, "../main.ts"))
  assert.ok(!refused(order, "../payments/contract.ts"))
  assert.ok(!refused(order, "./contract.ts"))
  assert.ok(!refused(order, "leftfold/actors"))
})

test("the shop's main file knows every context, and the framework by name", () => {
  assert.ok(!refused("examples/shop/main.ts", "./orders/order.ts"))
  assert.ok(refused("examples/shop/main.ts", "../../app/mod.ts"))
  assert.ok(refused("examples/counter.ts", "../contracts/mod.ts"))
})

test("only tests import scripts/testing, and nothing else imports scripts", () => {
  assert.ok(refused("examples/shop/main.ts", "../../scripts/testing/servers.ts"))
  assert.ok(!refused("examples/shop/shop.test.ts", "../../scripts/testing/servers.ts"))
  assert.ok(!refused("actors/journal-nats.test.ts", "../scripts/testing.ts"))
  assert.ok(refused("actors/journal-nats.test.ts", "../scripts/start.ts"))
})

test("only scripts and tests import a composition root", () => {
  assert.ok(refused("examples/shop/report.ts", "./main.ts"))
  assert.ok(!refused("examples/shop/shop.test.ts", "./main.ts"))
  assert.ok(!refused("scripts/start.ts", "../examples/shop/main.ts"))
})

test("types, re-exports and dynamic imports count, and the line is named", () => {
  const text = `/** A. */\nexport * from "../actors/mod.ts"\n\nawait import("../actors/a.ts")\n`
  const tree = treeOf({ "contracts/a.ts": text })
  assert.deepEqual(placesOf(imports(tree)), ["contracts/a.ts:2", "contracts/a.ts:4"])
})
