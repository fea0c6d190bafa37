/** An embedded nats-server with JetStream, on loopback, with its data in a folder. */
import { readFile } from "node:fs/promises"
import { connect } from "node:net"
import { join, resolve } from "node:path"
import process from "node:process"
import { setTimeout as pause } from "node:timers/promises"
import { Schema } from "effect"
import { privateFolder, writePrivateFile } from "../../operations/private-files.ts"
import { type Child, startChild } from "../child.ts"
import { untilUnused } from "../folder-lock.ts"
import { findNats } from "./nats-binary.ts"
import type { NatsBinary } from "./nats-search.ts"
import { loopback, requireFreePort } from "../port.ts"
import { untilReady } from "../ready.ts"
import { type Server, superviseServer } from "../server.ts"
import { ServerError } from "../server-error.ts"

/** How to start a nats-server. */
export interface NatsOptions {
  readonly port: number
  /** The folder of its data, log, configuration and process id file. */
  readonly dataFolder: string
  /** The program to run; by default the search finds one. */
  readonly binary?: NatsBinary
  /** The port of the monitoring pages. Without a port they are not served. */
  readonly monitorPort?: number
  /** When JetStream flushes to disk: `always`, or an interval such as `10s`. */
  readonly syncInterval?: string
  /** More settings of the server's configuration file, such as `accounts`. */
  readonly config?: Readonly<Record<string, unknown>>
  readonly stopGraceMs?: number
  readonly startTimeoutMs?: number
  /** Cancels the start when it aborts. */
  readonly signal?: AbortSignal | undefined
}

/** A running nats-server. */
export interface NatsServer extends Server {
  readonly binary: NatsBinary
  /** The address of the monitoring pages, if they are served. */
  readonly monitorUrl?: string
  /**
   * Replaces the additional settings, such as those of users, while it runs. Throws a `ServerError`
   * when it refuses them.
   */
  readonly reconfigure: (config: Readonly<Record<string, unknown>>) => Promise<void>
}

/** Starts a nats-server and waits until JetStream is ready. Throws a `ServerError` if it cannot. */
export async function startNats(options: NatsOptions): Promise<NatsServer> {
  const { port, monitorPort, signal, stopGraceMs = 3_000 } = options
  const folder = resolve(options.dataFolder)
  const binary = options.binary ?? await findNats({ signal })
  const configFile = join(folder, "nats-server.conf")
  await privateFolder(folder)
  await untilUnused(join(folder, "nats-server.pid"), "nats-server", options.startTimeoutMs)
  await requireFreePort(port, "NATS_PORT")
  await writePrivateFile(configFile, configText(options, folder))
  let running: Child | undefined
  const server = await superviseServer({ url: `nats://${loopback}:${port}`, port }, async () => {
    const child = running = await startChild({
      name: "nats-server",
      program: binary.path,
      args: ["-c", configFile],
      stopSignal: "TERM",
      stopGraceMs,
    })
    await untilReady(child, (stop) => requireJetStream(port, stop), {
      timeoutMs: options.startTimeoutMs,
      signal,
    })
    return child
  })
  const monitor = monitorPort && { monitorUrl: `http://${loopback}:${monitorPort}` }
  const reconfigure = async (config: Readonly<Record<string, unknown>>) => {
    const text = configText({ ...options, config }, folder)
    if (running === undefined || text === await readFile(configFile, "utf8")) return
    await writePrivateFile(configFile, text)
    await reload(running)
  }
  return Object.assign(server, { binary, reconfigure }, monitor)
}

/** How long a server has to read its configuration again, in milliseconds. */
const RELOAD_MS = 5_000

/** Makes a server read its configuration again, and waits until it says that it has. */
async function reload(child: Child): Promise<void> {
  const before = child.recentLines().at(-1)
  process.kill(child.pid, "SIGHUP")
  for (const end = Date.now() + RELOAD_MS; Date.now() < end; await pause(RELOAD_LOOK_MS)) {
    const lines = child.recentLines()
    const said = lines.slice(before === undefined ? 0 : lines.lastIndexOf(before) + 1)
    if (said.some((line) => line.includes("Reloaded server configuration"))) return
    const refused = said.find((line) => line.includes("Failed to reload"))
    if (refused !== undefined) throw new ServerError(`nats-server refuses its users: ${refused}`)
  }
  throw new ServerError(`nats-server did not take its new users within ${RELOAD_MS / 1_000} s`)
}

const RELOAD_LOOK_MS = 10

/** The server's configuration file. The server's own format includes JSON. */
function configText(options: NatsOptions, folder: string): string {
  const { port, monitorPort, syncInterval, config } = options
  const settings = {
    listen: `${loopback}:${port}`,
    ...monitorPort && { http: `${loopback}:${monitorPort}` },
    pid_file: join(folder, "nats-server.pid"),
    jetstream: {
      store_dir: folder,
      ...syncInterval && { sync_interval: syncInterval },
    },
    ...config,
  }
  return JSON.stringify(settings, undefined, 2) + "\n"
}

const Info = Schema.fromJsonString(Schema.Struct({ jetstream: Schema.Literal(true) }))

/** Resolves when the server greets with JetStream. It greets only once its files are read. */
function requireJetStream(port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: loopback })
    const finish = (settle: () => void) => {
      socket.destroy()
      settle()
    }
    let greeting = ""
    signal.addEventListener("abort", () => finish(() => reject(new Error("called off"))))
    socket.on("error", (error) => finish(() => reject(error)))
    socket.on("close", () => reject(new Error("closed")))
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      greeting += chunk
      const [line, rest] = greeting.split("\r\n")
      if (line === undefined || rest === undefined) return
      const known = Schema.decodeUnknownOption(Info)(line.replace(/^INFO /, ""))
      finish(known._tag === "Some" ? resolve : () => reject(new Error("no JetStream")))
    })
  })
}
