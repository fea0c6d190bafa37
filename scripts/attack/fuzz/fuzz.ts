/** Attacks by all kinds of bodies, ids and headers, crafted and random. Each must be answered. */
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import { HARMLESS, httpAttack, placeAt, receiveAt } from "../http/http-attack.ts"
import { JSON_BODY } from "../http/raw-http.ts"
import { openPlace, withNats } from "../nats/nats-scene.ts"
import { type RawPublish, textOf } from "../nats/raw-nats.ts"
import { type Body, jsonBodies } from "./bodies.ts"
import { msgpackBodies } from "./msgpack-bodies.ts"
import { chanceBody } from "./mutations.ts"

/** The longest wait for an answer over NATS, in milliseconds. A node that hangs exceeds it. */
const ANSWER_MS = 5_000
/** How many random bodies are made for each format. */
const BY_CHANCE = 120
const LENGTHS = [0, 1, 2, 63, 64, 65, 127, 128, 129, 255, 256, 257, 1_000, 4_000, 7_000]

const byHttp = ({ name, of, bytes }: Body): Attack =>
  httpAttack(`HTTP: ${name}`, (scene) => ({
    method: "POST",
    path: of === "receive" ? receiveAt(scene) : placeAt(scene),
    headers: [JSON_BODY],
    body: bytes,
  }), HARMLESS)

const byNats = (name: string, message: (scene: Scene) => RawPublish): Attack => ({
  name: `NATS: ${name}`,
  expected: "an answer that is no 5xx",
  isOneRequest: true,
  run: (scene) =>
    withNats(openPlace(scene), undefined, async (nats) => {
      const answer = await nats.request(message(scene), ANSWER_MS)
      if (!answer) return nats.errors.join("; ") || "no answer"
      const code = /Nats-Service-Error-Code: *(\d+)/.exec(answer.headers)?.[1] ?? ""
      return code.startsWith("5") ? `${code} ${textOf(answer).slice(0, 160)}` : undefined
    }),
})

const subjectOf = ({ of }: Body, { fresh }: Scene): string =>
  of === "receive"
    ? `cmd.stock.item.${fresh("f")}.ReceiveStock`
    : `cmd.orders.order.${fresh("f")}.PlaceOrder`

const commanded = (format: "json" | "msgpack") => (body: Body): Attack =>
  byNats(`${format}: ${body.name}`, (scene) => ({
    subject: subjectOf(body, scene),
    headers: [`Content-Type: application/${format}`],
    payload: body.bytes,
  }))

/** Subjects that answer questions: a row, a state, a history, and queries. */
const QUESTIONS = [
  ...["qry.stock.level", "qry.stock.item", "qry.stock.item.history", "qry.orders.sales"],
  ...["qry.orders.orders-in-state", "qry.orders.orders-of-customer"],
]

const asked = (format: "json" | "msgpack") => (body: Body, index: number): Attack => {
  const subject = QUESTIONS[index % QUESTIONS.length] ?? ""
  return byNats(`${subject}: ${format}: ${body.name}`, () => ({
    subject,
    headers: [`Content-Type: application/${format}`],
    payload: body.bytes,
  }))
}

const headerNames = [
  ...["Idempotency-Key", "If-Match", "Prefer", "Leftfold-Retry", "Leftfold-Correlation-Id"],
  ...["Leftfold-Causation-Id", "Leftfold-After", "traceparent", "Content-Encoding", "Origin"],
  ...["Authorization", "Accept", "Content-Type", "Sec-Fetch-Site", "X-Other"],
]

const natsHeaderNames = [
  ...["Leftfold-Command-Id", "Leftfold-Correlation-Id", "Leftfold-Causation-Id", "traceparent"],
  ...["Leftfold-Expected-Version", "Leftfold-Deadline", "Leftfold-Principal", "Leftfold-Retry"],
  ...["Leftfold-Principal-Seal", "Content-Encoding", "Content-Type", "X-Other"],
]

const BODY = '{"quantity":1}'
const SHAPES = ["a", "1", '"', ",", "=", "/", ";", ":", "%", "\u00e9"]
const shapeOf = (index: number): string => SHAPES[index % SHAPES.length] ?? "a"

const lengths = LENGTHS.flatMap((length, index): readonly Attack[] => [
  ...headerNames.map((name, at) => {
    const letter = shapeOf(index + at)
    return httpAttack(
      `HTTP: ${name} of ${length} times ${letter}`,
      (scene) => ({
        method: "POST",
        path: receiveAt(scene),
        headers: [
          ...name === "Content-Type" ? [] : [JSON_BODY],
          `${name}: ${letter.repeat(length)}`,
        ],
        body: BODY,
      }),
      // A malformed sign-in is refused, although everybody else is taken for somebody here.
      name === "Authorization" ? [401] : HARMLESS,
    )
  }),
  ...natsHeaderNames.map((name, at) => {
    const letter = shapeOf(index + at)
    return byNats(`${name} of ${length} times ${letter}`, (scene) => ({
      subject: `cmd.stock.item.${scene.fresh("f")}.ReceiveStock`,
      headers: [`${name}: ${letter.repeat(length)}`],
      payload: BODY,
    }))
  }),
  ...["stock/item", "stock/level", "orders/order", "customers/customer-card"].map((of) =>
    httpAttack(
      `HTTP: ${of} by an id of ${length} letters`,
      { path: `/${of}/${"i".repeat(length)}` },
      HARMLESS,
    )
  ),
  httpAttack(
    `HTTP: a command to an id of ${length} letters`,
    ({ random }) => ({
      method: "POST",
      path: `/stock/item/${"i".repeat(Math.max(0, length - 1))}${
        random.between(0, 9)
      }/ReceiveStock`,
      headers: [JSON_BODY],
      body: BODY,
    }),
    HARMLESS,
  ),
])

/** The class. */
export const fuzz: AttackClass = {
  name: "fuzz",
  sample: 60,
  attacks: (random) => {
    const [json, msgpack] = (["json", "msgpack"] as const).map((format) =>
      Array.from({ length: BY_CHANCE }, (_, number) => chanceBody(random, format, number))
    )
    return [
      ...jsonBodies.map(byHttp),
      ...jsonBodies.map(commanded("json")),
      ...jsonBodies.filter((_, index) => index % 4 === 0).map(asked("json")),
      ...msgpackBodies.map(commanded("msgpack")),
      ...msgpackBodies.filter((_, index) => index % 8 === 0).map(asked("msgpack")),
      ...lengths,
      ...(json ?? []).flatMap((body, index) => [
        byHttp(body),
        commanded("json")(body),
        asked("json")(body, index),
      ]),
      ...(msgpack ?? []).flatMap((body, index) => [
        commanded("msgpack")(body),
        asked("msgpack")(body, index),
      ]),
    ]
  },
}
