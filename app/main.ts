/** The entry of a program that is an application: configured by its environment, until a signal. */
import process from "node:process"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { isFailure } from "../contracts/internal.ts"
import { reportError, reportInfo } from "../wire/internal.ts"
import type { AppDefinition } from "./app.ts"
import { readConfiguration, type Variables } from "./configuration.ts"
import { ROLES } from "./roles.ts"
import { start } from "./start.ts"
import { StartProblem } from "./start-problem.ts"

/** The environment. `--roles` and `--contexts` take precedence over `ROLES` and `CONTEXTS`. */
const variables = (): Variables => {
  const named = { type: "string" } as const
  try {
    const { values } = parseArgs({ options: { roles: named, contexts: named } })
    const { roles = process.env.ROLES, contexts = process.env.CONTEXTS } = values
    return { ...process.env, ROLES: roles, CONTEXTS: contexts }
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split(". ")
    throw new StartProblem(`${reason}: there are --roles and --contexts, each with a value`)
  }
}

const isEntry = (moduleUrl: string): boolean => {
  const [, entry = ""] = process.argv
  return fileURLToPath(moduleUrl) === entry
}

const signalled = (): Promise<string> =>
  new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => resolve(signal))
    }
  })

const STREAMS = "Have its streams been made (npx leftfold provision), and has NATS a leader?"

/** What an operator can mend; undefined for a bug. */
const sentenceOf = (error: unknown): string | undefined => {
  if (error instanceof StartProblem) return error.message
  return isFailure(error) ? `${error.message}. ${STREAMS}` : undefined
}

/** What an operator can mend is a line; a bug comes with its stack. */
const reportProblem = ({ name }: AppDefinition, error: unknown): void => {
  const sentence = sentenceOf(error)
  if (sentence !== undefined && process.env.LEFTFOLD_LOG_LEVEL !== "debug") {
    return reportError(`${name} cannot run: ${sentence}`)
  }
  reportError(`${name} cannot run`, error)
  if (error instanceof StartProblem && error.cause) reportError("the cause", error.cause)
}

/**
 * Runs an application, if the module that calls this is the program's entry; otherwise does
 * nothing, so that the module can also be imported. Its settings come from the environment, such as
 * `NATS_URL`, `DATABASE_URL`, `PORT` and `ROLES`; the table in docs/operating.md lists all of them.
 * What keeps it from starting is reported in a line, with `LEFTFOLD_LOG_LEVEL=debug` in full, and
 * the exit code is 1.
 */
export const main = async (app: AppDefinition, moduleUrl: string): Promise<void> => {
  if (!isEntry(moduleUrl)) return
  try {
    const options = await readConfiguration(variables())
    const signal = signalled()
    const running = await start(app, options)
    const { roles = ROLES } = options
    reportInfo(`${app.name} runs ${roles.join(", ")} ${running.url}`)
    if (roles.some((role) => role !== "provision")) await signal
    await running.stop()
    process.exitCode = 0
  } catch (error) {
    reportProblem(app, error)
    process.exitCode = 1
  }
}
