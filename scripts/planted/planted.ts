/**
 * `npm run planted`: plants faults in the shop, one after another, and measures how many of them
 * its simulation finds, and how small it makes them. With `--runtime` it plants faults in the
 * runtime instead, and looks whether the model refuses what they lead to.
 */
import process from "node:process"
import { parseArgs } from "node:util"
import { punctualShop } from "../../examples/shop/punctual.ts"
import { shopSimulation } from "../../examples/shop/simulation.ts"
import { explore } from "../../simulation/search/explore.ts"
import { shrink } from "../../simulation/search/shrink.ts"
import type { Plant } from "./operators.ts"
import { measureRuntime } from "./runtime/measure.ts"
import { shopFaults } from "./shop-faults.ts"

/** How one fault was found. */
interface Found {
  readonly name: string
  /** The seeds that were run until it was found; undefined if none found it. */
  readonly seeds: number | undefined
  readonly calls: number
  readonly faults: number
  readonly what: string
}

/** Runs the simulations of the shop, one after the other, until one of them finds the fault. */
const measured = async (name: string, plant: Plant, seeds: number): Promise<Found> => {
  for (const simulation of [shopSimulation, punctualShop]) {
    const scenario = { ...simulation.scenario, app: plant(simulation.scenario.app) }
    const { failed, tried } = await explore(scenario, { seeds })
    if (!failed) continue
    const shrunk = await shrink(scenario, failed.selection, failed.broken)
    if (!shrunk) throw new Error(`${name}: seed ${failed.selection.seed} does not fail again`)
    const { selection, broken } = shrunk
    const [what = ""] = broken.message.split("\n")
    const calls = selection.keep?.size ?? selection.calls
    return { name, seeds: tried, calls, faults: selection.only?.size ?? 0, what }
  }
  return { name, seeds: undefined, calls: 0, faults: 0, what: "" }
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((one, other) => one - other)[Math.floor(numbers.length / 2)] ?? 0

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "20000" },
    only: { type: "string", default: "" },
    runtime: { type: "boolean", default: false },
  },
})

// The mistakes of the runtime instead, on real servers.
if (values.runtime) process.exit(await measureRuntime(values.only) ? 0 : 1)

const chosen = Object.entries(shopFaults).filter(([name]) => name.includes(values.only))
const all: Found[] = []
for (const [name, plant] of chosen) {
  const found = await measured(name, plant, Number(values.seeds))
  all.push(found)
  const how = found.seeds === undefined
    ? `NOT found in ${values.seeds} seeds`
    : `seed ${found.seeds}, ${found.calls} calls, ${found.faults} faults: ${found.what}`
  process.stdout.write(`${name}\n    ${how}\n`)
}
const found = all.filter(({ seeds }) => seeds !== undefined)
process.stdout.write(
  `found ${found.length} of ${all.length}; median of the smallest: ` +
    `${median(found.map(({ calls }) => calls))} calls, ` +
    `${median(found.map(({ faults }) => faults))} faults; median seed ` +
    `${median(found.map(({ seeds = 0 }) => seeds))}\n`,
)
