/** A server process that cannot outlive us: it stops when we stop, crash or are killed. */
import { spawn } from "node:child_process"
import process from "node:process"
import { createInterface } from "node:readline"
import { ServerError } from "./server-error.ts"
import { messageOf } from "../../contracts/internal.ts"

/** How to run a server process. */
export interface ChildOptions {
  /** The name of the process in messages. */
  readonly name: string
  readonly program: string
  readonly args: ReadonlyArray<string>
  /** The signal that asks it to stop in good order, without the leading `SIG`. */
  readonly stopSignal: "TERM" | "INT"
  /** How long it has to stop before it is killed, in milliseconds. */
  readonly stopGraceMs: number
  /** More environment variables. Unlike arguments, they do not show in the list of processes. */
  readonly environment?: Readonly<Record<string, string>>
  readonly user?: { readonly uid: number; readonly gid: number } | undefined
}

/** A running server process. */
export interface Child {
  readonly name: string
  /** The server's own process id. */
  readonly pid: number
  /** Resolves, to how the server ended, when it and the processes it started are gone. */
  readonly ended: Promise<string>
  /** The last lines of its output. */
  recentLines(): ReadonlyArray<string>
  /** Asks it to stop, and kills it if it does not. Resolves when it is gone. */
  stop(): Promise<void>
  /** Kills it like a power cut. Resolves when it is gone. */
  kill(): Promise<void>
}

/**
 * A shell stands between us and the server, and holds one end of a pipe. When we close the pipe or
 * die in any way, the shell stops the server. The inner shell prints its process id before it
 * becomes the server, so both have the same id. The umask keeps the server's files, such as its
 * logs, from other users.
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
/** How long to wait for processes that a server has left behind, in milliseconds. */
const lingerMs = 1_000
const running = new Set<number>()

/** Kills every running server at once, without waiting. */
export function killEveryChild(): void {
  for (const pid of running) signal(pid, "SIGKILL")
}

/** Starts a server process. Throws a `ServerError` when it cannot start. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const { name, program, args, stopSignal, stopGraceMs, environment, user } = options
  const tries = String(Math.ceil(stopGraceMs / 100))
  const shell = spawn("sh", ["-c", keeper, "sh", stopSignal, tries, program, ...args], {
    // Its own process group: Ctrl-C in a terminal reaches only us, and we stop it in order.
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
    // The process is gone already.
  }
}
