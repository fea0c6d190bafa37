/** Tests of the import rule. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { imports } from "./imports.ts"
import { placesOf, treeOf } from "./rule.ts"

const refused = (path: string, specifier: string) =>
  imports(treeOf({ [path]: `/** A file. */\nimport { a } from "${specifier}"\n` })).length > 0

const pairs = (list: string): [string, string][] =>
  list.trim().split("\n").map((line) => {
    const [path = "", specifier = ""] = line.trim().split(/\s+/)
    return [path, specifier]
  })

test("a room imports from the rooms below it only", () => {
  const wrong = pairs(`
    contracts/contract.ts        ../wire/internal.ts
    wire/client/client.ts        ../../actors/internal.ts
    actors/host/host.ts          ../../projections/internal.ts
    projections/worker/runner.ts ../../actors/internal.ts
    gateway/gateway.ts           ../actors/internal.ts
    gateway/gateway.ts           ../app/internal.ts
    app/mod.ts                   ../examples/shop/orders/contract.ts
    app/mod.ts                   ../simulation/internal.ts
    simulation/run.ts            ../gateway/internal.ts
    app/development/system.ts    ../../testing/servers.ts
    actors/host/host.ts          ../../../elsewhere/a.ts
    actors/host/host.ts          ./mailbox`)
  for (const [path, to] of wrong) assert.ok(refused(path, to), `${path} may import ${to}`)
  const right = pairs(`
    actors/host/host.ts          ../../contracts/internal.ts
    actors/host/host.ts          ./mailbox.ts
    actors/host/host.ts          ../actor.ts
    gateway/gateway.ts           ../projections/internal.ts
    app/start.ts                 ../actors/internal.ts
    app/start.ts                 ../gateway/internal.ts
    cli/simulate.ts              ../simulation/internal.ts
    simulation/run.ts            ../app/internal.ts
    testing/servers.ts           ../app/development/port.ts
    wire/nats/wire-nats.ts       nats`)
  for (const [path, to] of right) assert.ok(!refused(path, to), `${path} cannot import ${to}`)
})

test("another room is entered by its door", () => {
  assert.ok(refused("actors/host/host.ts", "../../wire/envelope.ts"))
  assert.ok(refused("actors/host/host.ts", "../../contracts/mod.ts"))
  assert.ok(refused("app/start.ts", "../actors/journal/journal-nats.ts"))
  assert.ok(!refused("actors/host/host.test.ts", "../../wire/envelope.ts"))
  assert.ok(!refused("actors/journal/journal.suite.ts", "../../wire/envelope.ts"))
  assert.ok(!refused("actors/fixtures/bank.ts", "../../wire/envelope.ts"))
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

test("only tests import testing, and nothing imports scripts", () => {
  assert.ok(refused("examples/shop/main.ts", "../../testing/servers.ts"))
  assert.ok(refused("examples/shop/main.ts", "leftfold/testing"))
  assert.ok(refused("examples/shop/main.ts", "leftfold/development"))
  assert.ok(!refused("examples/shop/shop.test.ts", "leftfold/testing"))
  assert.ok(!refused("examples/shop/cluster.ts", "leftfold/development"))
  assert.ok(!refused("actors/journal/journal-nats.test.ts", "../../testing/namespace.ts"))
  assert.ok(refused("actors/journal/journal-nats.test.ts", "../../scripts/ok.ts"))
  assert.ok(refused("testing/servers.ts", "../scripts/ok.ts"))
})

test("an example uses published names, also in its tests, but for a short list", () => {
  const wrong = pairs(`
    examples/helpers.test.ts           ../testing/test.ts
    examples/shop/shop.test.ts         ../../testing/servers.ts
    examples/shop/shop.suite.ts        ../../wire/internal.ts
    examples/shop/fixtures/visitor.ts  ../../../testing/until.ts
    examples/shop/orders/order.test.ts ../../../testing/test.ts
    examples/shop/cluster.ts           ../../app/development/port.ts
    examples/shop/cluster.test.ts      ../../app/development/port.ts
    examples/other/load/main.ts        ../../../app/development/port.ts`)
  for (const [path, to] of wrong) assert.ok(refused(path, to), `${path} may import ${to}`)
  const right = pairs(`
    examples/shop/deploy/users.ts      ../../../app/operations/nats-users.ts
    examples/shop/deploy/users.test.ts ../../../testing/certificates.ts
    examples/shop/load/main.ts         ../../../app/development/steps.ts
    examples/shop/start.test.ts        ../../app/operations/nats-users.ts`)
  for (const [path, to] of right) assert.ok(!refused(path, to), `${path} cannot import ${to}`)
})

test("only tests and what tries an example out import its composition root", () => {
  assert.ok(refused("examples/shop/report.ts", "./main.ts"))
  assert.ok(!refused("examples/shop/shop.test.ts", "./main.ts"))
  assert.ok(!refused("examples/shop/cluster.ts", "./main.ts"))
})

test("types, re-exports and dynamic imports count, and the line is named", () => {
  const text =
    `/** A. */\nexport * from "../actors/internal.ts"\n\nawait import("../actors/a.ts")\n`
  const tree = treeOf({ "contracts/a.ts": text })
  assert.deepEqual(placesOf(imports(tree)), ["contracts/a.ts:2", "contracts/a.ts:4"])
})

test("the gateway takes nothing of Postgres from the door of projections", () => {
  const file = (clause: string, from: string) => `/** A file. */\n${clause} from "${from}"\n`
  const door =
    file("export { type PostgresStore, postgresStore }", "./postgres/store-postgres.ts") +
    'export { startQueries } from "./queries/query-server.ts"\n'
  const found = (path: string, clause: string) =>
    placesOf(imports(treeOf({
      "projections/internal.ts": door,
      [path]: file(clause, "../projections/internal.ts"),
    })))
  assert.deepEqual(found("gateway/gateway.ts", "import { startQueries }"), [])
  for (const clause of ["import { postgresStore as a }", "import { b, type PostgresStore }"]) {
    assert.deepEqual(found("gateway/gateway.ts", clause), ["gateway/gateway.ts:2"])
    assert.deepEqual(found("gateway/gateway.test.ts", clause), [])
    assert.deepEqual(found("app/start.ts", clause), [])
  }
})
