/** Tests of the embedded Postgres: it keeps its data, whoever runs it and wherever that is. */
import assert from "node:assert/strict"
import { chmod, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "node:test"
import postgres from "postgres"
import { ownPostgres } from "../../../testing/own-servers.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { isRunning } from "../until-gone.ts"

const skip = process.getuid?.() !== 0 && "only root runs Postgres as another user"

async function ask<Row>(url: string, statement: string): Promise<ReadonlyArray<Row>> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  try {
    return [...await sql.unsafe<Array<Row & object>>(statement)]
  } finally {
    await sql.end()
  }
}

test("what was committed is there after a kill, a restart and a stop", async (t) => {
  const server = await ownPostgres(t)
  await ask(server.url, "create table things as select 7 as number")
  const before = server.pid
  await server.kill()
  assert.equal(isRunning(before), false)
  await server.restart()
  assert.deepEqual(await ask(server.url, "select number from things"), [{ number: 7 }])
  await server.restart()
  assert.deepEqual(await ask(server.url, "select number from things"), [{ number: 7 }])
  await server.stop()
  assert.equal(isRunning(server.pid), false)
})

test("it is durable, listens on loopback only, and does not wait for its clients", async (t) => {
  const settings = { max_connections: "17" }
  const server = await ownPostgres(t, { settings, stopGraceMs: 60_000 })
  const rows = await ask<{ name: string; setting: string }>(
    server.url,
    "select name, setting from pg_settings where name in " +
      "('listen_addresses', 'fsync', 'max_connections', 'server_encoding') order by name",
  )
  assert.deepEqual(rows.map(({ name, setting }) => `${name} ${setting}`), [
    "fsync on",
    "listen_addresses 127.0.0.1",
    "max_connections 17",
    "server_encoding UTF8",
  ])
  const sql = postgres(server.url, { max: 1 })
  await sql`select 1`
  await server.stop()
  await sql.end({ timeout: 0 })
})

test(
  "for root it runs as another user, also when that user cannot reach the folder",
  { skip },
  async (t) => {
    const closed = await temporaryFolder(t)
    await chmod(closed, 0o700)
    const server = await ownPostgres(t, { dataFolder: join(closed, "postgres") })
    t.after(() => rm(server.dataFolder, { recursive: true, force: true }))
    assert.notEqual(server.dataFolder, join(closed, "postgres"))
    assert.notEqual((await stat(server.dataFolder)).uid, 0)
    assert.ok(server.userName)
    assert.equal((await stat(join(closed, "postgres"))).ino, (await stat(server.dataFolder)).ino)
  },
)

test("data of another major version is refused", async (t) => {
  const dataFolder = await temporaryFolder(t)
  await writeFile(join(dataFolder, "PG_VERSION"), "15\n")
  await assert.rejects(ownPostgres(t, { dataFolder }), {
    name: "ServerError",
    message: /was written by Postgres 15, and this is Postgres 18: .*LEFTFOLD_DATA/,
  })
})

test("a setting that Postgres refuses is told with its last words", async (t) => {
  await assert.rejects(ownPostgres(t, { settings: { max_connections: "none" } }), {
    name: "ServerError",
    message: /^Postgres stopped with exit code 1 while starting; its last words: .*max_connections/,
  })
})
