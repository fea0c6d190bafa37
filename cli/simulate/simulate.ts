/** `leftfold simulate`: runs a simulation from many seeds, on all cores, or one run again. */
import { availableParallelism } from "node:os"
import { setImmediate } from "node:timers/promises"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import {
  Broken,
  Coverage,
  type CoverageReport,
  explore,
  reportOf,
  reportOfFailure,
  run,
  type Selection,
  selectionOf,
} from "../../simulation/internal.ts"
import { interruptibly } from "../interruption.ts"
import { flag, given, json, leftfold, textFlag, wholeFlag } from "../leftfold.ts"
import { SIMULATED } from "../limits.ts"
import { counted, duration, printJson, printLine } from "../print.ts"
import { endWith } from "../exit-code.ts"
import { Problem } from "../problem.ts"
import { ProgressBar } from "../progress-bar.ts"
import { type Explored, inParts } from "./simulation-parts.ts"
import { type LoadedSimulation, loadSimulation } from "./simulation-module.ts"

const flags = {
  module: Argument.String("MODULE").pipe(
    Argument.withDescription("the module that exports the simulation, or an application"),
    Argument.optional,
  ),
  seeds: wholeFlag("seeds", `how many seeds are run; ${SIMULATED.seeds} by default`),
  from: wholeFlag("from", "the first seed; 1 by default"),
  cores: wholeFlag("cores", "how many processes share the work; one for each core by default"),
  seed: wholeFlag("seed", "runs only this seed, and tells what happens in it"),
  calls: wholeFlag("calls", "with --seed: how many calls there are"),
  keep: textFlag("keep", "with --seed: the numbers of the calls that are made"),
  faults: textFlag("faults", "with --seed: the faults that strike, as a report names them"),
  values: textFlag("values", "with --seed: the draws that keep their values"),
  part: flag("part", "runs in this process, and prints what other processes read"),
  json,
}

/** What the command was given; absent options are undefined. */
interface Input {
  readonly module: string | undefined
  readonly app: string | undefined
  readonly seeds: number
  readonly from: number
  readonly cores: number
  readonly selection: Selection | undefined
  readonly part: boolean
  readonly json: boolean
}

/** Runs seeds in this process. Rejects when the signal is aborted. */
const alone = async (
  { simulation }: LoadedSimulation,
  { seeds, from }: Pick<Input, "seeds" | "from">,
  progress: (done: number) => void,
  signal?: AbortSignal,
): Promise<Explored> => {
  const coverage = new Coverage()
  let said = performance.now()
  const goOn = async (tried: number) => {
    if (performance.now() - said > SIMULATED.progressMs) {
      said = performance.now()
      progress(tried)
      // So that a signal can be heard.
      await setImmediate()
      signal?.throwIfAborted()
    }
    return true
  }
  const { failed, ...ran } = await explore(simulation.scenario, { seeds, from }, { coverage, goOn })
  if (!failed) return { ...ran, failed, reached: [coverage.reached] }
  const { selection: { seed, calls }, broken: { law, where, message } } = failed
  const seen = { seed, calls, broken: { law, where, message } }
  return { ...ran, failed: seen, reached: [coverage.reached] }
}

/** Runs seeds in this process and prints lines of JSON: progress first, and then the result. */
const runPart = async (loaded: LoadedSimulation, input: Input): Promise<void> => {
  const { reached, ...ran } = await alone(loaded, input, (tried) => printJson({ tried }))
  printJson({ ...ran, reached: reached[0] })
}

/** Runs one selection, and tells its story. */
const replay = async (
  { simulation, module }: LoadedSimulation,
  selection: Selection,
): Promise<number> => {
  const { scenario } = simulation
  const { broken } = await run(scenario, selection)
  printLine(await reportOf(scenario, { selection, broken }, module))
  return broken ? 1 : 0
}

const listed = (what: string, names: readonly string[], of: number): string[] => {
  const shown = names.slice(0, SIMULATED.listed).map((each) => `  ${each.replaceAll("\t", " · ")}`)
  const left = names.length - shown.length
  return [
    `${what}: ${counted(names.length, "case")} of ${of.toLocaleString("en")}` +
    (names.length > 0 ? " never reached" : " unreached"),
    ...shown,
    ...(left > 0 ? [`  … and ${left.toLocaleString("en")} more; --json lists all`] : []),
  ]
}

