/** The shop under attack: `npm start` in its own folder, on free ports. */
import { type ChildProcess, spawn } from "node:child_process"
import { readFile, realpath } from "node:fs/promises"
import { connect } from "node:net"
import { join } from "node:path"
import process from "node:process"
import { passwordsFile } from "../../app/development/passwords.ts"
import { freePort, loopback } from "../../app/development/port.ts"
import { scriptCommand } from "../../app/development/script-command.ts"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"

/** The answer of the probe. */
export interface LoopState {
  /** The longest hold of the event loop, in milliseconds. */
  readonly worstMs: number
  readonly residentBytes: number
}

/** A running shop. */
export interface Victim {
  readonly url: string
  /** The ports of the gateway, of the nats-server and of Postgres. */
  readonly ports: { readonly http: number; readonly nats: number; readonly postgres: number }
  /** The folder of its data, `LEFTFOLD_DATA`. */
  readonly folder: string
  readonly pid: number
  /** The passwords of the users of NATS and Postgres. */
  readonly passwords: Readonly<Record<string, string>>
  /** The environment variables that lead the command line to this shop. */
  readonly environment: Readonly<Record<string, string>>
  /** The last megabytes of its output. */
  readonly output: () => string
  /** The size of all its output, in bytes. */
  readonly written: () => number
  /** Asks the probe, which then starts over. Rejects when no answer comes in time. */
  readonly loop: (withinMs?: number) => Promise<LoopState>
  /** How many live streams its gateway serves now. Rejects when no answer comes in time. */
  readonly streams: () => Promise<number>
  readonly hasEnded: () => boolean
  /** Stops it and deletes its data. */
  readonly stop: () => Promise<void>
}

const START_MS = 90_000
const STOP_MS = 8_000
const PROBE_MS = 5_000
const KEPT_CHARACTERS = 4_000_000
const root = new URL("../../", import.meta.url)

/** What a probe says. Rejects when it says nothing in time. */
const askProbe = (port: number, withinMs: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect({ port, host: loopback })
    let text = ""
    const fail = () => {
      socket.destroy()
      reject(new Error(`the event loop was held for more than ${withinMs} ms`))
    }
    const timer = setTimeout(fail, withinMs)
    socket.on("error", () => {})
    socket.setEncoding("utf8").on("data", (chunk: string) => text += chunk)
    socket.on("close", () => {
      clearTimeout(timer)
      if (text === "") reject(new Error("the process of the shop has ended"))
      else resolve(text)
    })
  })

const loopState = (text: string): LoopState => {
  const [worstMs = NaN, residentBytes = NaN] = text.split(" ").map(Number)
  return { worstMs, residentBytes }
}

const readPasswords = async (folder: string): Promise<Readonly<Record<string, string>>> =>
  JSON.parse(await readFile(join(folder, passwordsFile), "utf8"))

/** Stops the process, and kills it if it hangs. Its servers end when their keeper does. */
const end = async (child: ChildProcess, ended: Promise<void>): Promise<void> => {
  const kill = setTimeout(() => child.kill("SIGKILL"), STOP_MS)
  child.kill("SIGTERM")
  await ended
  clearTimeout(kill)
}

/** Starts a shop. When it does not start, it rejects and leaves nothing behind. */
export const startVictim = async (): Promise<Victim> => {
  const base = await makeTemporaryFolder()
  const folder = join(base, "data")
  const [http, nats, postgres] = [await freePort(), await freePort(), await freePort()]
  const [probe, gauge] = [await freePort(), await freePort()]
  const environment = {
    LEFTFOLD_DATA: folder,
    PORT: String(http),
    NATS_PORT: String(nats),
    PG_PORT: String(postgres),
    NATS_URL: "",
    DATABASE_URL: "",
  }
  const [program, ...args] = scriptCommand(new URL("start-victim.ts", import.meta.url))
  const child = spawn(program, args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment, ATTACK_PROBE_PORT: `${probe},${gauge}` },
  })
  let [output, written] = ["", 0]
  let changed = () => {}
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      written += chunk.length
      output = (output + chunk).slice(-KEPT_CHARACTERS)
      changed()
    })
  }
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null
  const stop = async () => {
    // If Postgres' user cannot reach the folder, the data is elsewhere and a link leads to it.
    const database = await realpath(join(folder, "postgres")).catch(() => base)
    if (!hasEnded()) await end(child, ended)
    await removeFolder(database)
    await removeFolder(base)
  }
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error("the shop did not start")), START_MS)
      const finish = (settle: () => void) => {
        clearTimeout(timer)
        settle()
      }
      changed = () => /^ready http/m.test(output) && finish(resolve)
      ended.then(() => finish(() => reject(new Error(`the shop did not start: ${output}`))))
    })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: `http://${loopback}:${http}`,
    ports: { http, nats, postgres },
    folder,
    pid: child.pid ?? 0,
    passwords: await readPasswords(folder),
    environment,
    output: () => output,
    written: () => written,
    loop: (withinMs = PROBE_MS) => askProbe(probe, withinMs).then(loopState),
    streams: () => askProbe(gauge, PROBE_MS).then(Number),
    hasEnded,
    stop,
  }
}
