/** Tests of the driver rule. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { drivers } from "./drivers.ts"
import { placesOf, treeOf } from "./rule.ts"

const refused = (path: string, specifier: string) =>
  drivers(treeOf({ [path]: `/** A file. */\nimport { a } from "${specifier}"\n` })).length > 0

test("a driver is imported by driver files and the gateway only", () => {
  assert.ok(refused("actors/host.ts", "nats"))
  assert.ok(refused("actors/journal.ts", "@nats-io/jetstream"))
  assert.ok(refused("projections/runner.ts", "postgres"))
  assert.ok(refused("contracts/envelope.ts", "npm:postgres@3"))
  assert.ok(refused("examples/shop/main.ts", "postgres"))
  assert.ok(!refused("examples/shop/page.ts", "@hono/node-server/serve-static"))
  assert.ok(!refused("actors/journal-nats.ts", "@nats-io/jetstream/internal"))
  assert.ok(!refused("projections/store-postgres.ts", "postgres"))
  assert.ok(!refused("gateway/mod.ts", "hono/cors"))
})

test("scripts, testing and tests may import drivers, and app only where its files say so", () => {
  assert.ok(!refused("scripts/bench/load.ts", "nats"))
  assert.ok(!refused("testing/servers.ts", "postgres"))
  assert.ok(!refused("app/development/postgres/run-sql.ts", "postgres"))
  assert.ok(!refused("actors/host.test.ts", "nats"))
  assert.ok(!refused("app/operations/backup-nats.ts", "nats"))
  assert.ok(refused("app/start.ts", "nats"))
})

test("our own file with a driver's name is not the driver", () => {
  const text = `/** A. */\nimport { a } from "./nats.ts"\nimport { b } from "nats"\n`
  assert.deepEqual(placesOf(drivers(treeOf({ "actors/a.ts": text }))), ["actors/a.ts:3"])
})
