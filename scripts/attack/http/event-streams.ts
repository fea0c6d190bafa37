/** Attacks by event streams: many of them, dropped ones, and clients that do not read. */
import { readdir } from "node:fs/promises"
import { connect, type Socket } from "node:net"
import { loopback } from "../../../app/development/port.ts"
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { HARMLESS, httpAttack } from "./http-attack.ts"
import { many, othersDuring, wrongFor } from "../many.ts"
import { ask, command } from "./raw-http.ts"
import { pause } from "../../../wire/internal.ts"

const CALM_MS = 1_500
const GROWTH_BYTES = 200 * 1_048_576
const streamOf = (port: number, path: string): Promise<Socket> =>
  new Promise((resolve) => {
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${loopback}:${port}`, "Accept: text/event-stream"]
    const socket = connect({ port, host: loopback }, () => {
      socket.write(`${lines.join("\r\n")}\r\n\r\n`)
      resolve(socket)
    })
    socket.on("error", () => resolve(socket))
  })

const descriptors = async (pid: number): Promise<number> =>
  (await readdir(`/proc/${pid}/fd`).catch(() => [])).length

/** Opens streams and uses them. Afterwards no more may be left than before. */
const leavesNothing = (
  name: string,
  count: number,
  path: (scene: Scene, number: number) => string,
  during: (sockets: readonly Socket[], scene: Scene) => Promise<unknown>,
): Attack => ({
  name: `${count} ${name}`,
  expected: `healthz is answered within ${CALM_MS} ms; then no stream, no descriptor and little ` +
    "memory is kept",
  limitMs: 60_000,
  isLong: count >= 100,
  run: async (scene) => {
    const { ports, pid, loop, streams } = scene.victim
    const [watched, open] = [await streams(), await descriptors(pid)]
    const { residentBytes } = await loop()
    let sockets: readonly Socket[] = []
    const work = async () => {
      sockets = await many(count, 100, (number) => streamOf(ports.http, path(scene, number)))
      await during(sockets, scene)
      for (const socket of sockets) socket.destroy()
    }
    const others = await othersDuring(work(), pid, () => ask(ports.http, { path: "/healthz" }))
    const end = performance.now() + 5_000
    const isLeft = async () => await descriptors(pid) > open + 20 || await streams() > watched
    while (await isLeft() && performance.now() < end) await pause(100)
    const kept = await descriptors(pid) - open
    const left = await streams() - watched
    const grown = (await loop()).residentBytes - residentBytes
    const hurt = wrongFor("healthz", CALM_MS, others)
    if (hurt !== undefined) return hurt
    if (left > 0) return `${left} streams are still watched`
    if (kept > 20) return `${kept} descriptors are kept`
    return grown > GROWTH_BYTES ? `${(grown / 1_048_576).toFixed(0)} MiB are kept` : undefined
  },
})

const changes = async ({ victim, fresh }: Scene) => {
  const sku = fresh("sse")
  for (let count = 0; count < 30; count++) {
    await command(victim.ports.http, `/stock/item/${sku}/ReceiveStock`, { quantity: 1 })
  }
}

const level = () => "/stock/totals"
const live = (path: string) =>
  httpAttack(`a stream of ${path}`, {
    path,
    headers: ["Accept: text/event-stream"],
  }, HARMLESS)

/** The class. */
export const eventStreams: AttackClass = {
  name: "event-streams",
  attacks: () => [
    leavesNothing(
      "streams of one query, dropped after their first answer",
      50,
      level,
      async (all) => {
        for (const socket of all) socket.resume()
        await pause(500)
      },
    ),
    leavesNothing("streams of one query, dropped at once", 500, level, () => Promise.resolve()),
    leavesNothing("streams of one query that changes", 200, level, (sockets, scene) => {
      for (const socket of sockets) socket.resume()
      return changes(scene)
    }),
    leavesNothing("streams that nobody reads", 300, level, (sockets, scene) => {
      for (const socket of sockets) socket.pause()
      return changes(scene)
    }),
    leavesNothing(
      "streams of as many rows",
      500,
      (_, number) => `/stock/level/none-${number}`,
      () => pause(500),
    ),
    leavesNothing(
      "streams of as many queries",
      500,
      (_, number) => `/stock/movements?sku=n${number}`,
      () => pause(500),
    ),
    leavesNothing(
      "streams of rows with keys of 6,000 letters",
      100,
      (_, number) => `/stock/level/${"k".repeat(6_000)}${number}`,
      () => pause(300),
    ),
    ...[
      "/stock/item/x",
      "/stock/item/x/history",
      "/healthz",
      "/readyz",
      "/openapi.json",
      "/",
      "/nothing",
    ].map(live),
  ],
}
