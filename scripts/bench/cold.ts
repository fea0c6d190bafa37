/** Cold loads: how long it takes to wake an actor of 100 commits in a long stream. */
import { natsJournal } from "../../actors/journal/journal-nats.ts"
import { natsSnapshots } from "../../actors/journal/snapshots-nats.ts"
import { provisionStreams } from "../../app/operations/provision-nats.ts"
import { encodeCommit, nextAncestors } from "../../wire/commit.ts"
import { type NatsWire, natsWire } from "../../wire/nats/wire-nats.ts"
import { encodeSnapshot } from "../../actors/host/snapshot.ts"
import { wake } from "../../actors/host/wake.ts"
import { account, Accounts, plainAccount, REFERENCE } from "./account.ts"
import { median, type Row } from "./table.ts"

const ACTORS = 100
const COMMITS = 100
/** Fewer than lie between two commits of one actor, because each must follow the one before. */
const IN_FLIGHT = 100
const APPEND_TIMEOUT_MS = 30_000

interface Filling {
  sequence: number
  version: number
  ancestors: readonly number[]
}

const commitOf = ({ version, ancestors }: Filling, number: number): Uint8Array => {
  const event = Accounts.events.Deposited({ amount: 1, reference: REFERENCE })
  const plain = Accounts.codec.plain(event)
  const time = Date.now()
  return encodeCommit({
    base: version,
    ancestors,
    events: [{ ...plain, command: `fill-${number}`, time }],
  })
}

/** Fills the stream to a number of messages; the actors' commits lie evenly among others. */
const fill = async (wire: NatsWire, from: number, to: number): Promise<void> => {
  const journal = natsJournal(wire)
  const actors = Array.from({ length: ACTORS }, (): Filling => ({
    sequence: 0,
    version: 0,
    ancestors: [],
  }))
  const every = Math.floor((to - from) / (ACTORS * COMMITS))
  let running = 0
  let failed = ""
  let wakeUp = () => {}
  const append = (id: string, filling: Filling, number: number) => {
    running++
    journal.append(
      "bench.account",
      id,
      filling.sequence,
      commitOf(filling, number),
      APPEND_TIMEOUT_MS,
      (appended) => {
        running--
        if (appended.type === "stored") {
          filling.ancestors = nextAncestors(filling.ancestors, appended.sequence)
          filling.sequence = appended.sequence
          filling.version++
        } else failed = appended.type
        wakeUp()
      },
    )
  }
  for (let number = from; number < to; number++) {
    const turn = Math.floor((number - from) / every)
    const filling = (number - from) % every === 0 ? actors[turn % ACTORS] : undefined
    const due = filling && filling.version < COMMITS
    if (due) append(`cold-${to}-${turn % ACTORS}`, filling, number)
    else append(`other-${number}`, { sequence: 0, version: 0, ancestors: [] }, number)
    if (failed !== "") throw new Error(`filling the stream failed: ${failed}`)
    while (running >= IN_FLIGHT) await new Promise<void>((resolve) => wakeUp = resolve)
  }
  while (running > 0) await new Promise<void>((resolve) => wakeUp = resolve)
}

const timeOf = async (run: () => Promise<unknown>): Promise<number> => {
  const started = performance.now()
  await run()
  return performance.now() - started
}

const measure = async (
  wire: NatsWire,
  total: number,
  actor: typeof account,
): Promise<Pick<Row, "p50Ms" | "p99Ms">> => {
  const [journal, snapshots] = [natsJournal(wire), natsSnapshots(wire)]
  const took: number[] = []
  for (let number = 0; number < ACTORS; number++) {
    const id = `cold-${total}-${number}`
    took.push(await timeOf(() => wake(actor, id, { journal, snapshots, fresh: false })))
  }
  took.sort((one, other) => one - other)
  return { p50Ms: median(took), p99Ms: took[Math.floor(took.length * 0.99)] ?? 0 }
}

const keepSnapshots = async (wire: NatsWire, total: number): Promise<void> => {
  const [journal, snapshots] = [natsJournal(wire), natsSnapshots(wire)]
  for (let number = 0; number < ACTORS; number++) {
    const id = `cold-${total}-${number}`
    const resident = await wake(plainAccount, id, { journal, snapshots, fresh: false })
    if (resident.version !== COMMITS) throw new Error(`${id} is at version ${resident.version}`)
    const bytes = encodeSnapshot(account, resident)
    if (bytes) snapshots.write("bench.account", id, bytes)
  }
  await wire.connection.flush()
}

/** Measures cold loads in streams of these lengths, with and without a snapshot. */
export const coldRows = async (url: string, lengths: readonly number[]): Promise<Row[]> => {
  const wire = await natsWire({ url, name: "bench cold" })
  await provisionStreams(wire, ["bench"])
  const rows: Row[] = []
  let filled = 0
  for (const length of lengths) {
    await fill(wire, filled, length)
    filled = length
    await measure(wire, length, plainAccount)
    const cold = await measure(wire, length, plainAccount)
    const name = `cold load, 100 commits, ${length.toLocaleString("en")} messages`
    rows.push({ name, ...cold, goal: "p50 ≤ 5 ms" })
    await keepSnapshots(wire, length)
    const quick = await measure(wire, length, account)
    rows.push({ name: `${name}, snapshot`, ...quick, goal: "p50 ≤ 1 ms" })
  }
  const [first, last] = [rows[0], rows.at(-2)]
  if (first?.p50Ms && last?.p50Ms && first !== last) {
    rows.push({
      name: "cold load, long ÷ short stream",
      ratio: last.p50Ms / first.p50Ms,
      goal: "≤ 1.3",
    })
  }
  await wire.close()
  return rows
}
