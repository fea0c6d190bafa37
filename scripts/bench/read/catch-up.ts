/** Catching up: how fast a view is folded from an existing log, next to its floors. */
import { provisionStreams } from "../../../app/operations/provision-nats.ts"
import { natsWire } from "../../../wire/nats/wire-nats.ts"
import connect from "postgres"
import { withScope } from "../peers/scope.ts"
import { median, type Row } from "../table.ts"
import { startWorker } from "../worker.ts"
import { ownNats, ownPostgres } from "../../../testing/own-servers.ts"
import { fill, type Shape, shapesOf } from "./deposits.ts"

/** An empty database on the server of this URL. */
const emptyDatabase = async (url: string, name: string): Promise<string> => {
  const sql = connect(url, { max: 1, onnotice: () => {} })
  await sql.unsafe(`create database ${name}`)
  await sql.end()
  return url.replace(/\/[^/]*$/, `/${name}`)
}

const inProcess = async (file: string, order: object): Promise<{ readonly tookMs: number }> => {
  const worker = startWorker(file)
  try {
    return await worker.tell(order)
  } finally {
    await worker.stop()
  }
}

const measure = (shape: Shape, index: number, rounds: number): Promise<Row> =>
  withScope(async (scope) => {
    const [nats, postgres] = await Promise.all([ownNats(scope), ownPostgres(scope)])
    const wire = await natsWire({ url: nats.url, name: "bench catch-up" })
    scope.after(() => wire.close())
    await provisionStreams(wire, ["bench"])
    await fill(wire, shape)
    const { events } = shape
    const rates = { ours: [], read: [], write: [], both: [] } as Record<string, number[]>
    const measured = async (name: string, file: string, order: object) => {
      const { tookMs } = await inProcess(file, { ...order, shape: index, events })
      rates[name]?.push(events / tookMs * 1_000)
    }
    for (let round = 0; round < rounds; round++) {
      const database = (name: string) => emptyDatabase(postgres.url, `${name}_${round}`)
      const natsUrl = nats.url
      await measured("read", "read/raw-read.ts", { natsUrl })
      await measured("write", "read/raw-read.ts", { databaseUrl: await database("floor") })
      await measured("both", "read/raw-read.ts", { natsUrl, databaseUrl: await database("both") })
      const order = { natsUrl, databaseUrl: await database("ours"), folds: true, until: events }
      await measured("ours", "read/read-node.ts", order)
    }
    const rate = (name: string) => median(rates[name] ?? [])
    const hot = shape.name === "one hot row"
    const floorRate = hot ? rate("read") : Math.min(rate("read"), rate("write"))
    const [read, write, both] = ["read", "write", "both"].map((name) => rate(name).toFixed(0))
    return {
      name: `catch-up, ${shape.name}`,
      rate: rate("ours"),
      floorRate,
      ratio: rate("ours") / floorRate,
      goal: hot ? "≥ 0.60 of reading" : "≥ 0.80 of the lower",
      note: `reading ${read}, writing ${write}, both at once ${both} /s`,
    }
  })

/** Measures each shape of a log with this many events. */
export const catchUpRows = async (
  events: number,
  rounds: number,
  chosen: (name: string) => boolean,
  report: (row: Row) => void,
): Promise<void> => {
  for (const [index, shape] of shapesOf(events).entries()) {
    if (chosen(`catch-up, ${shape.name}`)) report(await measure(shape, index, rounds))
  }
}
