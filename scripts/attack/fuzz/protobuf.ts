/** Attacks by Protobuf: cut off, with false lengths, nested, overlong, of wrong wire types. */
import { Buffer } from "node:buffer"
import { HARMLESS, httpAttack, placeAt, REFUSED } from "../http/http-attack.ts"
import type { Attack, AttackClass, Scene } from "../attack-case.ts"
import type { Random } from "../../../app/development/chaos/random.ts"
import { openPlace, withNats } from "../nats/nats-scene.ts"
import { textOf } from "../nats/raw-nats.ts"

const PROTOBUF = "Content-Type: application/protobuf"
const ANSWER_MS = 5_000
const BY_CHANCE = 200
const LARGEST = 880_000

const bytes = (...values: readonly number[]): Uint8Array => Uint8Array.from(values)

const varint = (value: number): Uint8Array => {
  const groups: number[] = []
  for (; value >= 128; value = Math.floor(value / 128)) groups.push(value % 128 | 128)
  return bytes(...groups, value)
}

/** A field with a length. */
const part = (number: number, value: Uint8Array): Uint8Array =>
  Buffer.concat([varint(number * 8 + 2), varint(value.length), value])

const text = (number: number, value: string) => part(number, Buffer.from(value))
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts)
const line = join(text(1, "tea"), bytes(0x10, 2, 0x18, 100))

/** The fields of `PlaceOrder`: a customer, an address, and lines. */
const ORDER = join(text(1, "ada"), text(2, "a"), part(3, line), part(3, line))

const repeated = (value: Uint8Array, times: number): Uint8Array =>
  Buffer.concat(Array<Uint8Array>(Math.min(times, Math.floor(LARGEST / value.length))).fill(value))

const nested = (levels: number): Uint8Array => {
  let value: Uint8Array = line
  for (let level = 0; level < levels; level++) value = part(3, value)
  return value
}

interface Body {
  readonly name: string
  readonly bytes: Uint8Array
  /** Whether it must be refused, and not only answered. */
  readonly isWrong: boolean
}

const wrong = (name: string, value: Uint8Array): Body => ({ name, bytes: value, isWrong: true })

const truncated: readonly Body[] = Array.from(ORDER, (_, length) => ({
  name: `an order cut off after ${length} bytes`,
  bytes: ORDER.subarray(0, length),
  // One that ends behind its first line is an order.
  isWrong: false,
}))

const tags: readonly Body[] = Array.from({ length: 256 }, (_, tag) => [
  { name: `the tag ${tag} alone`, bytes: join(ORDER, bytes(tag)), isWrong: true },
  {
    name: `the tag ${tag} and zeros`,
    bytes: join(ORDER, bytes(tag, 0, 0, 0, 0, 0, 0, 0, 0)),
    isWrong: true,
  },
]).flat()

/** An order of one line without an address. Only what follows is wrong with it. */
const orderWith = (...more: readonly Uint8Array[]) => join(text(1, "ada"), part(3, line), ...more)

/** The same with this quantity, in bytes. */
const orderOf = (...quantity: readonly Uint8Array[]) =>
  join(text(1, "ada"), part(3, join(text(1, "tea"), bytes(0x10), ...quantity, bytes(0x18, 100))))

