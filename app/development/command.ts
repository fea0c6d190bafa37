/** A command that is run to its end, with a time limit. */
import { spawn } from "node:child_process"
import process from "node:process"
import { safePath } from "./path-folders.ts"
import { messageOf } from "../../contracts/internal.ts"

/** How a command is run; everything is optional. */
export interface CommandOptions {
  /** How long it may take before it is ended; 2 minutes unless told. */
  readonly timeoutMs?: number
  /** Ends the command when it is aborted. */
  readonly signal?: AbortSignal | undefined
  /** The folder it runs in; the root folder unless told. */
  readonly folder?: string
  /** The user and group to run it as; the own ones unless told. */
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
  /** What it reads; nothing unless told. Other than arguments, no other user can see it. */
  readonly input?: string
}

/** How a command ended. It never throws: a program that cannot be run has exit code 127. */
export interface CommandResult {
  readonly exitCode: number
  /** What it wrote to both its outputs, trimmed. */
  readonly output: string
}

/** Runs a program to its end, in English. */
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
      // Another user may not be allowed to enter the folder this process was started in.
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
    // A program that ends without having read it says so by its exit code.
    child.stdin.on("error", () => {})
    child.stdin.end(input)
    child.on("error", (error) => finish(127, messageOf(error)))
    child.on("close", (code) => {
      finish(code ?? 1, limit.aborted ? `\nended after ${timeoutMs / 1000} s` : "")
    })
    if (stop.aborted) end()
  })
}
