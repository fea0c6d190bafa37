/** Tests that streams are made, compared with their wanted settings, and changed, on a server. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { jetstreamManager } from "@nats-io/jetstream"
import { TimeoutError } from "nats"
import { type NatsWire, natsWire } from "../../wire/internal.ts"
import { createAccount } from "../../testing/namespace.ts"
import { compareStreams, provisionStreams, updateStreams } from "./provision-nats.ts"

test("streams differ while they are missing, and after a change of their settings", async (t) => {
  const natsUrl = await createAccount()
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

test("a setting that the server refuses rejects with the server's reason", async (t) => {
  const natsUrl = await createAccount()
  const wire = await natsWire({ url: natsUrl, name: "provision test" })
  t.after(() => wire.close())
  await provisionStreams(wire, ["bank"])
  const wanted = await compareStreams(wire, ["bank"], { replicas: 3 })
  assert.ok(wanted.every(({ settings }) => settings[0]?.setting === "num_replicas"))
  await assert.rejects(updateStreams(wire, wanted), /replicas/)
})

/** A wire that loses the first request with each prefix, or only the answer when it creates. */
const unheardOnce = (wire: NatsWire, ...prefixes: string[]): NatsWire => {
  const left = new Set(prefixes)
  const request: NatsWire["connection"]["request"] = async (subject, ...given) => {
    const prefix = [...left].find((each) => subject.startsWith(each))
    if (prefix === undefined) return await wire.connection.request(subject, ...given)
    left.delete(prefix)
    if (subject.includes("CREATE")) await wire.connection.request(subject, ...given)
    throw new TimeoutError()
  }
  const connection = new Proxy(wire.connection, {
    get: (target, name) => name === "request" ? request : Reflect.get(target, name, target),
  })
  return { connection, names: wire.names } as NatsWire
}

test("a lost request is retried, and every stream that was made is named", async (t) => {
  const natsUrl = await createAccount()
  const wire = await natsWire({ url: natsUrl, name: "provision test" })
  t.after(() => wire.close())
  const missing = await compareStreams(wire, ["bank"])
  const lost = unheardOnce(wire, "$JS.API.STREAM.INFO.bank", "$JS.API.STREAM.CREATE.bank")
  assert.deepEqual(await provisionStreams(lost, ["bank"]), missing.map(({ stream }) => stream))
  assert.deepEqual(await compareStreams(wire, ["bank"]), [])
})
