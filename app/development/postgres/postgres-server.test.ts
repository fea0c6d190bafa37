/** Tests of the embedded Postgres: it keeps its data under any user and in any folder. */
import assert from "node:assert/strict"
import { chmod, rm, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "../../../testing/test.ts"
import postgres from "postgres"
import { ownPostgres } from "../../../testing/own-servers.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { runCommand } from "../command.ts"
import { findPostgres } from "./postgres-binary.ts"
import { databaseUser } from "./postgres-data.ts"
import { makeOwnedFolder } from "./postgres-folder.ts"
import { serverUser } from "./server-user.ts"
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

test("committed rows survive a kill, a restart and a stop", async (t) => {
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

test("Postgres is durable, listens only on loopback, and does not wait for clients", async (t) => {
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
  "for root, Postgres runs as another user, even if that user cannot reach the folder",
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

/** Makes data with a table, as it was made when everybody on the machine was trusted. */
async function trustingData(folder: string): Promise<void> {
  const binary = await findPostgres()
  const user = await serverUser(folder)
  await makeOwnedFolder(folder, user)
  const made = await runCommand(binary.initdb, [
    ...[`--pgdata=${folder}`, `--username=${databaseUser}`, "--auth=trust", "--encoding=UTF8"],
    ...["--locale=C", "--no-instructions"],
  ], { user })
  assert.equal(made.exitCode, 0, made.output)
  const inSingle = (database: string, input: string) =>
    runCommand(binary.postgres, ["--single", "-D", folder, database], { user, input })
  await inSingle("postgres", "create database leftfold;\n")
  await inSingle("leftfold", "create table things as select 7 as number;\n")
}

test("data that trusted everybody now requires a password, and keeps its rows", async (t) => {
  const dataFolder = join(await temporaryFolder(t), "postgres")
  await trustingData(dataFolder)
  const server = await ownPostgres(t, { dataFolder, password: "first" })
  assert.deepEqual(await ask(server.url, "select number from things"), [{ number: 7 }])
  await assert.rejects(ask(server.url.replace(":first@", "@"), "select 1"), /password/)
  await server.stop()
  const other = await ownPostgres(t, { dataFolder, password: "second" })
  assert.deepEqual(await ask(other.url, "select number from things"), [{ number: 7 }])
  await assert.rejects(ask(other.url.replace("second", "first"), "select 1"), /password/)
  await other.stop()
})

test("every connection needs a password and comes over loopback", async (t) => {
  const server = await ownPostgres(t)
  for (const user of [databaseUser, "postgres", "nobody"]) {
    const url = Object.assign(new URL(server.url), { username: user, password: "" }).href
    await assert.rejects(ask(url, "select 1"), /password authentication failed/, user)
  }
  const rows = await ask<{ rule: string }>(
    server.url,
    "select concat_ws(' ', type, address, auth_method) as rule from pg_hba_file_rules",
  )
  assert.deepEqual(rows, [{ rule: "host 127.0.0.1 scram-sha-256" }])
  const [sockets] = await ask(server.url, "show unix_socket_directories")
  assert.deepEqual({ ...sockets as object }, { unix_socket_directories: "" })
  const stored = await ask<{ secret: string }>(
    server.url,
    "select rolpassword as secret from pg_authid where rolcanlogin",
  )
  assert.match(stored[0]!.secret, /^SCRAM-SHA-256\$/)
})

test("a password changed outside Leftfold is reported at once, with what to do", async (t) => {
  const dataFolder = join(await temporaryFolder(t), "postgres")
  const options = { dataFolder, password: "mine" }
  const server = await ownPostgres(t, options)
  await ask(server.url, `alter role ${databaseUser} password 'theirs'`)
  await server.stop()
  await assert.rejects(ownPostgres(t, options), /refuses the password .* delete pg_hba\.conf/)
  await rm(join(dataFolder, "pg_hba.conf"))
  const again = await ownPostgres(t, options)
  assert.equal((await ask(again.url, "select 1")).length, 1)
  await again.stop()
})

test("data of another major version is refused", async (t) => {
  const dataFolder = await temporaryFolder(t)
  await writeFile(join(dataFolder, "PG_VERSION"), "15\n")
  await assert.rejects(ownPostgres(t, { dataFolder }), {
    name: "ServerError",
    message: /was written by Postgres 15, and this is Postgres 18: .*LEFTFOLD_DATA/,
  })
})

test("a setting that Postgres refuses is reported with its last words", async (t) => {
  await assert.rejects(ownPostgres(t, { settings: { max_connections: "none" } }), {
    name: "ServerError",
    message: /^Postgres stopped with exit code 1 while starting; its last words: .*max_connections/,
  })
})