const coverageLines = (report: CoverageReport): string[] => {
  const { decisions, rejections, events, orders } = report
  const all = (reached: readonly string[], missing: readonly string[]) =>
    reached.length + missing.length
  return [
    ...listed(
      "commands in each kind of state",
      report.neverDecided,
      all(decisions, report.neverDecided),
    ),
    ...listed("rejections", report.neverRejected, all(rejections, report.neverRejected)),
    ...listed("events", report.neverHappened, all(events, report.neverHappened)),
    `events one after another: ${orders.length.toLocaleString("en")} of ` +
    `${
      all(orders, report.neverInOrder).toLocaleString("en")
    } pairs were seen; --json lists the rest`,
  ]
}

/** What came of all seeds: for programs, for people, and whether a law was broken. */
export interface ExploredAll {
  readonly report: object
  readonly lines: readonly string[]
  readonly isBroken: boolean
}

/** Runs all seeds, with progress. Rejects with a `Problem` if a handler keeps something. */
export const exploreAll = async (
  loaded: LoadedSimulation,
  input: Pick<Input, "seeds" | "from" | "cores">,
): Promise<ExploredAll> => {
  const { scenario } = loaded.simulation
  const { seeds, from, cores } = input
  const begun = performance.now()
  const bar = new ProgressBar(scenario.app.name, "seeds")
  const progress = (done: number) => bar.show({ done, of: seeds })
  const explored: Explored = await interruptibly((signal) =>
    cores === 1
      ? alone(loaded, input, progress, signal)
      : inParts({ ...input, module: loaded.module, progress, signal })
  )
  bar.end()
  const seconds = (performance.now() - begun) / 1_000
  const coverage = new Coverage()
  for (const reached of explored.reached) coverage.add(reached)
  const { tried, steps, failed } = explored
  const ran = { tried, steps, seconds, from }
  if (!failed) {
    const report = coverage.reportOf(scenario.app.actors)
    const head = `${scenario.app.name}: ${counted(tried, "seed")}, ${counted(steps, "step")} in ` +
      `${duration(seconds)} on ${counted(cores, "core")}; every law holds`
    const lines = [head, ...coverageLines(report)]
    return { report: { ...ran, coverage: report }, lines, isBroken: false }
  }
  const { seed, calls, broken: { law, where, message } } = failed
  const failure = { selection: { seed, calls }, broken: new Broken(law, where, message) }
  const story = await reportOfFailure(scenario, failure, loaded.module)
  const lines = [`${scenario.app.name}: seed ${seed} breaks a law`, "", story]
  return { report: { ...ran, failed: { ...failed, story } }, lines, isBroken: true }
}

const checkWhole = (name: string, value: number): void => {
  if (Number.isSafeInteger(value) && value >= 1) return
  throw new Problem({ message: `--${name} must be a whole number from 1, not ${value}` })
}

const simulate = async (input: Input): Promise<number> => {
  checkWhole("seeds", input.seeds)
  checkWhole("cores", input.cores)
  const loaded = await loadSimulation(input.module, input.app)
  if (input.selection) return await replay(loaded, input.selection)
  if (input.part) {
    await runPart(loaded, input)
    return 0
  }
  const { report, lines, isBroken } = await exploreAll(loaded, input)
  if (input.json) printJson(report)
  else lines.forEach(printLine)
  return isBroken ? 1 : 0
}

/** The command. */
export const simulateCommand = Command.make("simulate", flags, (input) =>
  Effect.gen(function* () {
    const { app } = yield* leftfold
    const seed = given(input.seed)
    const [calls, keep] = [given(input.calls), given(input.keep)]
    const lists = { keep, faults: given(input.faults), values: given(input.values) }
    const selection = seed === undefined ? undefined : { seed, calls, ...lists }
    const seeds = given(input.seeds) ?? SIMULATED.seeds
    const most = Math.max(1, Math.ceil(seeds / SIMULATED.seedsOfPart))
    const cores = Math.min(given(input.cores) ?? availableParallelism(), most)
    const code = yield* Effect.tryPromise({
      try: async () => {
        return await simulate({
          module: given(input.module),
          app: given(app),
          ...{ seeds, cores, selection: selection && selectionOf(selection) },
          from: given(input.from) ?? 1,
          ...{ part: input.part, json: input.json },
        })
      },
      catch: (error) => error,
    })
    yield* endWith(code)
  })).pipe(Command.withDescription(
    "Runs an application on virtual time, once for each seed, with everything that can go wrong. " +
      "Exits with 1 when a seed breaks a law, and tells the shortest story of that.",
  ))
