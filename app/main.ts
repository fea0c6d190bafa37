/** The entry of an application's program: reads the environment, and runs until a signal comes. */
import { realpathSync } from "node:fs"
import { extname, join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { isFailure } from "../contracts/internal.ts"
import { chooseLogFormat, reportError, reportInfo, reportWarning } from "../wire/internal.ts"
import type { AppDefinition } from "./app.ts"
import { IDLE_PROGRAM_MS } from "./limits.ts"
import { readConfiguration, type Variables } from "./configuration.ts"
import { hasColors, logFormatIn } from "./log-settings.ts"
import { ROLES } from "./roles.ts"
import { start } from "./start.ts"
import { StartProblem } from "./start-problem.ts"

/** The environment; the options `--roles` and `--contexts` override `ROLES` and `CONTEXTS`. */
const variables = (): Variables => {
  const named = { type: "string" } as const
  try {
    const { values } = parseArgs({ options: { roles: named, contexts: named } })
    const { roles = process.env.ROLES, contexts = process.env.CONTEXTS } = values
    return { ...process.env, ROLES: roles, CONTEXTS: contexts }
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split(". ")
    throw new StartProblem(`${reason}: the options are --roles and --contexts, each with a value`)
  }
}

/** The file itself, without links on the way; undefined if there is no such file. */
const realPath = (path: string): string | undefined => {
  try {
    return realpathSync(path)
  } catch {
    return undefined
  }
}

/** Whether the program was started with this module, by its path, a link, or without its ending. */
const isEntry = (modulePath: string, entry: string): boolean => {
  const ending = extname(modulePath)
  const spelled = [entry, `${entry}${ending}`, join(entry, `index${ending}`)]
  const own = realPath(modulePath)
  return spelled.some((each) => each === modulePath || own !== undefined && realPath(each) === own)
}

/** Says why nothing runs, if the program ends by itself soon and so had nothing else to do. */
const sayIfNothingRuns = (name: string, modulePath: string, entry: string): void => {
  const begun = performance.now()
  process.once("beforeExit", () => {
    if (performance.now() - begun > IDLE_PROGRAM_MS) return
    reportWarning(
      `${name} did not run: App.main runs it only from the file that a program is started with; ` +
        `it was called in ${modulePath}, and the program was started with ${entry || "no file"}`,
    )
  })
}

const signalled = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => resolve(signal))
    }
  })

const STREAMS = "Have its streams been made (npx leftfold provision), and has NATS a leader?"

/** The sentence for a problem that an operator can solve; undefined for a bug. */
const sentenceOf = (error: unknown): string | undefined => {
  if (error instanceof StartProblem) return error.message
  return isFailure(error) ? `${error.message}. ${STREAMS}` : undefined
}

/** Reports a problem that an operator can solve in one line, and a bug with its stack. */
const reportProblem = ({ name }: AppDefinition, settings: Variables, error: unknown): void => {
  const sentence = sentenceOf(error)
  if (sentence !== undefined && settings.LEFTFOLD_LOG_LEVEL !== "debug") {
    return reportError(`${name} cannot run: ${sentence}`)
  }
  reportError(`${name} cannot run`, error)
  if (error instanceof StartProblem && error.cause) reportError("the cause", error.cause)
}

/**
 * Runs an application with these settings until a signal comes. Resolves to the exit code: 0, or 1
 * after a problem at the start, which it reports.
 */
export const runApplication = async (
  app: AppDefinition,
  settings: () => Variables,
): Promise<number> => {
  let given: Variables = process.env
  try {
    given = settings()
    chooseLogFormat(logFormatIn(given), hasColors(given))
    const options = await readConfiguration(given)
    const signal = signalled()
    let drainMs = options.drainMs ?? 0
    const running = await start(app, options, () => drainMs)
    const { roles = ROLES } = options
    reportInfo(`${app.name} runs ${roles.join(", ")} ${running.url}`.trimEnd())
    // A person at a terminal, unlike a platform, sends no more requests.
    if (roles.some((role) => role !== "provision") && await signal === "SIGINT") drainMs = 0
    await running.stop()
    return 0
  } catch (error) {
    reportProblem(app, given, error)
    return 1
  }
}

/**
 * Runs an application if the calling module is the program's entry, also through a link. Otherwise
 * it does nothing, so that the module can also be imported; a program that then ends at once says
 * why. Its settings come from the environment, such as `NATS_URL`, `DATABASE_URL`, `PORT` and
 * `ROLES`; the table in docs/operating.md lists all of them.
 * A problem at the start is reported in one line, or in full with `LEFTFOLD_LOG_LEVEL=debug`, and
 * the exit code is 1.
 */
export const main = async (app: AppDefinition, moduleUrl: string): Promise<void> => {
  const [modulePath, entry = ""] = [fileURLToPath(moduleUrl), process.argv[1]]
  if (!isEntry(modulePath, entry)) return sayIfNothingRuns(app.name, modulePath, entry)
  // What was answered 503 at the end may still be waited for here, for up to a minute.
  process.exit(await runApplication(app, variables))
}
