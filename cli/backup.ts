/** `leftfold backup` and `leftfold restore`: all streams of an application, as files. */
import { createReadStream } from "node:fs"
import { mkdir, open, readFile } from "node:fs/promises"
import { join } from "node:path"
import { Argument, Command } from "effect/cli"
import { type BackedUp, backupStream, lastSequence, restoreStream } from "../app/internal.ts"
import { snapshotStreamName, streamName, timerStreamName } from "../wire/internal.ts"
import { atWork, json, type Workplace } from "./leftfold.ts"
import { FILE_MODE, FOLDER_MODE, privateFolder, writePrivateFile } from "../app/internal.ts"
import { counted, printJson, printTable } from "./print.ts"
import { Problem } from "./problem.ts"

const PART_BYTES = 131_072

const folder = Argument.String("FOLDER").pipe(
  Argument.withDescription("where the files are, one folder for each stream"),
)

interface Input {
  readonly folder: string
  readonly json: boolean
}

/** Logs first: a timer too many is found out by its actor, one too few by nobody. */
const streamsOf = ({ app: { contexts } }: Workplace): string[] =>
  [streamName, snapshotStreamName, timerStreamName].flatMap((nameOf) => contexts.map(nameOf))

/** The files of a stream, named as the `nats` tool names them. */
const filesOf = (folder: string, stream: string) => ({
  within: join(folder, stream),
  about: join(folder, stream, "backup.json"),
  data: join(folder, stream, "stream.tar.s2"),
})

const write = async (place: Workplace, into: string, stream: string): Promise<BackedUp> => {
  const { within, about, data } = filesOf(into, stream)
  await mkdir(into, { recursive: true, mode: FOLDER_MODE })
  await privateFolder(within)
  // Never over a backup that is there: it may be the only one.
  const file = await open(data, "wx", FILE_MODE)
  try {
    const found = await backupStream(await place.wire(), stream, async (part) => {
      await file.write(part)
    })
    await file.sync()
    await writePrivateFile(about, JSON.stringify(found))
    return found
  } finally {
    await file.close()
  }
}

const print = (all: readonly (readonly [string, BackedUp])[], asJson: boolean): void => {
  const rows = all.map(([stream, { state }]) => [stream, state.messages, state.last_seq] as const)
  if (asJson) {
    return printJson(rows.map(([stream, messages, last]) => ({ stream, messages, last })))
  }
  printTable(["STREAM", "MESSAGES", "LAST"], rows)
}

const backup = async (place: Workplace, { folder, json: asJson }: Input): Promise<void> => {
  const all: [string, BackedUp][] = []
  for (const stream of streamsOf(place)) all.push([stream, await write(place, folder, stream)])
  print(all, asJson)
  const wire = await place.wire()
  for (const [stream, { state }] of all) {
    const came = await lastSequence(wire, stream) - state.last_seq
    if (came === 0) continue
    throw new Problem({
      message: `${stream} got ${counted(came, "message")} meanwhile, so the streams are not of ` +
        "one moment: stop actors and policies, and back up again",
    })
  }
}

const restore = async (place: Workplace, { folder, json: asJson }: Input): Promise<void> => {
  const wire = await place.wire()
  const all: [string, BackedUp][] = []
  for (const stream of streamsOf(place)) {
    const { about, data } = filesOf(folder, stream)
    const backedUp: BackedUp = JSON.parse(await readFile(about, "utf8"))
    const parts = createReadStream(data, { highWaterMark: PART_BYTES })
    await restoreStream(wire, stream, backedUp, parts)
    all.push([stream, backedUp])
  }
  print(all, asJson)
}

/** The command that writes a backup. */
export const backupCommand = Command.make(
  "backup",
  { folder, json },
  (input) => atWork((place) => backup(place, input)),
).pipe(Command.withDescription(
  "Copies all streams into a folder, with what policies have read and the timers. Exits with 1 " +
    "when something was written meanwhile. Views are not in it: they are folded from the logs.",
))

/** The command that reads one. */
export const restoreCommand = Command.make(
  "restore",
  { folder, json },
  (input) => atWork((place) => restore(place, input)),
).pipe(Command.withDescription(
  "Makes all streams as they were in a backup. Refuses where there are such streams already.",
))
