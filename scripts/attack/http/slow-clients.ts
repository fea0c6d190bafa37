/** Attacks by clients that are slow, idle, or gone before their answer. */
import { connect, type Socket } from "node:net"
import { loopback } from "../../../app/development/port.ts"
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { many, othersDuring, wrongFor } from "../many.ts"
import { ask, JSON_BODY } from "./raw-http.ts"
import { pause } from "../../../wire/internal.ts"

const CALM_MS = 1_500

const open = (port: number, text: string): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect({ port, host: loopback }, () => {
      socket.write(text)
      resolve(socket)
    })
    socket.on("error", () => resolve(socket))
    socket.on("data", () => {})
  })

/** Others must be served while these sockets are open. */
const calm = (
  name: string,
  count: number,
  text: (scene: Scene) => string,
  during: (socket: Socket) => Promise<unknown>,
): Attack => ({
  name: `${count} ${name}`,
  expected: `each query is answered within ${CALM_MS} ms meanwhile`,
  limitMs: 60_000,
  isLong: count > 200,
  run: async (scene) => {
    const { ports: { http }, pid } = scene.victim
    const sockets = await many(count, 100, () => open(http, text(scene)))
    const work = Promise.all(sockets.map(during))
    const others = await othersDuring(work, pid, () => ask(http, { path: "/stock/totals" }))
    for (const socket of sockets) socket.destroy()
    return wrongFor("a query", CALM_MS, others)
  },
})

const drip = (text: string) => async (socket: Socket) => {
  for (const letter of text) {
    await pause(100)
    if (!socket.destroyed) socket.write(letter)
  }
}

const head = ({ victim, fresh }: Scene, length: number) =>
  `POST /stock/item/${fresh()}/ReceiveStock HTTP/1.1\r\n` +
  `Host: ${loopback}:${victim.ports.http}\r\n` +
  `${JSON_BODY}\r\nContent-Length: ${length}\r\n\r\n`

/** The class. */
export const slowClients: AttackClass = {
  name: "slow-clients",
  attacks: () => [
    calm(
      "clients send half a head, letter by letter",
      300,
      () => "GET /stock/tot",
      drip("als?a=b&c=d"),
    ),
    calm(
      "clients send their bodies letter by letter",
      200,
      (scene) => head(scene, 14),
      drip('{"quantity":'),
    ),
    calm("clients say nothing", 500, () => "", () => pause(1_000)),
    calm(
      "clients hang up before the answer",
      200,
      (scene) => `${head(scene, 14)}{"quantity":1}`,
      (socket) => {
        socket.destroy()
        return Promise.resolve()
      },
    ),
    calm(
      "clients hang up within their body",
      200,
      (scene) => `${head(scene, 900_000)}{"qu`,
      (socket) => {
        socket.destroy()
        return Promise.resolve()
      },
    ),
    calm("clients close one side", 200, (scene) => head(scene, 14), async (socket) => {
      socket.end()
      await pause(500)
    }),
    calm(
      "clients do not read a large answer",
      100,
      ({ victim }) =>
        `GET /openapi.json HTTP/1.1\r\nHost: ${loopback}:${victim.ports.http}\r\n\r\n`.repeat(20),
      async (socket) => {
        socket.pause()
        await pause(1_000)
      },
    ),
  ],
}
