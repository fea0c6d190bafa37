/** What the tests of the command line share: the program as a process, and what it works on. */
import { type ChildProcess, spawn } from "node:child_process"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { App, type StartedApp } from "../app/mod.ts"
import { type NatsWire, natsWire } from "../contracts/mod.ts"
import { connect } from "../projections/connection-postgres.ts"
import { natsFeed } from "../projections/mod.ts"
import { type Entry, natsWrittenLog } from "../projections/written-log.suite.ts"
import { Crates, crates, Filled } from "./crates.suite.ts"

/** What became of a run. */
export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Where to run. */
export interface Servers {
  readonly natsUrl: string
  readonly databaseUrl: string
}

interface Scope {
  after(work: () => Promise<void>): void
}

const root = fileURLToPath(new URL("..", import.meta.url))

const runtime = "deno" in process.versions ? ["run", "-A", "--no-check"] : ["--import", "tsx"]

/** Starts the program; a variable that is undefined is not in its environment. */
export const startLeftfold = (
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): { readonly child: ChildProcess; readonly ran: Promise<Ran> } => {
  const child = spawn(process.execPath, [...runtime, "cli/main.ts", ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  })
  const written = { stdout: "", stderr: "" }
  child.stdout.setEncoding("utf8").on("data", (chunk) => written.stdout += chunk)
  child.stderr.setEncoding("utf8").on("data", (chunk) => written.stderr += chunk)
  const ran = new Promise<Ran>((resolve) =>
    child.once("close", (code) => resolve({ code: code ?? 128, ...written }))
  )
  return { child, ran }
}

/** The crates on servers, and an operator who looks after them. */
export class Operator {
  readonly sql: ReturnType<typeof connect>
  readonly #servers: Servers
  readonly #wire: NatsWire
  #app: StartedApp | undefined

  private constructor(servers: Servers, wire: NatsWire) {
    this.#servers = servers
    this.#wire = wire
    this.sql = connect(servers.databaseUrl, 1)
  }

  /** On servers without anything. */
  static async open(scope: Scope, servers: Servers): Promise<Operator> {
    const operator = new Operator(servers, await natsWire({ url: servers.natsUrl, name: "test" }))
    scope.after(async () => {
      await operator.#app?.stop()
      await operator.#wire.close()
      await operator.sql.end()
    })
    return operator
  }

  /** Starts the program. */
  start(args: readonly string[], environment: Readonly<Record<string, string | undefined>> = {}) {
    return startLeftfold(args, {
      NATS_URL: this.#servers.natsUrl,
      DATABASE_URL: this.#servers.databaseUrl,
      LEFTFOLD_APP: "cli/crates.suite.ts",
      ...environment,
    })
  }

  /** Runs the program. */
  run(...args: string[]): Promise<Ran> {
    return this.start(args).ran
  }

  /** Runs the program and reads each line as JSON; fails unless this is its exit code. */
  async json(code: number, ...args: string[]) {
    const { stdout, stderr, ...ran } = await this.run(...args, "--json")
    if (ran.code !== code) throw new Error(`it ended with ${ran.code}: ${stdout}${stderr}`)
    return stdout.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line))
  }

  /** Appends to the logs of crates. */
  async fill(entries: readonly (readonly [id: string, count: number])[]): Promise<void> {
    const { write } = await natsWrittenLog(this.#wire, ["yard"])
    await write(
      entries.map(([id, count]): Entry => ({
        contract: Crates,
        id,
        event: Filled({ count }),
      })),
    )
  }

  /** Starts the application, and waits until its view shows all that there is. */
  async work(): Promise<void> {
    const app = this.#app = await App.start(crates, { ...this.#servers, port: 0 })
    await this.caughtUp(app)
  }

  /** Waits until the view shows all that there is. */
  async caughtUp(app = this.#app): Promise<void> {
    const { last } = await natsFeed(this.#wire).stream("yard")
    await app?.caughtUp({ position: `yard:${last}` })
  }
}
