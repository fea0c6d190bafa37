/** Tests of what production demands of a nats-server. */
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { test } from "../../testing/test.ts"
import { freePort, ownNats } from "../../testing/own-servers.ts"
import { checkDurability } from "./durability.ts"

const monitored = async (t: TestContext, syncInterval?: string) => {
  const monitorPort = await freePort()
  await ownNats(t, { monitorPort, ...(syncInterval ? { syncInterval } : {}) })
  return `http://127.0.0.1:${monitorPort}`
}

test("production accepts a server that flushes to disk before it acknowledges", async (t) => {
  const monitorUrl = await monitored(t, "always")
  await checkDurability({ profile: "production", monitorUrls: [monitorUrl] })
})

test("production refuses a server that flushes at intervals, and says why", async (t) => {
  const monitorUrl = await monitored(t)
  const options = { profile: "production", monitorUrls: [monitorUrl] } as const
  await assert.rejects(checkDurability(options), /power cut loses what was acknowledged/)
  await checkDurability({ ...options, acceptPowerLoss: true })
  await checkDurability({ ...options, profile: "development" })
})

test("production refuses a server that it cannot check", async () => {
  const monitorUrls = [`http://127.0.0.1:${await freePort()}`]
  await assert.rejects(checkDurability({ profile: "production", monitorUrls }), /cannot be read/)
  await assert.rejects(checkDurability({ profile: "production" }), /NATS_MONITOR_URL/)
})
