/** The floor of an actor node: the same messages and batching, and nothing else. */
import { connect, type Msg, type MsgHdrs } from "nats"
import process from "node:process"
import type { Sizes } from "./sizes.ts"
import { serveOrders } from "./worker.ts"

const utf8 = new TextEncoder()
const headers = (bytes: Uint8Array) => ({ encode: () => bytes }) as unknown as MsgHdrs
const EXPECTED = (sequence: number) =>
  headers(utf8.encode(`NATS/1.0\r\nNats-Expected-Last-Subject-Sequence: ${sequence}\r\n\r\n`))
/** Headers of this size; undefined for 0. */
const filler = (size: number) =>
  size === 0 ? {} : {
    headers: headers(utf8.encode(`NATS/1.0\r\nX: ${"x".repeat(Math.max(1, size - 17))}\r\n\r\n`)),
  }

interface Actor {
  sequence: number
  commits: number
  known: boolean
  busy: boolean
  queue: Msg[]
}

const start = async (url: string, sizes: Sizes) => {
  const nc = await connect({ servers: url.replace("nats://", ""), noAsyncTraces: true })
  const actors = new Map<string, Actor>()
  const waiting = new Map<number, (message: Msg) => void>()
  const inbox = `_INBOX.raw${process.pid}`
  let token = 0
  nc.subscribe(`${inbox}.*`, {
    callback: (_error, message) => {
      const number = Number.parseInt(message.subject.slice(inbox.length + 1), 36)
      waiting.get(number)?.(message)
      waiting.delete(number)
    },
  })
  const ask = (
    subject: string,
    payload: Uint8Array,
    hdrs: MsgHdrs | undefined,
    done: (message: Msg) => void,
  ) => {
    waiting.set(token, done)
    const reply = `${inbox}.${(token++).toString(36)}`
    nc.publish(subject, payload, hdrs ? { reply, headers: hdrs } : { reply })
  }
  const [accepted, refusedHeaders] = [filler(sizes.answerHeader), filler(sizes.refusalHeader)]
  const answer = utf8.encode("a".repeat(sizes.answer))
  const refusal = utf8.encode("r".repeat(sizes.refusal))
  const query = utf8.encode(JSON.stringify({ last_by_subj: "evt.bench.account.000.a-00000000" }))
  const turn = (id: string, actor: Actor) => {
    if (actor.queue.length === 0) return
    actor.busy = true
    if (!actor.known) {
      actor.known = true
      const subject = `$JS.API.DIRECT.GET.bench.evt.bench.account.000.${id}`
      return ask(subject, new Uint8Array(), undefined, () => turn(id, actor))
    }
    const batch = actor.queue.splice(0, 1024)
    const refused = batch.filter(({ data }) => data[0] === 0).length
    const settle = () => {
      for (const message of batch) {
        const no = message.data[0] === 0
        message.respond(no ? refusal : answer, no ? refusedHeaders : accepted)
      }
      actor.busy = false
      turn(id, actor)
    }
    if (refused === batch.length) {
      return ask("$JS.API.STREAM.MSG.GET.bench", query, undefined, settle)
    }
    const ancestors = Math.min(32, actor.commits++) * (actor.sequence > 65_535 ? 5 : 3)
    const bytes = new Uint8Array(sizes.head + ancestors + sizes.event * (batch.length - refused))
    ask(`evt.bench.account.000.${id}`, bytes, EXPECTED(actor.sequence), (message) => {
      actor.sequence = message.json<{ seq: number }>().seq
      settle()
    })
  }
  nc.subscribe("raw.bench.account.>", {
    queue: "raw",
    callback: (_error, message) => {
      const id = message.subject.split(".")[3] ?? ""
      let actor = actors.get(id)
      if (!actor) {
        actors.set(id, actor = { sequence: 0, commits: 0, known: false, busy: false, queue: [] })
      }
      actor.queue.push(message)
      if (!actor.busy) turn(id, actor)
    },
  })
  await nc.flush()
  return nc
}

let connection: Awaited<ReturnType<typeof start>> | undefined
await serveOrders(async ({ url, sizes, cpu }) => {
  if (url) connection = await start(String(url), sizes as Sizes)
  return cpu ? { ...process.cpuUsage() } : { ready: true }
}, async () => await connection?.close())
