/** Runs an application under development with its servers, until Ctrl-C. */
import process from "node:process"
import { Effect } from "effect"
import { define } from "../../app.ts"
import { accessOf, addressesOf } from "../access.ts"
import { attempt } from "../resource.ts"
import { runUntilSignal } from "../run-until-signal.ts"
import { readSettings } from "../settings.ts"
import { standardOutput, type StepOutput } from "../steps.ts"
import { runSql } from "../postgres/run-sql.ts"
import { runSystem, type StartApplication } from "../system.ts"
import { removeData } from "./fresh.ts"
import { DevelopmentLoop, type LoopOptions } from "./loop.ts"

/** How to run an application under development. */
export interface DevelopOptions extends Pick<LoopOptions, "module" | "folder" | "program"> {
  readonly environment: Readonly<Record<string, string>>
  /** Removes the data of an earlier run first. */
  readonly fresh: boolean
  /** Writes a line of our own, such as that the application was started again. */
  readonly say: (line: string) => void
}

/** Lines that come while the steps are drawn; they are written afterwards. */
class HeldLines {
  #held: string[] | undefined = []

  write = (line: string): void => {
    if (this.#held === undefined) process.stdout.write(`${line}\n`)
    else this.#held.push(line)
  }

  release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    held.forEach(this.write)
  }
}

const system = (options: DevelopOptions, lines: HeldLines, output: StepOutput) =>
  Effect.gen(function* () {
    const settings = yield* readSettings(process.env)
    if (options.fresh) yield* attempt(() => removeData(settings.dataFolder))
    const loop = new DevelopmentLoop({ ...options, write: lines.write })
    const startApplication: StartApplication = async ({ port, ...servers }) => {
      const { url, screen } = await loop.start({
        passwords: servers.passwords,
        options: { ...addressesOf(servers), port },
        prepare: async ({ nats, sql }) => {
          if (servers.hasUsers) await servers.reconfigure?.(nats)
          if (servers.hasRoles) await runSql(servers.databaseUrl, sql)
        },
      })
      return { url, screen, stop: () => loop.stop() }
    }
    const packages = [options.folder, process.cwd()]
    // Users and roles are the same for every application; its loading sets their permissions.
    const access = accessOf(define("none", { actors: [] }))
    return yield* Effect.addFinalizer(() => Effect.promise(() => loop.stop())).pipe(
      Effect.andThen(runSystem(process.env, startApplication, output, { access, packages })),
    )
  }).pipe(
    Effect.scoped,
    Effect.ensuring(Effect.sync(() => lines.release())),
  )

/**
 * Runs the application of a module with a nats-server and a Postgres until Ctrl-C, and starts it
 * again when a file of its folder changes. It never resolves: it ends the process with exit code 0
 * after a signal, and with a sentence and exit code 1 when something cannot start.
 */
export const develop = (options: DevelopOptions): Promise<never> => {
  const lines = new HeldLines()
  let isReady = false
  const output: StepOutput = {
    isTerminal: standardOutput.isTerminal,
    write: (text) => {
      standardOutput.write(text)
      if (isReady || !/^ready /m.test(text)) return
      isReady = true
      lines.release()
    },
  }
  return runUntilSignal(system(options, lines, output))
}
