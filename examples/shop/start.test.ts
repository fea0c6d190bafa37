/** Tests of `npm start` with the shop: each role is its own user of the embedded servers. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "node:test"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { connect } from "nats"
import { DATABASE_ROLES } from "../../app/operations/database-roles.ts"
import { freePort, loopback } from "../../app/development/port.ts"
import { runSql } from "../../app/development/postgres/run-sql.ts"
import { scriptCommand } from "../../app/development/script-command.ts"
import { startProgram } from "../../testing/program.ts"
import { temporaryFolder, type TestScope } from "../../testing/temporary-folder.ts"

const start = async (scope: TestScope, data: string) => {
  const [port, nats, postgres] = [await freePort(), await freePort(), await freePort()]
  const environment = {
    PORT: String(port),
    NATS_PORT: String(nats),
    PG_PORT: String(postgres),
    NATS_URL: "",
    DATABASE_URL: "",
    LEFTFOLD_DATA: data,
  }
  const program = startProgram(scope, "examples/shop/start.ts", environment)
  await program.untilOutput(/^ready /m)
  const stop = async () => {
    program.send("SIGTERM")
    assert.equal(await program.exited, 0, program.output())
  }
  return {
    stop,
    environment,
    url: `http://${loopback}:${port}`,
    natsUrl: `nats://${loopback}:${nats}`,
    databaseUrl: `postgres://${DATABASE_ROLES.reader}@${loopback}:${postgres}/leftfold`,
    output: () => program.output(),
  }
}

const receive = (sku: string) => [`cmd.stock.item.${sku}.ReceiveStock`, '{"quantity":10}'] as const

type Started = Awaited<ReturnType<typeof start>>

/** From a shell: anybody may ask, and may do no more than that. */
const askFromShell = async ({ natsUrl, databaseUrl }: Started) => {
  const anybody = await connect({ servers: natsUrl })
  assert.match((await anybody.request(...receive("tea"))).string(), /"position":"stock:1"/)
  await assert.rejects(anybody.request("evt.stock.item.1.tea", "{}"), /Permissions Violation/i)
  await assert.rejects(anybody.request("$JS.API.STREAM.DELETE.stock"), /Permissions Violation/i)
  await anybody.close()
  await assert.rejects(runSql(databaseUrl, "create schema mine"), /permission denied/)
}

/** The command line finds the servers, and rebuilds a view as the role that keeps it. */
const rebuild = async ({ environment, url }: Started) => {
  for (const args of [["provision"], ["rebuild", "stock.level"], ["projections"]]) {
    const [program, ...before] = scriptCommand(new URL("../../cli/main.ts", import.meta.url))
    const cwd = fileURLToPath(new URL("../..", import.meta.url))
    const env = { ...process.env, ...environment, NATS_URL: undefined, DATABASE_URL: undefined }
    await promisify(execFile)(program, [...before, ...args], { cwd, env, timeout: 60_000 })
  }
  const received = await fetch(`${url}/stock/item/tea/ReceiveStock`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: '{"quantity":10}',
  })
  const after = received.headers.get("Leftfold-Position") ?? ""
  const level = await fetch(`${url}/stock/level/tea`, { headers: { "Leftfold-After": after } })
  assert.equal(level.status, 200, await level.text())
}

test("all enter as users of their own, again later on, and no password is shown", async (t) => {
  const data = await temporaryFolder(t)
  const first = await start(t, data)
  await askFromShell(first)
  await first.stop()
  const second = await start(t, data)
  const passwords = JSON.parse(await readFile(join(data, "passwords.json"), "utf8")) as Record<
    string,
    string
  >
  const admin = await connect({
    servers: second.natsUrl,
    user: "admin",
    pass: passwords["admin"]!,
    inboxPrefix: "_INBOX_admin",
  })
  assert.match((await admin.request("$JS.API.STREAM.INFO.stock")).string(), /"name":"stock"/)
  await admin.close()
  await rebuild(second)
  await second.stop()
  for (const password of Object.values(passwords)) {
    assert.ok(!(first.output() + second.output()).includes(password))
  }
})
