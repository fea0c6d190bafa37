/** Catching up: how fast a view is folded from a log that is there, next to its floors. */
import { provisionStreams } from "leftfold/actors"
import { natsWire } from "leftfold/contracts"
import postgres from "postgres"
import { withScope } from "../peers/scope.ts"
import { median, type Row } from "../table.ts"
import { startWorker } from "../worker.ts"
import { ownNats, ownPostgres } from "../../testing/own-servers.ts"
import { fill, type Shape, shapesOf } from "./deposits.ts"

/** An empty database on the server of this URL. */
const emptyDatabase = async (url: string, name: string): Promise<string> => {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql.unsafe(`create database ${name}`)
  await sql.end()
  return url.replace(/\/[^/]*$/, `/${name}`)
}

interface Took {
  readonly tookMs: number
  readonly mostRss?: number
}

const inProcess = async (file: string, order: object): Promise<Took> => {
  const worker = startWorker(file)
  try {
    return await worker.tell<Took>(order)
  } finally {
    await worker.stop()
  }
}

const measure = (shape: Shape, index: number, rounds: number): Promise<Row> =>
  withScope(async (scope) => {
    const [nats, database] = await Promise.all([ownNats(scope), ownPostgres(scope)])
    const wire = await natsWire({ url: nats.url, name: "bench catch-up" })
    scope.after(() => wire.close())
    await provisionStreams(wire, ["bench"])
    await fill(wire, shape)
    const { events } = shape
    const rates = { ours: [] as number[], consume: [] as number[], upsert: [] as number[] }
    const rateOf = ({ tookMs }: Took) => events / tookMs * 1_000
    for (let round = 0; round < rounds; round++) {
      const order = { natsUrl: nats.url, events, shape: index }
      rates.consume.push(rateOf(await inProcess("read/raw-read.ts", { ...order, consumes: true })))
      const floor = await emptyDatabase(database.url, `floor_${round}`)
      rates.upsert.push(
        rateOf(await inProcess("read/raw-read.ts", { ...order, databaseUrl: floor })),
      )
      const own = await emptyDatabase(database.url, `ours_${round}`)
      rates.ours.push(
        rateOf(
          await inProcess("read/read-node.ts", {
            natsUrl: nats.url,
            databaseUrl: own,
            folds: true,
            until: events,
          }),
        ),
      )
    }
    const [rate, consume, upsert] = [rates.ours, rates.consume, rates.upsert].map(median)
    const hot = shape.name === "one hot row"
    const floorRate = hot ? consume! : Math.min(consume!, upsert!)
    return {
      name: `catch-up, ${shape.name}`,
      rate: rate!,
      floorRate,
      ratio: rate! / floorRate,
      goal: hot ? "≥ 0.60 of reading" : "≥ 0.80 of the lower",
      note: `reading ${consume!.toFixed(0)}, writing ${upsert!.toFixed(0)} /s`,
    }
  })

/** Measures each shape of a log of so many events. */
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
