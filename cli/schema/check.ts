/** `leftfold check`: everything that can be tried before a release, with one exit code. */
import { availableParallelism } from "node:os"
import { dirname } from "node:path"
import process from "node:process"
import type { Option } from "effect"
import { Command } from "effect/cli"
import { type AppDefinition, breaks } from "../../app/internal.ts"
import { namedAround } from "../module/find-module.ts"
import {
  atWork,
  flag,
  given,
  json,
  textFlag,
  withApplication,
  type Workplace,
} from "../leftfold.ts"
import { SIMULATED } from "../limits.ts"
import { printJson, printLine } from "../print.ts"
import { exploreAll } from "../simulate/simulate.ts"
import { loadSimulation } from "../simulate/simulation-module.ts"
import { folder, sample, seed, seeds, values } from "./flags.ts"
import { printReport, printSample } from "./report.ts"
import { type CheckInput, checkLocks, checkLog } from "./schema.ts"

interface Input extends CheckInput {
  readonly simulation: Option.Option<string>
  readonly seeds: number
  readonly sample: number
  readonly json: boolean
}

/** What a part found: for programs, for people, and whether it fails the check. */
interface Part {
  readonly name: "locks" | "simulation" | "log"
  readonly report: object
  readonly print: () => void
  readonly isBroken: boolean
}

const leftOut = (name: Part["name"], why: string): Part => ({
  name,
  report: { leftOut: why },
  print: () => printLine(`left out: ${why}`),
  isBroken: false,
})

const locks = async (app: AppDefinition, module: string, input: Input): Promise<Part> => {
  const { report, since, isBroken } = await checkLocks(app, module, input)
  return { name: "locks", report, print: () => printReport(report, since), isBroken }
}

const simulated = async (app: AppDefinition, module: string, input: Input): Promise<Part> => {
  const named = given(input.simulation) ?? await namedAround(dirname(module), ["simulation"])
  if (named === undefined) {
    return leftOut("simulation", 'package.json names none: "leftfold": { "simulation": "…" }')
  }
  const loaded = await loadSimulation(named, undefined)
  const { name } = loaded.simulation.scenario.app
  if (name !== app.name) {
    return leftOut("simulation", `${loaded.module} is one of ${name}, and not of ${app.name}`)
  }
  const most = Math.ceil(input.seeds / SIMULATED.seedsOfPart)
  const cores = Math.min(availableParallelism(), most)
  const { report, lines, isBroken } = await exploreAll(loaded, {
    ...{ seeds: input.seeds, from: input.seed, cores },
  })
  // What was never reached is the matter of `leftfold simulate`.
  const shown = isBroken ? lines : lines.slice(0, 1)
  return { name: "simulation", report, print: () => shown.forEach(printLine), isBroken }
}

const logged = async (place: Pick<Workplace, "app" | "feed">, input: Input): Promise<Part> => {
  const found = await checkLog(place, input)
  return {
    name: "log",
    report: found,
    print: () => printSample(found),
    isBroken: breaks(found.findings),
  }
}

/** Runs the parts, one after another, and prints each when it is there. */
const inTurn = async (
  parts: readonly (() => Promise<Part>)[],
  asJson: boolean,
): Promise<number> => {
  const all: Record<string, object> = {}
  const broken: string[] = []
  for (const part of parts) {
    const { name, report, print, isBroken } = await part()
    all[name] = report
    if (isBroken) broken.push(name)
    if (asJson) continue
    printLine(`${name}:`)
    print()
    printLine("")
  }
  if (asJson) printJson({ ...all, broken })
  else {
    printLine(broken.length === 0 ? "nothing breaks" : `something breaks: ${broken.join(", ")}`)
  }
  return broken.length === 0 ? 0 : 1
}

/** Whether the servers are named: those of `npm start` need not run. */
const areServersNamed = (): boolean => (process.env.NATS_URL ?? "") !== ""

const withoutServers = (app: AppDefinition, module: string, input: Input): Promise<number> =>
  inTurn([
    () => locks(app, module, input),
    () => simulated(app, module, input),
    () =>
      Promise.resolve(leftOut("log", "NATS_URL names no server; --log reads that of npm start")),
  ], input.json)

const withServers = (place: Workplace, input: Input): Promise<number> =>
  inTurn([
    () => locks(place.app, place.module, input),
    () => simulated(place.app, place.module, input),
    () => logged(place, input),
  ], input.json)

/** The command. */
export const checkCommand = Command.make(
  "check",
  {
    folder,
    values,
    seed,
    simulation: textFlag(
      "simulation",
      "the module that exports the simulation; by default the one that package.json names",
    ),
    seeds,
    sample,
    locked: flag("locked", "fail also if something is not locked yet, as for a release"),
    log: flag("log", "read the real log of the servers of npm start; of those in NATS_URL anyway"),
    json,
  },
  (input) =>
    input.log || areServersNamed()
      ? atWork((place) => withServers(place, input))
      : withApplication(undefined, (app, module) => withoutServers(app, module, input)),
).pipe(Command.withDescription(
  "Tries a release before it is one: what was released through today's code (leftfold schema " +
    "check), the simulation that package.json names, and, if NATS_URL is set, a sample of the " +
    "real log. It changes nothing. Exits with 0 when nothing breaks, 1 when something does, 2 " +
    "for a wrong command line.",
))
