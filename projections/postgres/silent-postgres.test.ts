/** Tests of a worker whose Postgres falls silent, as a host does that vanishes. */
import assert from "node:assert/strict"
import { once } from "node:events"
import { type AddressInfo, connect as connectTo, createServer, type Socket } from "node:net"
import { test } from "../../testing/test.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { BoxList } from "../fixtures/boxes.ts"
import type { Scope } from "../log/feed.suite.ts"
import { postgresStore } from "./store-postgres.ts"
import type { Store } from "../store/store.ts"

/** Forwards to Postgres, and drops what is sent or dialled while it is silent. */
const silencer = async (scope: Scope, url: string) => {
  const target = new URL(url)
  const { port, hostname: host } = target
  const sockets: Socket[] = []
  let silent = false
  const server = createServer((dialled) => {
    sockets.push(dialled.on("error", () => {}))
    if (silent) return
    const led = connectTo(Number(port), host)
    sockets.push(led.on("error", () => {}))
    dialled.pipe(led).pipe(dialled)
  })
  server.listen(0, host)
  await once(server, "listening")
  scope.after(() => {
    for (const socket of sockets) socket.destroy()
    return Promise.resolve(void server.close())
  })
  target.port = String((server.address() as AddressInfo).port)
  const silence = () => {
    silent = true
    for (const socket of sockets) socket.unpipe().pause()
  }
  return { url: target.href, silence, speak: () => silent = false }
}

const SILENCE_MS = 2_000

const silent = { _tag: "Unavailable", message: /has not answered for 2 s/ }

test("what a worker does is given up in time, and then done on new connections", async (t) => {
  const { url, silence, speak } = await silencer(t, (await createNamespace()).databaseUrl)
  const store = postgresStore(url, url, SILENCE_MS)
  t.after(() => store.close())
  await store.claim(BoxList)
  const [status] = await store.statuses([BoxList.name])
  assert.ok(status)
  const lane = status.lanes[0]!
  const changes = { upserts: [], deletes: [], parked: [] }
  const doings: readonly ((store: Store) => Promise<unknown>)[] = [
    ({ load }) => load(status, ["b-1"]),
    ({ statuses }) => statuses([BoxList.name]),
    ({ skipped }) => skipped(status),
    ({ beat }) => beat({ id: "w-1", hosts: [] }),
    ({ save }) => save(status, changes, lane, lane),
  ]
  silence()
  await Promise.all(doings.map((doing) => assert.rejects(doing(store), silent)))
  speak()
  await Promise.all(doings.map((doing) => doing(store)))
})
