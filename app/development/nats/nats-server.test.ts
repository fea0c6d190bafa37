/** Tests of the embedded nats-server: it keeps its data, and reports what prevents its start. */
import assert from "node:assert/strict"
import { join } from "node:path"
import process from "node:process"
import { test } from "../../../testing/test.ts"
import { jetstream, jetstreamManager } from "@nats-io/jetstream"
import { connect } from "nats"
import { ownNats } from "../../../testing/own-servers.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { isRunning } from "../until-gone.ts"
import { exists } from "../cache.ts"
import { startNats } from "./nats-server.ts"
import { freePort } from "../port.ts"

async function publish(url: string, subject: string): Promise<number> {
  const connection = await connect({ servers: url })
  try {
    const manager = await jetstreamManager(connection)
    await manager.streams.add({ name: "events", subjects: ["evt.>"] })
    return (await jetstream(connection).publish(subject)).seq
  } finally {
    await connection.close()
  }
}

test("stored messages survive a kill, a restart and a stop", async (t) => {
  const nats = await ownNats(t, { syncInterval: "always" })
  assert.equal(await publish(nats.url, "evt.one"), 1)
  const before = nats.pid
  await nats.kill()
  assert.equal(isRunning(before), false)
  await nats.restart()
  assert.notEqual(nats.pid, before)
  assert.equal(await publish(nats.url, "evt.two"), 2)
  await nats.restart()
  assert.equal(await publish(nats.url, "evt.three"), 3)
  await nats.stop()
  assert.equal(isRunning(nats.pid), false)
})

test("the monitoring pages are served when they are asked for", async (t) => {
  const nats = await ownNats(t, { monitorPort: await freePort(), syncInterval: "always" })
  const page: unknown = await (await fetch(`${nats.monitorUrl}/jsz?config=true`)).json()
  assert.match(JSON.stringify(page), /"sync_always":true/)
})

test("a port in use is reported before anything is started", async (t) => {
  const nats = await ownNats(t)
  await assert.rejects(ownNats(t, { port: nats.port }), /already in use .*NATS_PORT/)
})

test("the data is in its folder, and a second server on it is refused", async (t) => {
  const dataFolder = await temporaryFolder(t)
  const nats = await startNats({ port: await freePort(), dataFolder })
  t.after(() => nats.stop())
  assert.equal(await exists(join(dataFolder, "jetstream")), true)
  const other = startNats({ port: await freePort(), dataFolder, startTimeoutMs: 100 })
  await assert.rejects(other, new RegExp(`process ${nats.pid}`))
})

test("a server that ends while starting is reported with its last words", async (t) => {
  const config = { max_payload: "nonsense" }
  await assert.rejects(ownNats(t, { config }), {
    name: "ServerError",
    message:
      /^nats-server stopped with exit code 1 while starting; its last words: .*nats-server\.conf/,
  })
})

test("the death of a server is reported unless it was asked to stop", async (t) => {
  const nats = await ownNats(t)
  await nats.restart()
  process.kill(nats.pid, "SIGKILL")
  assert.match(await nats.died, /^nats-server was ended by signal 9 by itself/)
})
