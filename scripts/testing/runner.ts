/** The test runner of this runtime, as a process of its own. */
import { spawn } from "node:child_process"
import process from "node:process"
import { Effect } from "effect"
import type { Environment } from "../../app/development/cache.ts"

/** What the runner runs. */
export interface Run {
  readonly root: string
  readonly files: ReadonlyArray<string>
  /** Options of the runner itself, such as a pattern for the names of tests. */
  readonly options: ReadonlyArray<string>
  readonly environment: Environment
}

/** The longest that a run can take: a test that hangs must not hang the build. */
const runLimitMs = 1_200_000
const stopGraceMs = 2_000

const loader = new URL("compiled.js", import.meta.url).href

const isDeno = "deno" in process.versions

/**
 * Runs the tests and answers the runner's exit code. The runner gets a process group of its own, so
 * that an interruption ends everything that it started.
 */
export const runTests = ({ root, files, options, environment }: Run): Effect.Effect<number> =>
  Effect.callback<number>((resume) => {
    const command = isDeno
      ? ["test", "-A", "--no-check", "--parallel", ...options]
      : ["--import", loader, "--test", "--test-concurrency=3", "--test-reporter=spec", ...options]
    const runner = spawn(process.execPath, [...command, ...files], {
      cwd: root,
      detached: true,
      stdio: ["ignore", "inherit", "inherit"],
      env: { ...process.env, ...environment },
    })
    const end = (signal: "SIGTERM" | "SIGKILL") => {
      try {
        if (runner.pid !== undefined) process.kill(-runner.pid, signal)
      } catch {
        // The whole group has already ended.
      }
    }
    const kill = () => end("SIGKILL")
    process.once("exit", kill)
    const closed = new Promise<void>((resolve) => {
      runner.once("error", () => resolve())
      runner.once("exit", () => resolve())
    }).then(() => {
      process.off("exit", kill)
      resume(Effect.succeed(runner.exitCode ?? 1))
    })
    return Effect.promise(() => {
      end("SIGTERM")
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
