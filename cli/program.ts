/** The program of the command line: its commands and its exit code. */
import { readFile } from "node:fs/promises"
import { ConfigProvider, Effect, Logger } from "effect"
import { Command } from "effect/cli"
import { askCommand } from "./shell/ask.ts"
import { historyCommand, queryCommand, stateCommand } from "./shell/reading.ts"
import { tailCommand } from "./shell/tail.ts"
import { flowCommand } from "./shell/flow.ts"
import { whyCommand } from "./shell/why.ts"
import { wouldCommand } from "./shell/would.ts"
import { backupCommand, restoreCommand } from "./backup.ts"
import { exportCommand } from "./transfer/export.ts"
import { dropCommand, rollbackCommand } from "./generations.ts"
import { chaosCommand } from "./chaos/command.ts"
import { consoleCommand } from "./console/command.ts"
import { devCommand } from "./run/dev.ts"
import { healthCommand } from "./health.ts"
import { initCommand } from "./deploy/init.ts"
import { idsCommand } from "./transfer/ids.ts"
import { importCommand } from "./transfer/import.ts"
import { moveCommand } from "./transfer/move.ts"
import { leftfold } from "./leftfold.ts"
import { mcpCommand } from "./mcp/command.ts"
import { parkedCommand } from "./parked.ts"
import { platform } from "./platform.ts"
import { projectionsCommand } from "./projections.ts"
import { withRunCode } from "./exit-code.ts"
import { exitCodeOf } from "./problem.ts"
import { harmless, logThrough } from "../wire/internal.ts"
import { provisionCommand } from "./provision.ts"
import { rebuildCommand } from "./rebuild.ts"
import { reconcileCommand } from "./reconcile.ts"
import { replayCommand } from "./policies/replay.ts"
import { retryCommand } from "./retry.ts"
import { simulateCommand } from "./simulate/simulate.ts"
import { schemaCommand } from "./schema/schema.ts"
import { checkCommand } from "./schema/check.ts"
import { skipCommand } from "./skip.ts"
import { timersCommand } from "./policies/timers.ts"
import { startCommand } from "./run/start.ts"
import { typesCommand } from "./types.ts"

/** All commands. */
export const program = leftfold.pipe(Command.withSubcommands([
  devCommand,
  startCommand,
  projectionsCommand,
  rebuildCommand,
  rollbackCommand,
  dropCommand,
  reconcileCommand,
  parkedCommand,
  retryCommand,
  replayCommand,
  timersCommand,
  skipCommand,
  provisionCommand,
  backupCommand,
  restoreCommand,
  healthCommand,
  typesCommand,
  simulateCommand,
  chaosCommand,
  importCommand,
  exportCommand,
  moveCommand,
  idsCommand,
  checkCommand,
  schemaCommand,
  initCommand,
  stateCommand,
  historyCommand,
  queryCommand,
  askCommand,
  consoleCommand,
  mcpCommand,
  wouldCommand,
  whyCommand,
  flowCommand,
  tailCommand,
]))

const manifest = await readFile(new URL("../package.json", import.meta.url), "utf8")
const run = Command.runWith(program, { version: JSON.parse(manifest).version })

/** Whatever a command prints is for programs to read, so the log goes elsewhere. */
const toStandardError = (line: string): void => console.error(harmless(line))

/**
 * Runs a command line in the environment that the process now has; resolves to the exit code, and
 * never rejects for a failed command.
 */
export const runProgram = async (args: readonly string[]): Promise<number> => {
  logThrough({ error: toStandardError, warning: toStandardError, info: toStandardError })
  return exitCodeOf(
    await Effect.runPromiseExit(
      withRunCode(run(args)).pipe(
        Effect.provide(platform),
        Effect.provideService(Logger.LogToStderr, true),
        Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromEnv()),
      ),
    ),
  )
}
