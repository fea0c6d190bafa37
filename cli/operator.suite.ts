/** What the tests of the command line share: the program as a process, and what it works on. */
import { type ChildProcess, spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"
import { App, type AppDefinition, type StartedApp } from "../app/mod.ts"
import { type NatsWire, natsWire } from "../contracts/mod.ts"
import { connect } from "../projections/connection-postgres.ts"
import { natsFeed } from "../projections/mod.ts"
import { type Entry, natsWrittenLog, type WrittenLog } from "../projections/written-log.suite.ts"
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

/** A variable that is undefined is not in the environment. */
type Environment = Readonly<Record<string, string | undefined>>

const spawned = (script: string, args: readonly string[], environment: Environment) =>
  spawn(process.execPath, [...runtime, script, ...args], {
    cwd: root,
    stdio: "pipe",
    env: { ...process.env, ...environment },
  })

/** Starts the program as a process of its own. */
export const startLeftfold = (
  args: readonly string[],
  environment: Environment,
): { readonly child: ChildProcess; readonly ran: Promise<Ran> } => {
  const child = spawned("cli/main.ts", args, environment)
  const written = { stdout: "", stderr: "" }
  child.stdout.setEncoding("utf8").on("data", (chunk) => written.stdout += chunk)
  child.stderr.setEncoding("utf8").on("data", (chunk) => written.stderr += chunk)
  const ran = new Promise<Ran>((resolve) =>
    child.once("close", (code) => resolve({ code: code ?? 128, ...written }))
  )
  return { child, ran }
}

/** The program as a process that is started once, and runs one command line after another. */
class Resident {
  readonly #child = spawned("cli/resident.suite.ts", [], {})
  readonly #waiting: ((ran: Ran) => void)[] = []
  readonly #ended: Promise<never>
  #errors = ""

  constructor() {
    this.#child.stderr.setEncoding("utf8").on("data", (chunk) => this.#errors += chunk)
    this.#ended = new Promise((_, reject) =>
      this.#child.once("close", () => reject(new Error(`the program has ended: ${this.#errors}`)))
    )
    this.#ended.catch(() => {})
    createInterface({ input: this.#child.stdout })
      .on("line", (line) => this.#waiting.shift()?.(JSON.parse(line)))
  }

  run(args: readonly string[], environment: Environment): Promise<Ran> {
    const ran = new Promise<Ran>((resolve) => this.#waiting.push(resolve))
    this.#child.stdin.write(`${JSON.stringify({ args, environment })}\n`)
    return Promise.race([ran, this.#ended])
  }

  async end(): Promise<void> {
    this.#child.stdin.end()
    await this.#ended.catch(() => {})
  }
}

/** What is run, and the module that exports it. */
interface Program {
  readonly app: AppDefinition
  readonly module: string
}

const CRATES: Program = { app: crates, module: "cli/crates.suite.ts" }

/** The crates on servers, and an operator who looks after them. */
export class Operator {
  readonly sql: ReturnType<typeof connect>
  readonly #servers: Servers
  readonly #program: Program
  readonly #wire: NatsWire
  #resident: Resident | undefined
  #app: StartedApp | undefined
  #log: Promise<WrittenLog> | undefined

  private constructor(servers: Servers, program: Program, wire: NatsWire) {
    this.#servers = servers
    this.#program = program
    this.#wire = wire
    this.sql = connect(servers.databaseUrl, 1)
  }

  /** On servers without anything. */
  static async open(scope: Scope, servers: Servers, program = CRATES): Promise<Operator> {
    const wire = await natsWire({ url: servers.natsUrl, name: "test" })
    const operator = new Operator(servers, program, wire)
    scope.after(async () => {
      await operator.#resident?.end()
      await operator.#app?.stop()
      await operator.#wire.close()
      await operator.sql.end()
    })
    return operator
  }

  /** Starts the program as a process of its own. */
  start(args: readonly string[], environment: Environment = {}) {
    return startLeftfold(args, { ...this.#environment(), ...environment })
  }

  /** Runs the program in the process that is there for it. */
  run(...args: string[]): Promise<Ran> {
    return (this.#resident ??= new Resident()).run(args, this.#environment())
  }

  #environment(): Environment {
    const { natsUrl, databaseUrl } = this.#servers
    const { module } = this.#program
    return { NATS_URL: natsUrl, DATABASE_URL: databaseUrl, LEFTFOLD_APP: module }
  }

  /** Runs the program and reads each line as JSON; fails unless this is its exit code. */
  async json(code: number, ...args: string[]) {
    const { stdout, stderr, ...ran } = await this.run(...args, "--json")
    if (ran.code !== code) throw new Error(`it ended with ${ran.code}: ${stdout}${stderr}`)
    return stdout.trim().split("\n").filter((line) => line !== "").map((line) => JSON.parse(line))
  }

  /** Appends to the logs of crates. */
  async fill(entries: readonly (readonly [id: string, count: number])[]): Promise<void> {
    const { write } = await (this.#log ??= natsWrittenLog(this.#wire, ["yard"]))
    await write(
      entries.map(([id, count]): Entry => ({
        contract: Crates,
        id,
        event: Filled({ count }),
      })),
    )
  }

  /** Starts the application. */
  async begin(): Promise<void> {
    this.#app = await App.start(this.#program.app, { ...this.#servers, port: 0 })
  }

  /** Starts the application, and waits until its view shows all that there is. */
  async work(): Promise<void> {
    await this.begin()
    await this.caughtUp()
  }

  /** Waits until the view shows all that there is. */
  async caughtUp(): Promise<void> {
    const { last } = await natsFeed(this.#wire).stream("yard")
    await this.#app?.caughtUp({ position: `yard:${last}` })
  }
}
