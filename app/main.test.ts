/** Tests of failed starts: one line says which setting is wrong and what to do. */
import assert from "node:assert/strict"
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import process from "node:process"
import type { TestContext } from "node:test"
import { fileURLToPath, pathToFileURL } from "node:url"
import { test } from "../testing/test.ts"
import { library } from "./fixtures/library.ts"
import { App } from "./mod.ts"
import { DATABASE_ROLES } from "./operations/database-roles.ts"
import { createAccount, createNamespace } from "../testing/namespace.ts"
import { freePort } from "../testing/own-servers.ts"
import { startProgram } from "../testing/program.ts"
import { until } from "../testing/until.ts"
import { runSql } from "../testing/run-sql.ts"

type Environment = Readonly<Record<string, string>>

/** A secret that no message may contain. */
const SECRET = "s3cr3t-of-all"

/** Clears the settings of the test run itself. */
const CLEAN = { NATS_URL: "", DATABASE_URL: "", DATABASE_QUERIES_URL: "", ROLES: "", PORT: "" }

/** The output of a program that fails to start, which must be one line. */
const failure = async (t: TestContext, environment: Environment, args: string[] = []) => {
  const program = startProgram(
    t,
    "testing/start-library.ts",
    { ...CLEAN, ...environment },
    args,
  )
  assert.equal(await program.exited, 1, program.output())
  const output = program.output()
  assert.doesNotMatch(output, new RegExp(SECRET))
  const lines = output.trimEnd().split("\n").filter((line) => !/^\[[\d:.]+\] WARN /.test(line))
  assert.equal(lines.length, 1, output)
  return output
}

const NATS = `nats://u:${SECRET}@127.0.0.1:1`

test("the message about an unknown option lists the known options", async (t) => {
  assert.match(await failure(t, {}, ["--rolez", "actors"]), /--rolez.*the options are --roles/)
  assert.match(await failure(t, {}, ["--roles"]), /the options are --roles and --contexts/)
})

test("a link to the program runs it, and a program that runs nothing says why", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "leftfold-link-"))
  t.after(() => rm(folder, { recursive: true }))
  const library = fileURLToPath(new URL("../testing/start-library.ts", import.meta.url))
  const [link, other] = [join(folder, "linked.ts"), join(folder, "other.ts")]
  await symlink(library, link)
  await writeFile(other, `import ${JSON.stringify(pathToFileURL(library).href)}\n`)
  // Deno looks for what a linked program imports in the folder of the link, and finds nothing.
  if (!("deno" in process.versions)) {
    const linked = startProgram(t, link, { ...CLEAN, DATABASE_URL: SECRET })
    assert.equal(await linked.exited, 1, linked.output())
    assert.match(linked.output(), /DATABASE_URL is no address of Postgres/)
  }
  const idle = startProgram(t, other, CLEAN)
  assert.equal(await idle.exited, 0, idle.output())
  assert.match(idle.output(), /library did not run: App\.main .*start-library\.ts.*other\.ts/)
})

test("a bad setting, or one that production lacks, is reported in one line", async (t) => {
  assert.match(await failure(t, { DATABASE_URL: SECRET }), /DATABASE_URL is no address of Postgres/)
  assert.match(await failure(t, { LEFTFOLD_PROFILE: "production" }), /NATS_URL is not set/)
  const nowhere = await failure(t, { CONTEXTS: "nowhere", NATS_URL: NATS })
  assert.match(nowhere, /no context "nowhere"; there are: .* Correct CONTEXTS/)
  const monitor = `http://u:${SECRET}@127.0.0.1:1`
  const production = { LEFTFOLD_PROFILE: "production", ROLES: "actors", NATS_URL: NATS }
  assert.match(await failure(t, production), /needs NATS_MONITOR_URL/)
  const unread = await failure(t, { ...production, NATS_MONITOR_URL: monitor })
  assert.match(unread, /127\.0\.0\.1:1 \(NATS_MONITOR_URL\) cannot be read/)
  assert.match(await failure(t, { ...production, NATS_MONITOR_URL: SECRET }), /is no address/)
})

