/** A stand for the read side: servers, a projection worker, a query server, and a client. */
import { provisionStreams } from "../../../app/operations/provision-nats.ts"
import type { Client } from "leftfold/wire"
import { createClient } from "../../../wire/client/client.ts"
import { type NatsWire, natsWire } from "../../../wire/nats/wire-nats.ts"
import { ownNats, ownPostgres } from "../../../testing/own-servers.ts"
import type { TestScope } from "../../../testing/temporary-folder.ts"
import { startWorker, type Worker } from "../worker.ts"

/** The flags that docs/operating.md gives for projections: V8 otherwise collects late. */
const HEAP = ["--max-old-space-size=240"]

/** Everything that measuring a running view needs. */
export interface ReadStand {
  readonly natsUrl: string
  readonly databaseUrl: string
  readonly wire: NatsWire
  readonly client: Client
  readonly folding: Worker
}

/** Starts a stand; `prepare` fills the log before the view is made. It ends with the scope. */
export const makeReadStand = async (
  scope: TestScope,
  prepare: (wire: NatsWire) => Promise<void> = () => Promise.resolve(),
): Promise<ReadStand> => {
  const [nats, database] = await Promise.all([ownNats(scope), ownPostgres(scope)])
  const wire = await natsWire({ url: nats.url, name: "bench read stand" })
  scope.after(() => wire.close())
  await provisionStreams(wire, ["bench"])
  await prepare(wire)
  const urls = { natsUrl: nats.url, databaseUrl: database.url }
  const start = (flags: readonly string[] = []) => {
    const worker = startWorker("read/read-node.ts", flags)
    scope.after(() => worker.stop())
    return worker
  }
  const [folding, answering] = [start(HEAP), start()]
  await folding.tell({ ...urls, folds: true })
  await answering.tell({ ...urls, answers: true })
  return { ...urls, wire, client: createClient(wire), folding }
}
