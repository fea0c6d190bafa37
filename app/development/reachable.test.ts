/** Tests of addresses at which a server answers, or none. */
import assert from "node:assert/strict"
import { createServer } from "node:net"
import { test } from "../../testing/test.ts"
import { freePort, loopback } from "./port.ts"
import { requireReachable } from "./reachable.ts"

test("one answer from several addresses is enough", async (t) => {
  const [port, other] = [await freePort(), await freePort()]
  const server = createServer((socket) => socket.end())
  await new Promise<void>((resolve) => server.listen(port, loopback, resolve))
  t.after(() => new Promise<void>((resolve) => server.close(() => resolve())))
  const addresses = `nats://${loopback}:${other}, nats://${loopback}:${port}`
  await requireReachable("NATS_URL", addresses, 4222)
})

test("the message about a silent address does not contain the password", async () => {
  const port = await freePort()
  await assert.rejects(
    requireReachable("DATABASE_URL", `postgres://me:secret@${loopback}:${port}/shop`, 5432),
    {
      name: "ServerError",
      message: `nothing answers at ${loopback}:${port} (DATABASE_URL): start it, or leave ` +
        "DATABASE_URL out to get an embedded server",
    },
  )
})
