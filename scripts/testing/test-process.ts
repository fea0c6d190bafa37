/** A process that runs tests, in a process group of its own. One that hangs is ended. */
import { type ChildProcess, spawn } from "node:child_process"
import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"

/** How a process of tests ended: with an exit code, or by force after it had said nothing more. */
export type Ended = number | "hung"

/** What a process of tests is started with. */
export interface TestProcessOptions {
  readonly root: string
  readonly command: readonly string[]
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Takes what it prints. */
  readonly print: (text: string) => void
  /** How long it may print nothing, in milliseconds, before it counts as hung. */
  readonly silenceMs: number
}

/** How long a report of a process that hangs may take. */
const REPORT_MS = 5_000

/** A process of tests that was started. */
export class TestProcess {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  readonly #options: TestProcessOptions
  #heardAt = performance.now()
  #hung = false

  constructor(options: TestProcessOptions, reports: string) {
    const { root, command, environment, print, silenceMs } = options
    this.#options = options
    this.#child = spawn(process.execPath, command, {
      cwd: root,
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#heardAt = performance.now()
        print(text)
      })
    }
    const watch = setInterval(() => {
      if (this.#hung || performance.now() - this.#heardAt < silenceMs) return
      this.#hung = true
      void this.#report(reports).finally(() => this.end("SIGKILL"))
    }, Math.min(1_000, silenceMs))
    this.ended = new Promise<Ended>((resolve) => {
      this.#child.once("error", (error) => {
        print(`${process.execPath} cannot be started: ${error.message}\n`)
        resolve(1)
      })
      // Not "close": what a test started and left behind may hold the pipes open.
      this.#child.once("exit", (code) => resolve(this.#hung ? "hung" : code ?? 1))
    }).finally(() => {
      clearInterval(watch)
      this.end("SIGKILL")
    })
  }

  /** Sends a signal to it and to everything that it started. */
  end(signal: "SIGTERM" | "SIGKILL"): void {
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, signal)
    } catch {
      // The whole group has already ended.
    }
  }

  /** Prints what keeps it from ending. */
  async #report(folder: string): Promise<void> {
    const { print, silenceMs } = this.#options
    print(`\nthe process ${this.#child.pid} printed nothing for ${silenceMs / 1_000} s.\n`)
    this.#child.kill("SIGUSR2")
    const written = performance.now() + REPORT_MS
    while (performance.now() < written) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      const name = (await readdir(folder)).find((each) => each.includes(`.${this.#child.pid}.`))
      const report = name && parsed(await readFile(join(folder, name), "utf8"))
      if (report) return print(told(report))
    }
    print("It writes no report: its main thread is busy, or waits for another thread.\n")
  }
}

/** What is read of a report of Node: https://nodejs.org/api/report.html. */
interface Report {
  readonly javascriptStack?: { readonly stack?: readonly string[] }
  readonly libuv?: readonly (Readonly<Record<string, unknown>>)[]
}

/** A report, or nothing while it is being written. */
const parsed = (text: string): Report | undefined => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const told = ({ javascriptStack, libuv = [] }: Report): string => {
  const open = libuv.filter((each) => each["is_active"] === true && each["is_referenced"] === true)
  return [
    "It runs:",
    ...(javascriptStack?.stack ?? []),
    "It waits for:",
    ...open.map((each) => JSON.stringify(each)),
    "",
  ].join("\n")
}

/** Makes a folder for the reports of processes that hang. */
export const makeReports = async () => {
  const folder = await makeTemporaryFolder()
  const options = ["--report-on-signal", `--report-directory=${folder}`]
  return { folder, options, stop: () => removeFolder(folder) }
}
