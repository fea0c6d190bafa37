/** Streams are made, compared with how they would be made, and changed, on a real server. */
import assert from "node:assert/strict"
import { test } from "node:test"
import { jetstreamManager } from "@nats-io/jetstream"
import { natsWire } from "../contracts/mod.ts"
import { createNamespace } from "../scripts/testing/namespace.ts"
import { compareStreams, provisionStreams, updateStreams } from "./provision-nats.ts"

test("streams differ while they are missing, not once made, and again when changed", async (t) => {
  const { natsUrl } = await createNamespace()
  const wire = await natsWire({ url: natsUrl, name: "provision test" })
  t.after(() => wire.close())
  const missing = await compareStreams(wire, ["bank"])
  assert.ok(missing.every((each) => each.missing && each.settings.length === 0))
  assert.deepEqual(missing.map(({ stream }) => stream), await provisionStreams(wire, ["bank"]))
  assert.deepEqual(await compareStreams(wire, ["bank"]), [])

  const { streams } = await jetstreamManager(wire.connection, { checkAPI: false })
  await streams.update("bank", { allow_direct: false, max_bytes: 1e9 })
  const settings = [{ setting: "allow_direct", is: false, wanted: true }]
  const changed = await compareStreams(wire, ["bank"])
  assert.deepEqual(changed, [{ stream: "bank", missing: false, settings }])
  await updateStreams(wire, changed)
  assert.deepEqual(await compareStreams(wire, ["bank"]), [])
  assert.equal((await streams.info("bank")).config.max_bytes, 1e9)
})

test("what a server cannot do is refused by it, and said", async (t) => {
  const { natsUrl } = await createNamespace()
  const wire = await natsWire({ url: natsUrl, name: "provision test" })
  t.after(() => wire.close())
  await provisionStreams(wire, ["bank"])
  const wanted = await compareStreams(wire, ["bank"], { replicas: 3 })
  assert.ok(wanted.every(({ settings }) => settings[0]?.setting === "num_replicas"))
  await assert.rejects(updateStreams(wire, wanted), /replicas/)
})