const crafted: readonly Body[] = [
  ...[2, 100, 65_535, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 35].map((length) =>
    wrong(`an address that says ${length} bytes`, orderWith(bytes(0x12), varint(length), bytes(65)))
  ),
  ...[3, 9, 10, 11, 100, LARGEST].map((length) =>
    wrong(`a varint of ${length} bytes`, orderOf(Buffer.alloc(length, 0x80), bytes(1)))
  ),
  wrong("an overlong quantity", orderOf(bytes(0x82, 0))),
  wrong("an overlong tag", join(ORDER, bytes(0x92, 0x00, 0))),
  wrong(
    "a quantity of 64 bits",
    part(3, join(text(1, "t"), bytes(0x10, ...Array(9).fill(255), 1))),
  ),
  wrong("a customer twice", join(text(1, "a"), ORDER)),
  wrong(`a customer ${LARGEST / 3} times`, repeated(text(1, "a"), LARGEST / 3)),
  wrong("the number 0", bytes(0x02, 0)),
  wrong("the largest number", join(ORDER, bytes(0xfa, 0xff, 0xff, 0xff, 0x0f, 0))),
  wrong("a group", join(ORDER, bytes(0x0b, 0x0c))),
  { name: "an order of one line", bytes: orderWith(), isWrong: false },
  wrong(`${LARGEST} groups that open`, Buffer.alloc(LARGEST, 0x0b)),
  wrong("a text that is no UTF-8", orderWith(part(2, bytes(0xc3, 0x28)))),
  wrong("half a surrogate pair", orderWith(part(2, bytes(0xed, 0xa0, 0x80)))),
  wrong("lines that are packed numbers", part(3, Buffer.alloc(1_000, 1))),
  wrong("lines that are a varint", bytes(0x18, 1)),
  ...[2, 50, 300, 5_000, 60_000].map((levels) => wrong(`lines ${levels} deep`, nested(levels))),
  ...[101, 20_001, LARGEST / 2].map((count) =>
    wrong(`${count} empty lines`, join(text(1, "ada"), repeated(bytes(0x1a, 0), count)))
  ),
  wrong("a text of 880,000 letters", text(1, "a".repeat(LARGEST))),
  wrong("440,000 unknown fields", repeated(bytes(0x78, 1), LARGEST / 2)),
  wrong("nothing at all", bytes()),
  wrong("JSON", Buffer.from('{"customer":"ada","lines":[]}')),
  wrong("880,000 zeros", Buffer.alloc(LARGEST)),
  wrong("880,000 times 0xff", Buffer.alloc(LARGEST, 0xff)),
]

/** An order in which some bytes are others. */
const changed = (random: Random, number: number): Body => {
  const body = Uint8Array.from(ORDER)
  for (let change = random.between(1, 4); change > 0; change--) {
    body[random.between(0, body.length - 1)] = random.between(0, 255)
  }
  return { name: `an order changed by chance, ${number}`, bytes: body, isWrong: false }
}

const byHttp = ({ name, bytes: body, isWrong }: Body): Attack =>
  httpAttack(
    `HTTP: ${name}`,
    (scene) => ({ method: "POST", path: placeAt(scene), headers: [PROTOBUF], body }),
    { statuses: isWrong ? REFUSED : HARMLESS },
  )

const subjectOf = ({ fresh }: Scene) => `cmd.orders.order.${fresh("p")}.PlaceOrder`

const byNats = (subject: (scene: Scene) => string, { name, bytes: payload, isWrong }: Body) => ({
  name,
  expected: isWrong ? "an answer of 4xx" : "an answer that is no 5xx",
  isOneRequest: true,
  run: (scene: Scene) =>
    withNats(openPlace(scene), undefined, async (nats) => {
      const request = { subject: subject(scene), headers: [PROTOBUF], payload }
      const answer = await nats.request(request, ANSWER_MS)
      if (!answer) return nats.errors.join("; ") || "no answer"
      const code = /Nats-Service-Error-Code: *(\d+)/.exec(answer.headers)?.[1] ?? ""
      const isExpected = isWrong ? code.startsWith("4") : !code.startsWith("5")
      return isExpected ? undefined : `${code} ${textOf(answer).slice(0, 160)}`
    }),
})

const commanded = (body: Body): Attack => byNats(subjectOf, { ...body, name: `NATS: ${body.name}` })

const QUESTIONS = ["qry.stock.level", "qry.orders.order.history", "qry.orders.sales"]

const asked = (body: Body, index: number): Attack => {
  const subject = QUESTIONS[index % QUESTIONS.length]!
  return byNats(() => subject, { ...body, name: `${subject}: ${body.name}`, isWrong: false })
}

/** The class. */
export const protobuf: AttackClass = {
  name: "protobuf",
  sample: 40,
  attacks: (random) => {
    const chance = Array.from({ length: BY_CHANCE }, (_, number) => changed(random, number))
    const all = [...crafted, ...truncated, ...tags, ...chance]
    return [...all.map(byHttp), ...all.map(commanded), ...[...crafted, ...chance].map(asked)]
  },
}
