/** The benchmark of a killed node: the longest that callers wait while one of three nodes dies. */
import process from "node:process"
import type { Client } from "leftfold/wire"
import { createClient } from "../../wire/client/client.ts"
import { natsWire } from "../../wire/nats/wire-nats.ts"
import { p99Of, type Wait, worstSecondOf } from "../chaos/worst-second.ts"
import { Accounts, REFERENCE } from "./account.ts"
import { startNodes } from "./nodes.ts"
import { knownNodesOf } from "./watched-nodes.ts"
import type { Row } from "./table.ts"
import { pause } from "../../wire/internal.ts"

/** How many rounds, and who gets each row. */
export interface KillOptions {
  readonly rounds: number
  readonly report: (row: Row) => void
}

const NODES = 3
/** For each of two callers: one that knows the nodes and one that does not. */
const IN_FLIGHT = 32
const IDS = 1_000
/** How long the load runs before and after the kill, in milliseconds. */
const BEFORE_MS = 4_000
const AFTER_MS = 6_000

const { Deposit } = Accounts.commands

/** Keeps commands of each client in flight, and records how long each took. */
class Load {
  readonly waits: Wait[] = []
  failures = 0
  readonly #asking: readonly Promise<void>[]
  #over = false
  #count = 0

  constructor(clients: readonly Client[]) {
    this.#asking = clients.flatMap((client) =>
      Array.from({ length: IN_FLIGHT }, () => this.#ask(client))
    )
  }

  async stop(): Promise<void> {
    this.#over = true
    await Promise.all(this.#asking)
  }

  async #ask(client: Client): Promise<void> {
    while (!this.#over) {
      const id = `killed-${this.#count++ % IDS}`
      const sentMs = performance.now()
      const deposit = Deposit({ amount: 1, reference: REFERENCE })
      await client.ask(Accounts, id, deposit).catch((error) => {
        if (this.failures++ === 0) console.error(error)
      })
      this.waits.push({ sentMs, doneMs: performance.now() })
    }
  }
}

/** One round: three nodes, one of which is killed under load. */
const round = async (): Promise<Pick<Load, "waits" | "failures">> => {
  const { url, workers: [victim], stop } = await startNodes(NODES)
  const wires = [await natsWire({ url, name: "knows" }), await natsWire({ url, name: "does not" })]
  const { knownNodes, untilThere, close } = await knownNodesOf(wires[0]!)
  try {
    await untilThere(NODES)
    const load = new Load([
      createClient(wires[0]!, { routes: knownNodes }),
      createClient(wires[1]!),
    ])
    await pause(BEFORE_MS)
    process.kill(victim!.pid, "SIGKILL")
    await pause(AFTER_MS)
    await load.stop()
    return load
  } finally {
    close()
    await Promise.all(wires.map((wire) => wire.close()))
    await stop()
  }
}

/** Runs the rounds; a row for each. */
export const runKill = async ({ rounds, report }: KillOptions): Promise<void> => {
  for (let number = 1; number <= rounds; number++) {
    const { waits, failures } = await round()
    const took = waits.map(({ sentMs, doneMs }) => doneMs - sentMs).sort((one, two) => one - two)
    const slowest = Math.round(took.at(-1) ?? 0)
    report({
      name: `kill -9 of one node of three, round ${number}`,
      rate: (waits.length * 1_000) / (BEFORE_MS + AFTER_MS),
      p50Ms: took[Math.floor(took.length / 2)] ?? 0,
      p99Ms: p99Of(waits),
      goal: "p99 of the worst second ≤ 500 ms, 0 failed",
      note: [
        `p99 of the worst second ${worstSecondOf(waits)} ms`,
        `slowest ${slowest} ms`,
        `${waits.length} commands, ${failures} failed`,
      ].join("; "),
    })
  }
}
