/** Tests of the namespaces: each is empty, usable and apart from the others. */
import assert from "node:assert/strict"
import { test } from "./test.ts"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "nats"
import postgres from "postgres"
import { createAccount, createNamespace } from "./namespace.ts"

/** Connects as the users of a namespace do: the credentials are in the address. */
async function connectTo(natsUrl: string) {
  const { host, username, password } = new URL(natsUrl)
  return await connect({ servers: host, user: username, pass: password })
}

test("two namespaces have a database each, and neither sees the other's tables", async () => {
  const [one, other] = await Promise.all([createNamespace(), createNamespace()])
  assert.notEqual(one.databaseUrl, other.databaseUrl)
  const [first, second] = [
    postgres(one.databaseUrl, { max: 1 }),
    postgres(other.databaseUrl, { max: 1 }),
  ]
  try {
    await first`create table mine (id text)`
    const tables = await second`select 1 from pg_tables where tablename = 'mine'`
    assert.equal(tables.length, 0)
  } finally {
    await Promise.all([first.end(), second.end()])
  }
})

test("two namespaces may have streams of the same name", async () => {
  const namespaces = await Promise.all([createNamespace(), createNamespace()])
  for (const { natsUrl } of namespaces) {
    const connection = await connectTo(natsUrl)
    const manager = await jetstreamManager(connection)
    await manager.streams.add({ name: "orders", subjects: ["evt.orders.>"] })
    const { seq } = await jetstream(connection).publish("evt.orders.order.1")
    assert.equal(seq, 1)
    await connection.close()
  }
})

test("an account is apart from those of namespaces, and has no database", async () => {
  const [account, { natsUrl, databaseUrl }] = [await createAccount(), await createNamespace()]
  assert.notEqual(account, natsUrl)
  const connection = await connectTo(account)
  const { streams } = await jetstreamManager(connection)
  await streams.add({ name: "orders", subjects: ["evt.orders.>"] })
  assert.deepEqual((await streams.list().next()).map(({ config }) => config.name), ["orders"])
  await connection.close()
  const sql = postgres(databaseUrl, { max: 1 })
  const named = await sql`select 1 from pg_database where datname = ${new URL(account).username}`
  await sql.end()
  assert.equal(named.length, 0)
})

test("a namespace without servers says how to run the tests", async () => {
  await assert.rejects(createAccount({}), /run the tests with npm test/)
  await assert.rejects(createNamespace({}), /run the tests with npm test/)
})
