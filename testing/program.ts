/** A script that a test runs as a process of its own, on the runtime of the test. */
import { spawn } from "node:child_process"
import process from "node:process"
import { pathToFileURL } from "node:url"
import type { Environment } from "../app/development/cache.ts"
import { scriptCommand } from "../app/development/script-command.ts"
import type { TestScope } from "./temporary-folder.ts"

/** A running script. */
export interface Program {
  readonly pid: number
  /** Resolves to the exit code, or to 128 if a signal ended it. */
  readonly exited: Promise<number>
  /** Everything that it has written to stdout and stderr so far. */
  output(): string
  /** Resolves when the output matches, and rejects if the script ends before. */
  untilOutput(pattern: RegExp): Promise<void>
  /** Sends it a signal; with `group`, to its whole process group, as a terminal does. */
  send(signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGKILL", to?: "group"): void
}

/** The folder that the tests run in: the root of their project. */
const root = pathToFileURL(`${process.cwd()}/`)

/** How to run a script. */
export interface ProgramOptions {
  /** Its umask: the permissions that its files lack, such as `000`. */
  readonly umask?: string
}

/**
 * Runs a script, given by its path from the root of the project, with these changes of the
 * environment and these arguments. It is killed after the test. Throws when it cannot be spawned.
 *
 * ```ts
 * test("the shop says when it is ready", async (t) => {
 *   const program = startProgram(t, "shop/main.ts", { PORT: "8080" })
 *   await program.untilOutput(/runs/)
 *   program.send("SIGTERM")
 *   assert.equal(await program.exited, 0)
 * })
 * ```
 */
export function startProgram(
  scope: TestScope,
  script: string,
  environment: Environment = {},
  args: ReadonlyArray<string> = [],
  { umask }: ProgramOptions = {},
): Program {
  const command = [...scriptCommand(new URL(script, root)), ...args]
  const masked = umask === undefined ? [] : ["sh", "-c", `umask ${umask}; exec "$@"`, "sh"]
  const [program = "", ...given] = [...masked, ...command]
  const child = spawn(program, given, {
    cwd: root,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`${script} did not start`)
  let written = ""
  const waiting = new Set<() => void>()
  const tell = () => waiting.forEach((check) => check())
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      written += chunk
      tell()
    })
  }
  const exited = new Promise<number>((resolve) =>
    child.once("close", (code) => resolve(code ?? 128))
  )
  scope.after(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL")
    await exited
  })
  return {
    pid,
    exited,
    output: () => written,
    untilOutput: (pattern) =>
      new Promise((resolve, reject) => {
        const check = () => {
          if (!pattern.test(written)) return
          waiting.delete(check)
          resolve()
        }
        waiting.add(check)
        exited.then(() => reject(new Error(`it ended without ${pattern}: ${written}`)))
        check()
      }),
    send: (signal, to) => void process.kill(to === "group" ? -pid : pid, signal),
  }
}
