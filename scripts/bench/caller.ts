/** A caller of the benchmarks: sends commands through the client, or bare messages at the floor. */
import process from "node:process"
import { connect, type Msg, type MsgHdrs } from "nats"
import { createClient } from "../../wire/client/client.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import { Overloaded } from "leftfold/contracts"
import { Accounts, REFERENCE } from "./account.ts"
import { type Operation, runLoad } from "./load.ts"
import { knownNodesOf } from "./watched-nodes.ts"
import { serveOrders } from "./worker.ts"

/** An order from the benchmark. */
interface Order {
  readonly url: string
  readonly mode: "ours" | "raw"
  /** 0 for a new id each time, 1 for always the same, or the number of ids to use. */
  readonly ids: number
  readonly prefix: string
  /** How many nodes the caller must know before it begins; 0 for none. */
  readonly nodes?: number
  readonly inFlight: number
  /** How many of a hundred commands must be rejected. */
  readonly rejections: number
  readonly warmUpMs: number
  readonly measureMs: number
  /** Whether to report the times of the accepted attempts. */
  readonly overload?: boolean
  /** The sizes of a bare command. */
  readonly headerBytes: number
  readonly payloadBytes: number
}

const { Deposit } = Accounts.commands

const idOf = ({ ids, prefix }: Order, number: number): string =>
  `${prefix}-${ids === 0 ? number : number % ids}`

const rejected = ({ rejections }: Order, number: number): boolean => number % 100 < rejections

const ours = async (order: Order) => {
  const wire = await natsWire({ url: order.url, name: "bench caller" })
  const known = order.nodes ? await knownNodesOf(wire) : undefined
  await known?.untilThere(order.nodes ?? 0)
  const client = createClient(wire, { routes: known?.knownNodes })
  let [failures, refused] = [0, 0]
  const took: number[] = []
  const operation: Operation = (number, done) => {
    const amount = rejected(order, number) ? 0 : 1
    const id = idOf(order, number)
    const attempt = (): void => {
      const started = performance.now()
      client.ask(Accounts, id, Deposit({ amount, reference: REFERENCE })).then(() => {
        if (order.overload) took.push(performance.now() - started)
        done()
      }, (error) => {
        if (!(error instanceof Overloaded)) {
          if (failures++ === 0) console.error(error)
          return done()
        }
        refused++
        setTimeout(attempt, error.retryAfterMs)
      })
    }
    attempt()
  }
  const result = await runLoad(operation, order.inFlight, order)
  known?.close()
  await wire.close()
  took.sort((one, other) => one - other)
  const acceptedP99Ms = took[Math.floor(took.length * 0.99)] ?? 0
  return { ...result, failures, refused, acceptedP99Ms }
}

const raw = async (order: Order) => {
  const nc = await connect({ servers: order.url.replace("nats://", ""), noAsyncTraces: true })
  const bytes = new TextEncoder().encode(
    `NATS/1.0\r\nLeftfold: ${"x".repeat(Math.max(0, order.headerBytes - 24))}\r\n\r\n`,
  )
  const headers = { encode: () => bytes } as unknown as MsgHdrs
  const accept = new Uint8Array(order.payloadBytes).fill(1)
  const refuse = new Uint8Array(order.payloadBytes)
  const inbox = `_INBOX.caller${process.pid}`
  const waiting = new Map<number, () => void>()
  nc.subscribe(`${inbox}.*`, {
    callback: (_error: Error | null, message: Msg) => {
      const number = Number.parseInt(message.subject.slice(inbox.length + 1), 36)
      waiting.get(number)?.()
      waiting.delete(number)
    },
  })
  const operation: Operation = (number, done) => {
    waiting.set(number, done)
    const payload = rejected(order, number) ? refuse : accept
    const reply = `${inbox}.${number.toString(36)}`
    nc.publish(`raw.bench.account.${idOf(order, number)}.Deposit`, payload, { reply, headers })
  }
  const result = await runLoad(operation, order.inFlight, order)
  await nc.close()
  return { ...result, failures: 0 }
}

await serveOrders(async (order) => {
  if (order.cpu) return { ...process.cpuUsage() }
  return await (order.mode === "ours" ? ours : raw)(order as unknown as Order)
}, () => Promise.resolve())
