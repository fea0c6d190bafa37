/** Attacks by messages over NATS: hostile MessagePack, headers, subjects and deadlines. */
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { openPlace, withNats } from "./nats-scene.ts"
import { bytes, payloads } from "./hostile-payloads.ts"
import { type RawMessage, type RawPublish, textOf } from "./raw-nats.ts"

const ANSWER_MS = 3_000
/** How long to wait for an answer that need not come, in milliseconds. */
const HARMLESS_MS = 400
/** Accepts any refusal of ours; otherwise returns what came. */
const refused = (answer: RawMessage | undefined): string | undefined => {
  if (!answer) return "no answer"
  const code = /Nats-Service-Error-Code: *(\d+)/.exec(answer.headers)?.[1]
  if (code !== undefined && code.startsWith("4")) return undefined
  return `${code ?? "accepted"} ${textOf(answer).slice(0, 150)}`
}

const harmless = (answer: RawMessage | undefined): string | undefined => {
  const code = answer && /Nats-Service-Error-Code: *(\d+)/.exec(answer.headers)?.[1]
  return code?.startsWith("5") ? `${code} ${answer && textOf(answer).slice(0, 150)}` : undefined
}

const sent = (
  name: string,
  message: (scene: Scene) => RawPublish,
  judge: (answer: RawMessage | undefined) => string | undefined,
  expected: string,
): Attack => ({
  name,
  expected,
  isOneRequest: true,
  run: (scene) =>
    withNats(
      openPlace(scene),
      undefined,
      async (nats) =>
        judge(await nats.request(message(scene), judge === refused ? ANSWER_MS : HARMLESS_MS)),
    ),
})

const MSGPACK = ["Content-Type: application/msgpack"]
const receive = ({ fresh }: Scene) => `cmd.stock.item.${fresh("m")}.ReceiveStock`
const ONE = '{"quantity":1}'

const subjects = [
  ...[
    "cmd.stock.item",
    "cmd.stock.item.x",
    "cmd.stock.item.x.y.z.ReceiveStock",
    "cmd.stock.item..x",
  ],
  ...["cmd.stock.item.é.ReceiveStock", "cmd.stock.item.x.receiveStock", "cmd.stock.item.x.*"],
  ...[
    `cmd.stock.item.${"i".repeat(129)}.ReceiveStock`,
    `cmd.stock.item.${"i".repeat(3_000)}.ReceiveStock`,
  ],
  ...[
    "cmd.nothing.item.x.ReceiveStock",
    "qry.nothing.x",
    "qry.stock.nothing",
    "qry.leftfold.nothing.x",
  ],
  ...["cmd.stock.item.x.__proto__", "cmd.stock.item.__proto__.constructor", "own.nobody"],
  ...["own.nobody.stock.item.x.ReceiveStock", "$SRV.PING.nothing", "$SRV.NOTHING.stock"],
]

const headers: readonly (readonly string[])[] = [
  ["Leftfold-Deadline: x"],
  ["Leftfold-Deadline: -1"],
  ["Leftfold-Deadline: 1e9"],
  ["Leftfold-Deadline: 9999999999999999"],
  ["Leftfold-Command-Id: a b"],
  [`Leftfold-Command-Id: ${"k".repeat(257)}`],
  ["Leftfold-Correlation-Id: a b"],
  ["Leftfold-Expected-Version: x"],
  ["Leftfold-Expected-Version: -1"],
  ["Content-Type: text/plain"],
  ["Content-Type: application/cbor"],
  ["Content-Type: application/msgpack"],
]

const smuggledHeaders = [
  ...["Nats-Rollup: all", "Nats-Msg-Id: x", "Nats-TTL: 1s", "Nats-Expected-Stream: nothing"],
  ...["Nats-Expected-Last-Subject-Sequence: 99", "Nats-Schedule: @at 2030-01-01T00:00:00Z"],
  ...["Nats-Marker-Reason: Purge", "KV-Operation: PURGE", "Nats-Batch-Id: x", "Status: 503"],
  ...[
    "Nats-Trace-Dest: evt.stock.item.41.x",
    "Nats-Service-Error-Code: 500",
    "Leftfold-Position: stock:1",
  ],
  ...["Leftfold-Correlation-Id: a\nNats-Rollup: all", "traceparent: a\rNats-Rollup: all"],
]

