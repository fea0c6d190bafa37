/** Runs a command to its end, with a time limit. */
import { spawn } from "node:child_process"
import process from "node:process"
import { safePath } from "./path-folders.ts"
import { messageOf } from "../../contracts/internal.ts"

/** How to run a command. Everything is optional. */
export interface CommandOptions {
  /** How long it may run before it is killed; 2 minutes by default. */
  readonly timeoutMs?: number
  /** Kills the command when it aborts. */
  readonly signal?: AbortSignal | undefined
  /** The folder to run it in; by default the root folder. */
  readonly folder?: string
  /** The user and group to run it as; by default those of this process. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** Its standard input; empty by default. Unlike arguments, it is hidden from other users. */
  readonly input?: string
}

/** How a command ended. A program that cannot run has exit code 127; nothing is thrown. */
export interface CommandResult {
  readonly exitCode: number
  /** The text of both its outputs, trimmed. */
  readonly output: string
}

/** Runs a program to its end, with English messages. */
export function runCommand(
  program: string,
  args: ReadonlyArray<string>,
  options: CommandOptions = {},
): Promise<CommandResult> {
  const { timeoutMs = 120_000, signal, user, folder = "/", input = "" } = options
  const limit = AbortSignal.timeout(timeoutMs)
  const stop = signal === undefined ? limit : AbortSignal.any([signal, limit])
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      stdio: "pipe",
      env: { ...process.env, PATH: safePath(process.env.PATH), LC_ALL: "C" },
      // The user may lack permission to enter this process's folder.
      cwd: folder,
      ...user,
    })
    const chunks: Array<string> = []
    const end = () => child.kill("SIGKILL")
    const finish = (exitCode: number, ending?: string) => {
      stop.removeEventListener("abort", end)
      resolve({ exitCode, output: [...chunks, ending ?? ""].join("").trim() })
    }
    stop.addEventListener("abort", end)
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk))
    }
    // A program that ends without reading its input shows that by its exit code.
    child.stdin.on("error", () => {})
    child.stdin.end(input)
    child.on("error", (error) => finish(127, messageOf(error)))
    child.on("close", (code) => {
      finish(code ?? 1, limit.aborted ? `\nended after ${timeoutMs / 1000} s` : "")
    })
    if (stop.aborted) end()
  })
}
