/** Tests of the outbox: it follows the protocol, and writes once for each turn. */
import assert from "node:assert/strict"
import { test } from "../../testing/test.ts"
import { Outbox } from "./outbox-nats.ts"

const bytesOf = (text: string) => new TextEncoder().encode(text)
const MOST = 1_000_000

const gathered = () => {
  const sent: string[] = []
  const outbox = new Outbox((bytes) => sent.push(new TextDecoder().decode(bytes)))
  return { outbox, sent }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test("messages are spelled as the protocol has them", () => {
  const { outbox, sent } = gathered()
  outbox.add("a.b", "", "", bytesOf("hello"), MOST)
  outbox.add("a.b", "r.1", "", bytesOf(""), MOST)
  outbox.add("a.b", "r.2", "NATS/1.0\r\nName: Zoë\r\n\r\n", bytesOf("é"), MOST)
  outbox.add("a.b", "", "NATS/1.0\r\nA: 1\r\n\r\n", bytesOf("x"), MOST)
  outbox.flush()
  assert.deepEqual(sent, [
    "PUB a.b 5\r\nhello\r\n" +
    "PUB a.b r.1 0\r\n\r\n" +
    "HPUB a.b r.2 24 26\r\nNATS/1.0\r\nName: Zoë\r\n\r\né\r\n" +
    "HPUB a.b 18 19\r\nNATS/1.0\r\nA: 1\r\n\r\nx\r\n",
  ])
})

test("messages of one turn of the event loop are sent together, and once", async () => {
  const { outbox, sent } = gathered()
  outbox.add("one", "", "", bytesOf("1"), MOST)
  queueMicrotask(() => outbox.add("two", "", "", bytesOf("2"), MOST))
  assert.deepEqual(sent, [])
  await turn()
  assert.deepEqual(sent, ["PUB one 1\r\n1\r\nPUB two 1\r\n2\r\n"])
  outbox.add("three", "", "", bytesOf("3"), MOST)
  await turn()
  await turn()
  assert.deepEqual(sent.slice(1), ["PUB three 1\r\n3\r\n"])
})

test("a message that is too large is not added", async () => {
  const { outbox, sent } = gathered()
  assert.equal(outbox.add("a", "", "", bytesOf("12345"), 4), false)
  assert.equal(outbox.add("a", "", "NATS/1.0\r\nA: 1\r\n\r\n", bytesOf("1"), 18), false)
  assert.equal(outbox.add("a", "", "NATS/1.0\r\nA: 1\r\n\r\n", bytesOf("1"), 19), true)
  await turn()
  assert.equal(sent.length, 1)
})

test("bytes that were handed over never change, however many messages follow", async () => {
  const sent: Uint8Array[] = []
  const outbox = new Outbox((bytes) => sent.push(bytes))
  const expected: string[] = []
  for (let index = 0; index < 3_000; index++) {
    const payload = String(index).padEnd(index % 100 === 0 ? 70_000 : index % 300, "·")
    const bytes = bytesOf(payload)
    expected.push(`PUB s.${index} ${bytes.length}\r\n${payload}\r\n`)
    outbox.add(`s.${index}`, "", "", bytes, MOST)
    if (index % 7 === 0) await turn()
  }
  await turn()
  const text = sent.map((bytes) => new TextDecoder().decode(bytes)).join("")
  assert.equal(text, expected.join(""))
})

test("cleared messages are not sent", async () => {
  const { outbox, sent } = gathered()
  outbox.add("a", "", "", bytesOf("1"), MOST)
  outbox.clear()
  await turn()
  assert.deepEqual(sent, [])
})
