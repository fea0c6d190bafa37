/** The development loop: runs an application, and runs it again whenever its files change. */
import { performance } from "node:perf_hooks"
import type { StartOptions } from "../../start-options.ts"
import { messageOf } from "../../../contracts/internal.ts"
import type { PasswordsByUser } from "../passwords.ts"
import { AppProcess, type ProcessOptions } from "./app-process.ts"
import type { Needs } from "./protocol.ts"
import { watchFiles, type Watching } from "./changes.ts"
import { LOOP } from "../../limits.ts"

/** What the loop runs. */
export interface LoopOptions extends ProcessOptions {
  /** The module that exports the application. */
  readonly module: string
  /** The folder whose files are watched. */
  readonly folder: string
  /** Tells the person what the loop does. */
  readonly say: (line: string) => void
}

/** The servers that the loop runs the application on. */
export interface LoopServers {
  readonly passwords: PasswordsByUser
  readonly options: StartOptions
  /** Gives the servers the users and roles of this application. */
  readonly prepare: (needs: Needs) => Promise<void>
}

/** An application that runs. */
interface Running {
  readonly url: string
  readonly screen: string
}

const secondsSince = (started: number): string =>
  `${((performance.now() - started) / 1_000).toFixed(1)} s`

/** Runs one application at a time. Starting another one waits until the last is gone. */
export class DevelopmentLoop {
  readonly #options: LoopOptions
  #spare: AppProcess
  #running: AppProcess | undefined
  #servers: LoopServers | undefined
  #watching: Watching | undefined
  /** What the servers were last prepared for. */
  #prepared = ""
  #changed = new Set<string>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #turn: Promise<void> = Promise.resolve()
  #stopped = false

  /** Begins to load what all applications share, while the servers start. */
  constructor(options: LoopOptions) {
    this.#options = options
    this.#spare = new AppProcess(options)
  }

  /** Starts the application for the first time, and watches its files from then on. */
  async start(servers: LoopServers): Promise<Running> {
    this.#servers = servers
    const running = await this.#startNext(servers)
    this.#watching = await watchFiles(this.#options.folder, (path) => this.#onChange(path))
    return running
  }

  /** Stops everything. Resolves when all processes are gone. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    this.#watching?.stop()
    await Promise.all([this.#spare.stop(), this.#running?.stop()])
    await this.#turn
  }

  #onChange(path: string): void {
    this.#changed.add(path)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#turn = this.#turn.then(() => this.#restart())
    }, LOOP.settleMs)
  }

  async #restart(): Promise<void> {
    if (this.#stopped || this.#changed.size === 0 || this.#servers === undefined) return
    const started = performance.now()
    const [first, ...more] = this.#changed
    const what = more.length === 0 ? first : `${first} and ${more.length} more`
    this.#changed.clear()
    try {
      await this.#startNext(this.#servers)
      this.#options.say(`${what} changed: started again in ${secondsSince(started)}`)
    } catch (error) {
      if (this.#stopped) return
      const state = this.#running === undefined ? "nothing runs" : "the last version keeps running"
      this.#options.say(`${what} changed: ${messageOf(error)}\n${state} until the next change`)
    }
  }

  /** Loads the module in the spare process, and lets it take over from the running one. */
  async #startNext(servers: LoopServers): Promise<Running> {
    const next = this.#spare
    try {
      const needs = await next.load(this.#options.module, servers.passwords)
      await this.#prepare(servers, needs)
      await this.#running?.stop()
      this.#running = next
      const { url, screen } = await next.start(servers.options)
      this.#watch(next)
      return { url, screen }
    } catch (error) {
      if (this.#running === next) this.#running = undefined
      await next.stop()
      throw error
    } finally {
      if (!this.#stopped) this.#spare = new AppProcess(this.#options)
    }
  }

  /** Most changes leave the users and roles as they are. */
  async #prepare(servers: LoopServers, needs: Needs): Promise<void> {
    const wanted = JSON.stringify(needs)
    if (wanted === this.#prepared) return
    await servers.prepare(needs)
    this.#prepared = wanted
  }

  /** Says so when the application ends by itself. */
  #watch(running: AppProcess): void {
    void running.ended.then((how) => {
      if (running.stopping || this.#running !== running) return
      this.#running = undefined
      this.#options.say(`the application ${how}: nothing runs until the next change`)
    })
  }
}
