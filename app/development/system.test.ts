/** Tests of the start command as a process, with an application that does nothing. */
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"
import { createServer } from "node:net"
import { join } from "node:path"
import { performance } from "node:perf_hooks"
import process from "node:process"
import { after } from "node:test"
import { test } from "../../testing/test.ts"
import { type Program, startProgram } from "../../testing/program.ts"
import {
  makeTemporaryFolder,
  removeFolder,
  type TestScope,
} from "../../testing/temporary-folder.ts"
import { untilGone } from "./until-gone.ts"
import { freePort, loopback, requireFreePort } from "./port.ts"

/** Starts the command on free ports. `data` is the folder of its servers' data. */
async function start(scope: TestScope, data: string, changes: Record<string, string> = {}) {
  const environment: Record<string, string> = {
    PORT: String(await freePort()),
    NATS_PORT: String(await freePort()),
    PG_PORT: String(await freePort()),
    NATS_URL: "",
    DATABASE_URL: "",
    LEFTFOLD_DATA: data,
    ...changes,
  }
  const program = startProgram(scope, "testing/start-idle.ts", environment)
  return { program, url: `http://${loopback}:${environment.PORT}`, environment }
}

/** The process ids of both servers, from their process id files. */
async function serverPids(data: string): Promise<ReadonlyArray<number>> {
  const files = ["nats/nats-server.pid", "postgres/postmaster.pid"]
  return await Promise.all(
    files.map(async (file) => Number.parseInt(await readFile(join(data, file), "utf8"), 10)),
  )
}

async function expectGone(pids: ReadonlyArray<number>): Promise<void> {
  assert.equal(pids.length, 2)
  await Promise.all(pids.map(untilGone))
}

const ending = async (program: Program) => [await program.exited, program.output()] as const

const data = await makeTemporaryFolder()
after(() => removeFolder(data))

test("the command prints ready and serves, and Ctrl-C stops everything", async (t) => {
  const { program, url } = await start(t, data)
  await program.untilOutput(new RegExp(`^ready ${url}$`, "m"))
  const pids = await serverPids(data)
  assert.equal(await (await fetch(url)).text(), "idle")
  assert.match(program.output(), /✓ nats-server \d+\.\d+\.\d+ on port \d+, from .+ \(\d/)
  assert.match(program.output(), /✓ Postgres 18\.\d+ on port \d+/)
  program.send("SIGINT", "group")
  assert.equal(await program.exited, 0)
  await expectGone(pids)
})

test("a hanging application does not delay the end: everything is gone within 5 s", async (t) => {
  const { program } = await start(t, data, { IDLE_BEHAVIOUR: "hangs" })
  await program.untilOutput(/^ready /m)
  const pids = await serverPids(data)
  const beforeMs = performance.now()
  program.send("SIGTERM")
  assert.equal(await program.exited, 0)
  assert.ok(performance.now() - beforeMs < 5_000)
  await expectGone(pids)
})

test("a second signal kills everything at once", async (t) => {
  const { program } = await start(t, data, { IDLE_BEHAVIOUR: "hangs" })
  await program.untilOutput(/^ready /m)
  const pids = await serverPids(data)
  program.send("SIGHUP")
  await program.untilOutput(/stopping/)
  program.send("SIGINT")
  assert.equal(await program.exited, 1)
  await expectGone(pids)
})

test("a kill -9 leaves nothing behind, and the same command can follow at once", async (t) => {
  const { program, environment } = await start(t, data)
  await program.untilOutput(/^ready /m)
  const pids = await serverPids(data)
  program.send("SIGKILL")
  const next = await start(t, data, environment)
  await next.program.untilOutput(/^ready /m)
  await expectGone(pids)
  const [nats, postgres] = await serverPids(data)
  process.kill(nats ?? 0, "SIGKILL")
  const [code, output] = await ending(next.program)
  assert.equal(code, 1)
  assert.match(output, /^nats-server was ended by signal 9 by itself/m)
  await untilGone(postgres ?? 0)
})

test("an application that fails to start is reported, and the servers are stopped", async (t) => {
  const { program, environment } = await start(t, data, { IDLE_BEHAVIOUR: "fails" })
  const [code, output] = await ending(program)
  assert.equal(code, 1)
  assert.match(output, /^the application did not start: the menu is missing$/m)
  await requireFreePort(Number(environment.NATS_PORT), "NATS_PORT")
  await requireFreePort(Number(environment.PG_PORT), "PG_PORT")
})

test("a port in use is reported before anything is started", async (t) => {
  const port = await freePort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, loopback, resolve))
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const { program } = await start(t, "/nowhere", { PORT: String(port) })
  assert.deepEqual(await ending(program), [
    1,
    `port ${port} is already in use by another process (PORT): stop it, or choose another port ` +
    "with PORT=…\n",
  ])
})
