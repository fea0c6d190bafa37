/** Runs test files: in some processes at a time on Node, in one process on Deno. */
import process from "node:process"
import { Effect } from "effect"
import type { Environment } from "../../app/development/cache.ts"
import { type Ended, makeReports, TestProcess } from "./test-process.ts"
import { totals } from "./totals.ts"
import { Turns } from "./turns.ts"

/** A file that is run by a process of its own, where the runtime has no process for all. */
export interface TestFile {
  readonly path: string
  /** How long its process may print nothing, in milliseconds. */
  readonly silenceMs: number
}

/** What the runner runs. */
export interface Run {
  readonly root: string
  readonly files: ReadonlyArray<TestFile>
  /** Options of the runner itself, such as a pattern for the names of tests. */
  readonly options: ReadonlyArray<string>
  readonly environment: Environment
}

/** The longest that a run can take: a test that hangs must not hang the build. */
const runLimitMs = 1_800_000
const stopGraceMs = 2_000

/** Processes at a time: most of them wait for servers most of the time. */
const AT_A_TIME = 3

const loader = new URL("compiled.js", import.meta.url).href

const isDeno = "deno" in process.versions

/** The processes of a run. */
class Runner {
  readonly #run: Run
  readonly #turns = new Turns((text) => process.stdout.write(text))
  readonly #running = new Set<TestProcess>()
  #stopped = false

  constructor(run: Run) {
    this.#run = run
  }

  /** Runs all files, and answers an exit code. */
  async run(): Promise<number> {
    const { files, options } = this.#run
    const reports = await makeReports()
    try {
      if (isDeno) {
        const command = ["test", "-A", "--no-check", "--parallel", ...options]
        const paths = files.map(({ path }) => path)
        return exitCode((await this.#one([...command, ...paths], reports.folder, runLimitMs)).ended)
      }
      const shown = ["--test-reporter=spec", "--test-reporter-destination=stdout"]
      const node = ["--import", loader, ...reports.options, ...shown, ...options]
      return await this.#all(
        [...files],
        ({ path, silenceMs }) => this.#one([...node, path], reports.folder, silenceMs),
      )
    } finally {
      await reports.stop()
    }
  }

  end(signal: "SIGTERM" | "SIGKILL"): void {
    this.#stopped = true
    this.#turns.flush()
    for (const each of this.#running) each.end(signal)
  }

  /** Runs files, some at a time. A process that hangs is told of and tried a second time. */
  async #all(files: TestFile[], run: (file: TestFile) => Promise<Finished>): Promise<number> {
    const outputs: string[] = []
    const again = new Set<TestFile>()
    let failed = false
    const work = async () => {
      for (let file = files.shift(); file && !this.#stopped; file = files.shift()) {
        const { ended, output } = await run(file)
        if (ended === "hung" && !again.has(file)) files.push(file), again.add(file)
        else {
          failed ||= ended !== 0
          outputs.push(output)
        }
      }
    }
    await Promise.all(Array.from({ length: AT_A_TIME }, work))
    process.stdout.write(`\n${totals(outputs)}`)
    for (const { path } of again) process.stdout.write(`hung, and was tried again: ${path}\n`)
    return failed || this.#stopped ? 1 : 0
  }

  async #one(command: readonly string[], reports: string, silenceMs: number): Promise<Finished> {
    const { root, environment } = this.#run
    const { print, close } = this.#turns.open()
    const one = new TestProcess({ root, command, environment, print, silenceMs }, reports)
    this.#running.add(one)
    const ended = await one.ended
    this.#running.delete(one)
    return { ended, output: close() }
  }
}

interface Finished {
  readonly ended: Ended
  readonly output: string
}

const exitCode = (ended: Ended): number => ended === "hung" ? 1 : ended

/**
 * Runs the tests and answers an exit code. Each process of tests has a process group of its own, so
 * that an interruption ends everything that it started.
 */
export const runTests = (run: Run): Effect.Effect<number> =>
  Effect.callback<number>((resume) => {
    const runner = new Runner(run)
    const kill = () => runner.end("SIGKILL")
    process.once("exit", kill)
    const closed = runner.run().then(
      (code) => resume(Effect.succeed(code)),
      (error) => resume(Effect.die(error)),
    ).finally(() => process.off("exit", kill))
    return Effect.promise(() => {
      runner.end("SIGTERM")
      return closed
    }).pipe(Effect.timeoutOption(stopGraceMs), Effect.andThen(Effect.sync(kill)))
  }).pipe(
    Effect.timeoutOrElse({
      duration: runLimitMs,
      orElse: () =>
        Effect.sync(() => {
          process.stderr.write(`the tests were ended after ${runLimitMs / 60_000} minutes\n`)
          return 1
        }),
    }),
  )
