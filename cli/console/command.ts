/** `leftfold console`: a page over a running application, for its operators. */
import { randomBytes } from "node:crypto"
import { userInfo } from "node:os"
import process from "node:process"
import { Command, Flag } from "effect/cli"
import { isLoopback, LOOPBACK_HOSTS } from "../../app/internal.ts"
import { atWork, flag, type Workplace } from "../leftfold.ts"
import { printLine } from "../print.ts"
import { Problem } from "../problem.ts"
import { serveConsole } from "./console.ts"
import { CONSOLE } from "./limits.ts"

const port = Flag.Int("port").pipe(
  Flag.withDescription(`where it listens; ${CONSOLE.port} by default, 0 for any free port`),
  Flag.withDefault(CONSOLE.port),
)

const host = Flag.String("host").pipe(
  Flag.withDescription(
    "the address on which it listens; any other than a loopback address needs a token in " +
      "LEFTFOLD_CONSOLE_TOKEN, and TLS in front of it",
  ),
  Flag.withDefault("127.0.0.1"),
)

const hosts = Flag.String("hosts").pipe(
  Flag.withMetavar("NAMES"),
  Flag.withDescription("more names by which browsers reach it, separated by commas"),
  Flag.withDefault(""),
)

const readOnly = flag("read-only", "shows everything and changes nothing")

/** A token that nobody can guess. */
export const newToken = (): string => randomBytes(24).toString("base64url")

/** The token that the environment gives, or a new one. Throws a `Problem` for one that is weak. */
const tokenFor = (address: string): string => {
  const given = process.env.LEFTFOLD_CONSOLE_TOKEN ?? ""
  if (given === "" && isLoopback(address)) return newToken()
  if (/^[\w-]+$/.test(given) && given.length >= CONSOLE.tokenCharacters) return given
  throw new Problem({
    message: `LEFTFOLD_CONSOLE_TOKEN must have ${CONSOLE.tokenCharacters} letters, digits, ` +
      "dashes or underscores, or more: make a random one",
  })
}

/** Resolves when the process is asked to stop. */
const stopped = (): Promise<void> =>
  new Promise((resolve) => {
    process.once("SIGINT", () => resolve())
    process.once("SIGTERM", () => resolve())
  })

interface Input {
  readonly port: number
  readonly host: string
  readonly hosts: string
  readonly readOnly: boolean
}

const run = async (place: Workplace, { port, host, hosts, readOnly }: Input): Promise<void> => {
  const token = tokenFor(host)
  const named = hosts.split(",").map((name) => name.trim().toLowerCase()).filter((name) => name)
  const known = isLoopback(host) ? [...LOOPBACK_HOSTS, ...named] : [host, ...named]
  const operator = userInfo().username
  // The servers are tried now, so that a wrong address is told before anybody opens the page.
  await place.wire()
  const ended = stopped()
  const console = await serveConsole(place, {
    ...{ port, host, hosts: known, token, operator, readOnly },
  })
  printLine(`the console of ${place.app.name}: ${console.url}/#token=${token}`)
  await ended
  await console.stop()
}

/** The command. */
export const consoleCommand = Command.make(
  "console",
  { port, host, hosts, readOnly },
  (input) => atWork((place) => run(place, input)),
).pipe(Command.withDescription(
  "Serves a page over the running application, until Ctrl-C: what happens, why rows are so, what " +
    "is parked. It works with the rights of NATS_URL and DATABASE_URL, and every browser needs " +
    "the token in the address that it prints.",
))