test("a server that is down or refuses the user is reported with its setting", async (t) => {
  const { natsUrl, databaseUrl } = await createNamespace()
  const roles = { ROLES: "projections", NATS_URL: natsUrl }
  const changed = (change: (url: URL) => void) => {
    const url = new URL(databaseUrl)
    change(url)
    return { ...roles, DATABASE_URL: url.href }
  }
  const reader = DATABASE_ROLES.reader
  await runSql(
    databaseUrl,
    `revoke connect on database ${new URL(databaseUrl).pathname.slice(1)}
    from public, ${reader}`,
  )
  const cases: readonly (readonly [Environment, RegExp])[] = [
    [
      { NATS_URL: natsUrl, ROLES: "policies" },
      /stream letter-box_timers: .*\(npx leftfold provision\)/,
    ],
    [{ NATS_URL: NATS, ROLES: "gateway" }, /NATS at 127\.0\.0\.1:1 cannot be reached.*NATS_URL/],
    [
      { NATS_URL: natsUrl.replace(/:[^:@/]+@/, `:${SECRET}@`), ROLES: "gateway" },
      /refuses the user of the role gateway or its password: correct NATS_URL/,
    ],
    [changed((url) => url.password = SECRET), /refuses the user leftfold or its .*DATABASE_URL/],
    [changed((url) => url.username = "x"), /refuses the user x or its password.*DATABASE_URL/],
    [changed((url) => url.pathname = "/nowhere"), /has no database nowhere.*DATABASE_URL/],
    [changed((url) => url.username = reader), /does not let the user leftfold_reader into/],
    [
      { ...roles, DATABASE_URL: databaseUrl, DATABASE_QUERIES_URL: `${databaseUrl}x` },
      /has no database .*x .*: correct DATABASE_QUERIES_URL/,
    ],
  ]
  await Promise.all(cases.map(async ([environment, wanted]) => {
    assert.match(await failure(t, environment), wanted)
  }))
})

test("a port in use or a foreign address is reported with the setting to correct", async (t) => {
  const port = await freePort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve))
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const namespace = await createNamespace()
  await App.start(library, { ...namespace, roles: ["provision"] }).then(({ stop }) => stop())
  const given = { NATS_URL: namespace.natsUrl, ROLES: "gateway", PORT: String(await freePort()) }
  const told = /gateway cannot listen on port \d+ of 127\.0\.0\.1: another process .*with PORT/
  assert.match(await failure(t, { ...given, PORT: String(port) }), told)
  const health = await failure(t, { ...given, LEFTFOLD_HEALTH_PORT: String(port) })
  assert.match(health, /the probes cannot listen .* another port with LEFTFOLD_HEALTH_PORT/)
  assert.match(await failure(t, { ...given, HOST: "192.0.2.1" }), /no such address; correct HOST/)
})

test("at the log level debug, the whole error is printed", async (t) => {
  const program = startProgram(t, "testing/start-library.ts", {
    ...CLEAN,
    NATS_URL: SECRET,
    LEFTFOLD_LOG_LEVEL: "debug",
  })
  assert.equal(await program.exited, 1)
  assert.match(program.output(), /NATS_URL is no address of NATS[^]*\n {4}at /)
})

test("a gateway listens on loopback unless HOST says otherwise, and prints where", async (t) => {
  const natsUrl = await createAccount()
  const given = { ...CLEAN, NATS_URL: natsUrl, ROLES: "provision,gateway" }
  for (const [host, told] of [["", "127.0.0.1"], ["0.0.0.0", "0.0.0.0"]] as const) {
    const port = await freePort()
    const stopping = { LEFTFOLD_DRAIN_SECONDS: "0.8", LEFTFOLD_GRACE_SECONDS: "0.2" }
    const environment = { ...given, ...stopping, PORT: String(port), HOST: host }
    const program = startProgram(t, "testing/start-library.ts", environment)
    await program.untilOutput(new RegExp(`library runs provision, gateway http://${told}:${port}`))
    // All of 127/8 is this machine; only a server on all addresses answers here.
    const elsewhere = fetch(`http://127.0.0.2:${port}/livez`).then(
      async (answer) => {
        await answer.body?.cancel()
        return true
      },
      () => false,
    )
    assert.equal(await elsewhere, host !== "")
    const url = `http://127.0.0.1:${port}`
    const path = "/library/loan/l-1/Return"
    const waiting = fetch(`${url}${path}`, { method: "POST", headers: { Prefer: "wait=30" } })
    // Nobody runs actors, so the command waits until the gateway gives up.
    await until(async () => (await fetch(`${url}/healthz`)).status === 200)
    program.send("SIGTERM")
    await until(async () => (await fetch(`${url}/healthz`)).status === 503)
    for (const asked of ["/readyz", "/openapi.json"]) {
      const answer = await fetch(`${url}${asked}`)
      assert.deepEqual([answer.status, answer.headers.get("connection")], [
        asked === "/readyz" ? 503 : 200,
        "close",
      ])
      await answer.body?.cancel()
    }
    const answer = await waiting
    assert.deepEqual([answer.status, answer.headers.get("Retry-After")], [503, "1"])
    assert.match(await answer.text(), /this gateway stops/)
    assert.equal(await program.exited, 0, program.output())
  }
})
