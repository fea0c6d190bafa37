/** A server process that cannot outlive us: it stops when we stop, crash or are killed. */
import { spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { ServerError } from "./server-error.ts"
import { messageOf } from "../../contracts/internal.ts"

/** How a server process is run. */
export interface ChildOptions {
  /** What the process is called in messages. */
  readonly name: string
  readonly program: string
  readonly args: ReadonlyArray<string>
  /** The signal that asks it to stop in good order; without the leading `SIG`. */
  readonly stopSignal: "TERM" | "INT"
  /** How long it has to stop before it is killed. */
  readonly stopGraceMs: number
  /** More variables of its environment, which are not seen in the list of processes. */
  readonly environment?: Readonly<Record<string, string>>
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

/** A running server process. */
export interface Child {
  readonly name: string
  /** The server's own process id. */
  readonly pid: number
  /** Resolves when the server and what it started are gone, to how it ended. */
  readonly ended: Promise<string>
  /** The last lines that it wrote. */
  recentLines(): ReadonlyArray<string>
  /** Asks it to stop, kills it when it does not, and resolves when it is gone. */
  stop(): Promise<void>
  /** Kills it as a power cut would, and resolves when it is gone. */
  kill(): Promise<void>
}

/**
 * The shell between us and the server holds one end of a pipe. The pipe closes when we let go of it
 * or when we die in whatever way, and then the shell stops the server. The inner shell says the
 * server's process id before it turns into the server. What the server writes, its logs among it,
 * is closed to other users.
 */
const keeper = `
umask 077
stopSignal=$1 tries=$2
shift 2
exec 4<&0
sh -c 'echo "$$"; exec "$@"' sh "$@" </dev/null 4<&- &
server=$!
(
  while read -r line <&4; do :; done
  kill -s "$stopSignal" "$server"
  while kill -0 "$server" && [ "$tries" -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
  kill -s KILL "$server"
) >/dev/null 2>&1 &
watcher=$!
exec 4<&- </dev/null
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
exit "$code"
`

const rememberedLines = 40
/** How long what a server has started, and left behind, is waited for. */
const lingerMs = 1_000
const running = new Set<number>()

/** Kills every server that is running, at once and without waiting. */
export function killEveryChild(): void {
  for (const pid of running) signal(pid, "SIGKILL")
}

/** Starts a server process. Throws a `ServerError` when it cannot be started at all. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, program, args, stopSignal, stopGraceMs, environment, user } = options
  const tries = String(Math.ceil(stopGraceMs / 100))
  const shell = spawn("sh", ["-c", keeper, "sh", stopSignal, tries, program, ...args], {
    // A group of its own, so that Ctrl-C in a terminal reaches us only, and we stop in order.
    detached: true,
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, LC_ALL: "C", ...environment },
    cwd: "/",
    ...user,
  })
  const lines: Array<string> = []
  let started = (_pid: number) => {}
  let failed = (_error: ServerError) => {}
  const pid = new Promise<number>((resolve, reject) => [started, failed] = [resolve, reject])
  shell.stdin.on("error", () => {})
  const output = createInterface({ input: shell.stdout })
  output.once("line", (line) => {
    started(Number(line))
    output.on("line", remember)
  })
  createInterface({ input: shell.stderr }).on("line", remember)
  shell.on("error", (error) => failed(new ServerError(`${name} cannot start: ${messageOf(error)}`)))
  let lingering: ReturnType<typeof setTimeout> | undefined
  shell.on("exit", () => {
    lingering = setTimeout(
      () => [shell.stdout, shell.stderr].map((each) => each.destroy()),
      lingerMs,
    )
  })
  const ended = new Promise<string>((resolve) =>
    shell.on("close", (code, signalName) => {
      clearTimeout(lingering)
      failed(new ServerError(`${name} cannot start: ${lines.join(" ")}`))
      resolve(ending(code, signalName))
    })
  )
  function remember(line: string): void {
    lines.push(line)
    if (lines.length > rememberedLines) lines.shift()
  }
  const serverPid = await pid
  running.add(serverPid)
  ended.then(() => running.delete(serverPid))
  return {
    name,
    pid: serverPid,
    ended,
    recentLines: () => lines,
    async stop() {
      shell.stdin.end()
      await ended
    },
    async kill() {
      if (running.has(serverPid)) signal(serverPid, "SIGKILL")
      await ended
    },
  }
}

function ending(code: number | null, signalName: string | null): string {
  if (code === null) return `was ended by ${signalName}`
  return code > 128 ? `was ended by signal ${code - 128}` : `stopped with exit code ${code}`
}

function signal(pid: number, name: "SIGKILL"): void {
  try {
    process.kill(pid, name)
  } catch {
    // It is gone already, which is what was asked for.
  }
}
