/** Tests of routes that can be cut: closed at once, refused while cut, and open again later. */
import assert from "node:assert/strict"
import { once } from "node:events"
import { connect, createServer, type Server } from "node:net"
import type { TestContext } from "node:test"
import { test } from "../../../testing/test.ts"
import { loopback } from "../port.ts"
import { CuttableRoutes } from "./cuttable-routes.ts"

const listen = async (t: TestContext): Promise<number> => {
  const echo: Server = createServer((socket) => socket.pipe(socket).on("error", () => {}))
  echo.listen(0, loopback)
  await once(echo, "listening")
  t.after(() => echo.close())
  return (echo.address() as { readonly port: number }).port
}

const dial = (port: number) => {
  const socket = connect({ port, host: loopback })
  const closed = new Promise<void>((resolve) => socket.on("close", () => resolve()))
  socket.on("error", () => {})
  const echoed = async (text: string): Promise<string> => {
    socket.write(text)
    const [answer] = await Promise.race([once(socket, "data"), closed.then(() => ["closed"])])
    return String(answer)
  }
  return { socket, closed, echoed }
}

test("the routes of a server are cut at both ends, and those of others are not", async (t) => {
  const routes = new CuttableRoutes()
  t.after(() => routes.close())
  const port = await listen(t)
  const between = (from: number, to: number) => routes.between(from, to, port)
  const ports = [await between(0, 1), await between(1, 0), await between(1, 2)]
  const lines = ports.map(dial)
  for (const { echoed } of lines) assert.equal(await echoed("there"), "there")
  routes.cut(0)
  await Promise.all([lines[0]!.closed, lines[1]!.closed])
  assert.equal(await lines[2]!.echoed("still"), "still")
  assert.equal(await dial(ports[0]!).echoed("there"), "closed")
  routes.mend(0)
  assert.equal(await dial(ports[0]!).echoed("again"), "again")
})

test("a server that is down is not there through its routes either", async (t) => {
  const routes = new CuttableRoutes()
  t.after(() => routes.close())
  const gone = createServer().listen(0, loopback)
  await once(gone, "listening")
  const { port } = gone.address() as { readonly port: number }
  await new Promise((resolve) => gone.close(resolve))
  await dial(await routes.between(0, 1, port)).closed
})
