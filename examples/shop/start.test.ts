/** Tests of `npm start` with the shop: each role is its own user of the embedded servers. */
import assert from "node:assert/strict"
import { execFile } from "node:child_process"
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { connect } from "nats"
import { temporaryFolder, test, type TestScope } from "leftfold/testing"
import { DATABASE_ROLES } from "../../app/operations/database-roles.ts"
import { freePort, loopback } from "../../app/development/port.ts"
import { withUser } from "../../app/operations/nats-users.ts"
import { databaseUser } from "../../app/development/postgres/postgres-data.ts"
import { runSql } from "../../app/development/postgres/run-sql.ts"
import { scriptCommand } from "../../app/development/script-command.ts"
import { type ProgramOptions, startProgram } from "../../testing/program.ts"

/** The origin of a page that may read answers. */
const PAGE = "https://page.example"

const start = async (scope: TestScope, data: string, options: ProgramOptions = {}) => {
  const ports = await Promise.all(Array.from({ length: 4 }, () => freePort()))
  const [port, nats, postgres, health] = ports
  const environment = {
    PORT: String(port),
    NATS_PORT: String(nats),
    PG_PORT: String(postgres),
    NATS_URL: "",
    DATABASE_URL: "",
    LEFTFOLD_DATA: data,
    LEFTFOLD_ORIGINS: PAGE,
    LEFTFOLD_HEALTH_PORT: String(health),
  }
  const program = startProgram(
    scope,
    "cli/main.ts",
    environment,
    ["dev", "examples/shop/main.ts"],
    options,
  )
  await program.untilOutput(/^ready /m)
  const stop = async () => {
    program.send("SIGTERM")
    assert.equal(await program.exited, 0, program.output())
  }
  return {
    stop,
    environment,
    url: `http://${loopback}:${port}`,
    healthUrl: `http://${loopback}:${health}`,
    natsUrl: `nats://${loopback}:${nats}`,
    databaseUrl: `postgres://${loopback}:${postgres}/leftfold`,
    output: () => program.output(),
  }
}

const receive = (sku: string) => [`cmd.stock.item.${sku}.ReceiveStock`, '{"quantity":10}'] as const

type Started = Awaited<ReturnType<typeof start>>

/** From a shell: a caller without a name can ask, and nothing more. */
const askFromShell = async ({ natsUrl, databaseUrl }: Started) => {
  const anybody = await connect({ servers: natsUrl })
  assert.match((await anybody.request(...receive("tea"))).string(), /"position":"stock:1"/)
  await assert.rejects(anybody.request("evt.stock.item.1.tea", "{}"), /Permissions Violation/i)
  await assert.rejects(anybody.request("$JS.API.STREAM.DELETE.stock"), /Permissions Violation/i)
  await anybody.close()
  for (const user of [databaseUser, "postgres", ...Object.values(DATABASE_ROLES)]) {
    for (const password of ["", user]) {
      const url = withUser(databaseUrl, user, password)
      await assert.rejects(runSql(url, "select 1"), /password authentication failed/, user)
    }
  }
}

const passwordsIn = async (data: string) =>
  JSON.parse(await readFile(join(data, "passwords.json"), "utf8")) as Record<string, string>

/** The application's Postgres roles are not superusers and cannot run programs. */
const limited = async ({ databaseUrl }: Started, passwords: Record<string, string>) => {
  for (const role of Object.values(DATABASE_ROLES)) {
    const url = withUser(databaseUrl, role, passwords[role]!)
    const [found] = await runSql(
      url,
      "select rolsuper, rolcreaterole from pg_roles where " +
        "rolname = current_user",
    )
    assert.deepEqual({ ...found }, { rolsuper: false, rolcreaterole: false })
    await assert.rejects(runSql(url, "copy (select 1) to program 'id'"), /permission denied/)
  }
  const reader = withUser(databaseUrl, DATABASE_ROLES.reader, passwords[DATABASE_ROLES.reader]!)
  await assert.rejects(runSql(reader, "create schema mine"), /permission denied/)
}

/** The command line finds the servers, and rebuilds a view as the role that owns it. */
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

/** Metrics without a token, a port for probes, and pages of another origin. */
const watch = async ({ url, healthUrl }: Started) => {
  for (const each of [url, healthUrl]) {
    const metrics = await (await fetch(`${each}/metrics`)).text()
    assert.match(metrics, /^leftfold_ready\{leftfold_role="actors"\} 1$/m)
  }
  assert.equal((await fetch(`${healthUrl}/livez`)).status, 200)
  const asked = async (Origin: string) => {
    const { headers } = await fetch(`${url}/stock/totals`, { headers: { Origin } })
    return headers.get("Access-Control-Allow-Origin")
  }
  assert.deepEqual([await asked(PAGE), await asked("https://evil.example")], [PAGE, null])
}

test("all enter as users of their own, again later on, and no password is shown", async (t) => {
  const data = await temporaryFolder(t)
  const first = await start(t, data)
  await askFromShell(first)
  await watch(first)
  await first.stop()
  const second = await start(t, data)
  const passwords = await passwordsIn(data)
  await limited(second, passwords)
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

/** Everything in a folder that other users can access, as `mode path`. */
const openIn = async (folder: string): Promise<string[]> => {
  const found: string[] = []
  for (const entry of await readdir(folder, { recursive: true })) {
    const { mode } = await stat(join(folder, entry))
    if ((mode & 0o077) !== 0) found.push(`${(mode & 0o777).toString(8)} ${entry}`)
  }
  return found
}

test("nothing that is kept is open to others, whatever umask and folders were", async (t) => {
  const data = join(await temporaryFolder(t), "data")
  await mkdir(join(data, "nats"), { recursive: true })
  for (const open of [data, join(data, "nats")]) await chmod(open, 0o777)
  for (const name of ["passwords.json", "nats/nats-server.conf"]) {
    await writeFile(join(data, name), "{}", { mode: 0o666 })
    await chmod(join(data, name), 0o666)
  }
  const started = await start(t, data, { umask: "000" })
  assert.deepEqual(await openIn(data), [])
  const { mode, gid } = await stat(data)
  const passage = (await stat(join(data, "postgres"))).gid
  // If root runs the test, Postgres runs as another user, whose group can pass through.
  const closed = process.getuid?.() === 0 ? [0o710, passage] : [0o700, gid]
  assert.deepEqual([mode & 0o777, gid], closed)
  await started.stop()
})

const asNobody = (command: string) =>
  promisify(execFile)("su", ["-s", "/bin/sh", "nobody", "-c", command]).then(
    ({ stdout, stderr }) => stdout + stderr,
    ({ stdout, stderr }) => stdout + stderr,
  )

test("another user of the machine reads no password and gets into no server", {
  skip: process.getuid?.() !== 0 && "only root can be another user",
}, async (t) => {
  const data = join(await temporaryFolder(t), "data")
  const started = await start(t, data)
  for (const name of ["passwords.json", "nats/nats-server.conf", "postgres/pg_hba.conf"]) {
    assert.match(await asNobody(`cat ${join(data, name)}`), /Permission denied/, name)
  }
  assert.match(await asNobody(`ls ${data}`), /Permission denied/)
  assert.doesNotMatch(
    await asNobody("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null"),
    new RegExp(Object.values(await passwordsIn(data)).join("|")),
  )
  await started.stop()
})