const principal: Attack = {
  name: "a principal of one's own",
  expected: "refused, or stored without it",
  run: (scene) =>
    withNats(openPlace(scene), undefined, async (nats) => {
      const id = scene.fresh("p")
      const headers = ["Leftfold-Principal: admin@bank"]
      await nats.request({ subject: `cmd.stock.item.${id}.ReceiveStock`, headers, payload: ONE })
      const history = await nats.request({
        subject: "qry.stock.item.history",
        payload: `{"id":"${id}"}`,
      })
      const found = history ? textOf(history) : ""
      return found.includes("admin@bank") ? found.slice(0, 200) : undefined
    }),
}

const flood = (name: string, messages: (scene: Scene, n: number) => RawPublish): Attack => ({
  name: `3,000 ${name}`,
  expected: "the log of the process grows by less than 20 KB",
  run: async (scene) => {
    const before = scene.victim.written()
    await withNats(openPlace(scene), undefined, async (nats) => {
      for (let n = 0; n < 3_000; n++) nats.publish(messages(scene, n))
      await nats.flush(15_000)
    })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    const written = scene.victim.written() - before
    return written < 20_000 ? undefined : `${written} bytes were logged`
  },
})

/** The class. */
export const natsMessages: AttackClass = {
  name: "nats-messages",
  attacks: () => [
    ...payloads.map(([name, payload]) =>
      sent(
        `MessagePack: ${name}`,
        (scene) => ({ subject: receive(scene), headers: MSGPACK, payload }),
        refused,
        "refused (4xx)",
      )
    ),
    ...payloads.slice(0, 14).flatMap(([name, payload]) => [
      sent(
        `not labelled: ${name}`,
        (scene) => ({ subject: receive(scene), payload }),
        refused,
        "refused (4xx)",
      ),
      sent(
        `labelled JSON: ${name}`,
        (scene) => ({
          subject: receive(scene),
          headers: ["Content-Type: application/json"],
          payload,
        }),
        refused,
        "refused (4xx)",
      ),
      sent(
        `a query: ${name}`,
        () => ({ subject: "qry.stock.level", headers: MSGPACK, payload }),
        refused,
        "refused (4xx)",
      ),
      sent(
        `a state: ${name}`,
        () => ({ subject: "qry.stock.item", headers: MSGPACK, payload }),
        refused,
        "refused (4xx)",
      ),
      sent(
        `health: ${name}`,
        () => ({ subject: "qry.leftfold.actors.stock", payload }),
        harmless,
        "never 5xx",
      ),
    ]),
    ...subjects.map((subject) =>
      sent(
        `the subject ${subject.slice(0, 50)}`,
        () => ({ subject, payload: ONE }),
        harmless,
        "never 5xx",
      )
    ),
    ...headers.map((lines) =>
      sent(
        `the header ${lines.join().slice(0, 60)}`,
        (scene) => ({
          subject: receive(scene),
          headers: lines,
          payload: ONE,
        }),
        refused,
        "refused (4xx)",
      )
    ),
    ...smuggledHeaders.map((line) =>
      sent(
        `the header ${JSON.stringify(line)}`,
        (scene) => ({
          subject: receive(scene),
          headers: [line],
          payload: ONE,
        }),
        harmless,
        "never 5xx",
      )
    ),
    sent(
      "a header of 60,000 bytes",
      (scene) => ({
        subject: receive(scene),
        headers: [`X: ${"x".repeat(60_000)}`],
        payload: ONE,
      }),
      harmless,
      "never 5xx",
    ),
    sent(
      "5,000 headers",
      (scene) => ({
        subject: receive(scene),
        headers: Array.from({ length: 5_000 }, (_, n) => `X-${n}: 1`),
        payload: ONE,
      }),
      harmless,
      "never 5xx",
    ),
    sent(
      "a deadline that is over",
      (scene) => ({
        subject: receive(scene),
        headers: ["Leftfold-Deadline: 1"],
        payload: ONE,
      }),
      () => undefined,
      "any answer, or none",
    ),
    sent(
      "a prototype for a header",
      (scene) => ({
        subject: receive(scene),
        headers: ["__proto__: x", "constructor: y"],
        payload: ONE,
      }),
      harmless,
      "never 5xx",
    ),
    principal,
    flood("commands that are not MessagePack", ({ fresh }) => ({
      subject: `cmd.stock.item.${fresh("f")}.ReceiveStock`,
      payload: bytes(0xc1, 0xc1),
    })),
    flood("queries that are none", () => ({ subject: "qry.stock.level", payload: "]" })),
    flood("commands with wrong headers", ({ fresh }) => ({
      subject: `cmd.stock.item.${fresh("f")}.ReceiveStock`,
      headers: ["Leftfold-Deadline: x"],
      payload: ONE,
    })),
  ],
}
