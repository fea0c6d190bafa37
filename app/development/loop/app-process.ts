/** The process of an application under development, as the loop sees it. */
import { spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import type { StartOptions } from "../../start-options.ts"
import type { PasswordsByUser } from "../passwords.ts"
import { scriptCommand } from "../script-command.ts"
import { ServerError } from "../server-error.ts"
import { type Needs, type Order, type Report, reportOn } from "./protocol.ts"

/** How to run the process. */
export interface ProcessOptions {
  /** The program that serves the application: it takes orders from its input. */
  readonly program: URL
  readonly environment: Readonly<Record<string, string>>
  /** Takes each line that the application writes. */
  readonly write: (line: string) => void
}

/** How long it has to stop before it is killed, in milliseconds. */
const STOP_GRACE_MS = 1_500

type Awaited<Is> = Extract<Report, { readonly is: Is }>

/**
 * One process. It is made before it is needed, loads what all applications share, and waits. It
 * stops by itself when this process ends in any way, because its input ends then.
 */
export class AppProcess {
  /** Resolves when the process is gone, to how it ended. */
  readonly ended: Promise<string>
  readonly #child
  #next = (_report: Report) => {}
  #reports: Report[] = []
  #stopping = false

  constructor({ program, environment, write }: ProcessOptions) {
    const [command, ...args] = scriptCommand(program)
    this.#child = spawn(command, args, {
      // Its own process group: Ctrl-C in a terminal reaches only us, and we stop it in order.
      detached: true,
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, ...environment },
    })
    this.#child.stdin.on("error", () => {})
    createInterface({ input: this.#child.stderr }).on("line", write)
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      const report = reportOn(line)
      if (report === undefined) write(line)
      else this.#take(report)
    })
    this.ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(`cannot start: ${error.message}`))
      this.#child.once(
        "close",
        (code, signal) =>
          resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`),
      )
    })
  }

  /** Whether it was asked to stop. */
  get stopping(): boolean {
    return this.#stopping
  }

  /** Loads the module. Rejects with a `ServerError` that says why it cannot. */
  async load(module: string, passwords: PasswordsByUser): Promise<Needs> {
    await this.#until("idle")
    this.#order({ do: "load", module, passwords })
    return (await this.#until("loaded")).needs
  }

  /** Starts the application. Rejects with a `ServerError` that says why it cannot. */
  async start(options: StartOptions): Promise<Awaited<"ready">> {
    this.#order({ do: "start", options })
    return await this.#until("ready")
  }

  /** Asks it to stop, and kills it if it does not. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#stopping = true
    this.#child.stdin.end()
    const kill = setTimeout(() => this.#child.kill("SIGKILL"), STOP_GRACE_MS)
    await this.ended
    clearTimeout(kill)
  }

  #order(order: Order): void {
    this.#child.stdin.write(`${JSON.stringify(order)}\n`)
  }

  #take(report: Report): void {
    this.#reports.push(report)
    this.#next(report)
  }

  /** The report of this kind. Rejects when the process fails, or ends, without it. */
  #until<Is extends Report["is"]>(is: Is): Promise<Awaited<Is>> {
    return new Promise((resolve, reject) => {
      const check = () => {
        const found = this.#reports.find((each) => each.is === is || each.is === "failed")
        if (found?.is === "failed") reject(new ServerError(found.message))
        else if (found !== undefined) resolve(found as Awaited<Is>)
      }
      this.#next = check
      check()
      void this.ended.then((how) => reject(new ServerError(`the application ${how}`)))
    })
  }
}
