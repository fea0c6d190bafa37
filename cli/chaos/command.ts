/** `leftfold chaos`: a simulation's calls and laws on real servers, while processes are killed. */
import process from "node:process"
import { Effect } from "effect"
import { Argument, Command } from "effect/cli"
import {
  ALL_DEEDS,
  type AppDefinition,
  type ChaosOptions,
  planOf,
  TARGETS,
} from "../../app/internal.ts"
import { harmless } from "../../wire/internal.ts"
import { interruptibly } from "../interruption.ts"
import { flag, given, json, leftfold, textFlag, wholeFlag } from "../leftfold.ts"
import { counted, printJson, printLine } from "../print.ts"
import { endWith } from "../exit-code.ts"
import { Problem } from "../problem.ts"
import { loadSimulation } from "../simulate/simulation-module.ts"
import { type AppRun, type AppRunOptions, runAppChaos } from "./app-run.ts"
import { CHAOS } from "./limits.ts"

const flags = {
  module: Argument.String("MODULE").pipe(
    Argument.withDescription("the module that exports the simulation, or an application"),
    Argument.optional,
  ),
  seconds: wholeFlag("seconds", `how long callers ask; ${CHAOS.seconds} by default`),
  seed: wholeFlag("seed", "what is asked and what is hurt; 1 by default"),
  only: textFlag(
    "only",
    `what is hurt, as in ${TARGETS.slice(0, 2).join()}; ${TARGETS} by default`,
  ),
  deeds: textFlag("deeds", `what is done to it, as in kill,pause; ${ALL_DEEDS} by default`),
  calm: flag("calm", "hurts nothing"),
  hurry: wholeFlag("hurry", "the most seconds that a timer waits; in full if it is not given"),
  json,
}

/** The names in a list that a person wrote. Throws a `Problem` for an unknown one. */
const namesIn = <Name extends string>(
  option: string,
  text: string | undefined,
  known: readonly Name[],
): readonly Name[] | undefined =>
  text?.split(",").map((each) => {
    const name = known.find((one) => one === each.trim())
    if (name !== undefined) return name
    throw new Problem({ message: `--${option} takes ${known.join()}, and not "${each}"` })
  })

const checked = (option: string, value: number, least: number, most: number): number => {
  if (value >= least && value <= most) return value
  throw new Problem({ message: `--${option} must be from ${least} to ${most}, and not ${value}` })
}

/** Throws a `Problem` when something shall be hurt, and nothing can be. */
const requireFaults = (options: ChaosOptions): void => {
  const { targets = TARGETS, seconds } = options
  if (targets.length === 0 || planOf(options).length > 0) return
  throw new Problem({
    message: `nothing would be hurt within ${seconds} seconds: give more --seconds, other --only ` +
      "or --deeds, or --calm",
  })
}

/** Why `atRest` was not checked, and what to do about it. */
const unrested = ({ atRest, waitingTimers }: AppRun, hurryMs: number | undefined): string[] => {
  if (atRest || waitingTimers === 0) return []
  const way = hurryMs === undefined
    ? "--hurry 3 lets those that fire once fire within three seconds"
    : "recurring timers always wait"
  return [`atRest was not checked, because ${counted(waitingTimers, "timer")} still waited: ${way}`]
}

const print = (name: string, run: AppRun, hurryMs: number | undefined): void => {
  const { findings, asked, accepted, rejected, events, faults } = run
  printLine(
    `${name}: ${counted(asked, "command")}, ${accepted} accepted, ${rejected} rejected, ` +
      `${counted(events, "event")}, ${counted(faults, "fault")}; ` +
      (findings.length === 0 ? "every law holds" : counted(findings.length, "finding")),
  )
  for (const each of [...unrested(run, hurryMs), ...findings.slice(0, CHAOS.listed)]) {
    printLine(each)
  }
  const left = findings.length - CHAOS.listed
  if (left > 0) printLine(`… and ${left} more; --json lists all`)
}

/** What the command was given; absent options are undefined. */
interface Input extends Pick<AppRunOptions, "seed" | "seconds" | "hurryMs" | "targets" | "deeds"> {
  readonly module: string | undefined
  readonly app: string | undefined
  readonly json: boolean
}

/** Throws for an application that follows others, whose logs are on none of these servers. */
const requireOwnLogs = ({ name, follows }: AppDefinition): void => {
  if (follows.length === 0) return
  const contracts = follows.map((each) => each.name).join(", ")
  throw new Problem({
    message: `${name} follows ${contracts}, whose logs belong to other applications: a chaos run ` +
      "starts servers of its own, where these logs are missing. Use leftfold simulate, or " +
      "export a simulation of the same application without follows",
  })
}

const chaos = async ({ module, app, json, ...options }: Input): Promise<number> => {
  requireFaults(options)
  const loaded = await loadSimulation(module, app)
  requireOwnLogs(loaded.simulation.scenario.app)
  const report = (what: string) => void process.stderr.write(`  ${harmless(what)}\n`)
  const run = await interruptibly((signal) => runAppChaos(loaded, { ...options, report, signal }))
  if (json) printJson(run)
  else print(loaded.simulation.scenario.app.name, run, options.hurryMs)
  return run.findings.length === 0 ? 0 : 1
}

/** The command. */
export const chaosCommand = Command.make("chaos", flags, (input) =>
  Effect.gen(function* () {
    const { app } = yield* leftfold
    const code = yield* Effect.tryPromise({
      try: async () => {
        const hurry = given(input.hurry)
        const { leastSeconds, mostSeconds, hurrySeconds } = CHAOS
        return await chaos({
          module: given(input.module),
          app: given(app),
          json: input.json,
          seed: given(input.seed) ?? 1,
          seconds: checked(
            "seconds",
            given(input.seconds) ?? CHAOS.seconds,
            leastSeconds,
            mostSeconds,
          ),
          hurryMs: hurry === undefined
            ? undefined
            : checked("hurry", hurry, 1, hurrySeconds) * 1_000,
          targets: input.calm ? [] : namesIn("only", given(input.only), TARGETS) ?? TARGETS,
          deeds: namesIn("deeds", given(input.deeds), ALL_DEEDS),
        })
      },
      catch: (error) => error,
    })
    yield* endWith(code)
  })).pipe(Command.withDescription(
    "Runs the application of a simulation as seven processes on three nats-servers and a " +
      "Postgres of its own, and kills, pauses and cuts off processes meanwhile. Exits with 1 " +
      "when the log or the views break a law.",
  ))
