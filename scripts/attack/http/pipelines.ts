/** Attacks with many requests on one connection, sent before an answer is read. */
import { Buffer } from "node:buffer"
import type { Attack, Scene } from "../attack-case.ts"
import { exchange, type HttpRequest, JSON_BODY, spell } from "./raw-http.ts"

const COUNT = 1_000

const SERVED = 32

/** Some are answered, and the next one is refused and ends the connection. */
const pipeline = (
  name: string,
  request: (scene: Scene, number: number) => HttpRequest,
): Attack => ({
  name: `1,000 requests on one connection: ${name}`,
  expected: `${SERVED} answers, then 429 and the end`,
  isOneRequest: true,
  run: async (scene) => {
    const { http } = scene.victim.ports
    const sent = Array.from({ length: COUNT }, (_, number) => {
      const { headers = [], ...rest } = request(scene, number)
      return spell(http, { ...rest, headers: [...headers, "Connection: keep-alive"] })
    })
    const { raw } = await exchange(http, Buffer.concat(sent), { timeoutMs: 5_000 })
    const answers = raw.match(/HTTP\/1\.1 \d+/g) ?? []
    const last = answers.at(-1)
    if (answers.length === SERVED + 1 && last === "HTTP/1.1 429") return undefined
    return `${answers.length} answers, the last one ${last}`
  },
})

/** The attacks. */
export const pipelines: readonly Attack[] = [
  pipeline("health", () => ({ path: "/healthz" })),
  pipeline("a query", () => ({ path: "/stock/totals" })),
  pipeline("the description of all messages", () => ({ path: "/openapi.json" })),
  pipeline("a path that does not exist", () => ({ path: "/a/b/c" })),
  pipeline("commands to new actors", ({ fresh }) => ({
    method: "POST",
    path: `/stock/item/${fresh()}/ReceiveStock`,
    headers: [JSON_BODY],
    body: '{"quantity":1}',
  })),
]
