/** The same balances by emmett's asynchronous projection, from the same number of events. */
import { provisionStreams } from "../../../app/operations/provision-nats.ts"
import { natsWire } from "../../../wire/nats/wire-nats.ts"
import { ownNats, ownPostgres } from "../../../testing/own-servers.ts"
import { REFERENCE } from "../account.ts"
import { installPeers } from "../peers/install.ts"
import { withScope } from "../peers/scope.ts"
import type { Row } from "../table.ts"
import { startWorker } from "../worker.ts"
import { fill } from "./deposits.ts"

const UPDATES = 10

/** Folds this many events through both, ten to a row, and compares the rates. */
export const emmettRow = async (events: number): Promise<Row> => {
  await installPeers()
  return await withScope(async (scope) => {
    const [nats, own, theirs] = await Promise.all([
      ownNats(scope),
      ownPostgres(scope),
      ownPostgres(scope),
    ])
    const workers = ["peers/emmett-projection.ts", "read/read-node.ts"].map((file) => {
      const worker = startWorker(file)
      scope.after(() => worker.stop())
      return worker
    })
    const [emmett, ours] = workers
    const peer = await emmett!.tell<{ tookMs: number; projected: number }>({
      url: theirs.url,
      events,
      reference: REFERENCE,
    })
    const wire = await natsWire({ url: nats.url, name: "bench emmett" })
    scope.after(() => wire.close())
    await provisionStreams(wire, ["bench"])
    const accountOf = (number: number) => `a-${Math.floor(number / UPDATES)}`
    await fill(wire, { name: "in order", events, accountOf })
    const { tookMs } = await ours!.tell<{ tookMs: number }>({
      natsUrl: nats.url,
      databaseUrl: own.url,
      folds: true,
      until: events,
    })
    const [rate, floorRate] = [tookMs, peer.tookMs].map((took) => events / took * 1_000)
    const lost = events - peer.projected
    return {
      name: "against emmett's asynchronous projection",
      rate: rate!,
      floorRate: floorRate!,
      ratio: rate! / floorRate!,
      goal: "≥ 10 ×",
      note: `${events} events, 10 to a row${lost === 0 ? "" : `; emmett left out ${lost}`}`,
    }
  })
}
