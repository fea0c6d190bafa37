/** `leftfold backup` and `leftfold restore`: an application's streams as files. */
import process from "node:process"
import { Argument, Command } from "effect/cli"
import { askRoles, makeBackup, type Manifest, readBackup, restoreBackup } from "../app/internal.ts"
import { interruptibly } from "./interruption.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printTable } from "./print.ts"
import { Problem } from "./problem.ts"

const ROLES_WITHIN_MS = 1_000

const folder = Argument.String("FOLDER").pipe(
  Argument.withDescription("the folder of the backup, with a folder for each stream"),
)

const verify = flag(
  "verify",
  "only check an existing backup against its checksums, without servers",
)

const unchecked = flag(
  "unchecked",
  "accept a backup of an earlier version, which has no checksums",
)

const removeLeftovers = flag(
  "remove-leftovers",
  "first remove snapshots, and streams of the application that never held a message",
)

const say = (line: string): void => void process.stderr.write(`${line}\n`)

const print = ({ streams }: Manifest, asJson: boolean): void => {
  const rows = streams.map(({ name, state }) => [name, state.messages, state.last_seq] as const)
  if (asJson) {
    return printJson(rows.map(([stream, messages, last]) => ({ stream, messages, last })))
  }
  printTable(["STREAM", "MESSAGES", "LAST"], rows)
}

interface BackupInput {
  readonly folder: string
  readonly verify: boolean
  readonly json: boolean
}

const backup = async (place: Workplace, input: BackupInput): Promise<void> => {
  if (input.verify) {
    const { manifest } = await readBackup(input.folder, place.app)
    return print(manifest, input.json)
  }
  const wire = await place.wire()
  const { manifest, came } = await interruptibly((signal) =>
    makeBackup(wire, place.app, input.folder, { signal })
  )
  print(manifest, input.json)
  if (came.length === 0) return
  const streams = came.map(({ name, messages }) => `${name} got ${counted(messages, "message")}`)
  throw new Problem({
    message: `${streams.join(", ")} meanwhile, so the streams in ${input.folder} are not of one ` +
      "moment: stop actors and policies, and back up again",
  })
}

interface RestoreInput {
  readonly folder: string
  readonly unchecked: boolean
  readonly removeLeftovers: boolean
  readonly json: boolean
}

/** Throws when roles are running: they would work with half-restored logs. */
const checkStopped = async ({ app, wire }: Workplace): Promise<void> => {
  const roles = Object.entries(await askRoles(app, await wire(), ROLES_WITHIN_MS))
  const running = roles.filter(([, { reason }]) => reason !== "no-responders")
  if (running.length === 0) return
  const names = running.map(([role]) => role).join(", ")
  throw new Problem({ message: `nothing was restored, because ${names} run: stop all roles first` })
}

const restore = async (place: Workplace, input: RestoreInput): Promise<void> => {
  const found = await readBackup(input.folder, place.app, input)
  const { format, made, oneMoment } = found.manifest
  if (format === 0) say("this backup has no checksums, so it cannot be checked for changes")
  else if (!oneMoment) say(`the streams of this backup, made at ${made}, are not of one moment`)
  await checkStopped(place)
  const wire = await place.wire()
  const options = { ...place.streams, removeLeftovers: input.removeLeftovers, say }
  await interruptibly((signal) => restoreBackup(wire, place.app, found, { ...options, signal }))
  print(found.manifest, input.json)
}

/** The command that makes a backup. */
export const backupCommand = Command.make(
  "backup",
  { folder, verify, json },
  (input) => atWork((place) => backup(place, input)),
).pipe(Command.withDescription(
  "Copies into a folder the logs, what policies have read, and the timers. Exits with 1 when " +
    "something was written meanwhile. Views and snapshots are left out: they are folded from " +
    "the logs.",
))

/** The command that restores a backup. */
export const restoreCommand = Command.make(
  "restore",
  { folder, unchecked, removeLeftovers, json },
  (input) => atWork((place) => restore(place, input)),
).pipe(Command.withDescription(
  "Restores all streams of a backup, or none. Refuses when one of them already exists. " +
    "After a restore that was killed, run it again.",
))
