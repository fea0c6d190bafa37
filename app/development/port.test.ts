/** Tests of ports: one in use is named, and a free one can be used. */
import assert from "node:assert/strict"
import { createServer } from "node:net"
import { test } from "../../testing/test.ts"
import { freePort, loopback, requireFreePort } from "./port.ts"

test("one sentence names a port in use and says what to do", async (t) => {
  const port = await freePort()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, loopback, resolve))
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  await assert.rejects(requireFreePort(port, "NATS_PORT"), {
    name: "ServerError",
    message: `port ${port} is already in use by another process (NATS_PORT): ` +
      "stop it, or choose another port with NATS_PORT=…",
  })
})

test("a free port can be listened on, and stays free", async () => {
  const port = await freePort()
  await requireFreePort(port, "PORT")
  await requireFreePort(port, "PORT")
})

test("ports that were asked for together are different", async () => {
  const ports = await Promise.all(Array.from({ length: 900 }, freePort))
  assert.equal(new Set(ports).size, 900)
})
