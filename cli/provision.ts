/** `leftfold provision`: the streams and buckets that an application needs. */
import { Command } from "effect/cli"
import {
  compareStreams,
  provisionStreams,
  type StreamDifference,
  updateStreams,
} from "../app/internal.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printLine } from "./print.ts"

const dryRun = flag("dry-run", "only print what is missing and what differs")

const update = flag("update", "also change the settings of existing streams")

const lines = ({ stream, missing, settings }: StreamDifference): string[] =>
  missing
    ? [`${stream}: missing`]
    : settings.map(({ setting, is, wanted }) =>
      `${stream}: ${setting} is ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`
    )

const provision = async (
  { app, wire, streams }: Workplace,
  input: { readonly dryRun: boolean; readonly update: boolean; readonly json: boolean },
): Promise<void> => {
  const connected = await wire()
  const found = await compareStreams(connected, app.contexts, streams)
  const made = input.dryRun ? [] : await provisionStreams(connected, app.contexts, streams)
  const updates = !input.dryRun && input.update
  if (updates) await updateStreams(connected, found)
  const differing = found.filter(({ missing }) => !missing)
  const changed = updates ? differing.map(({ stream }) => stream) : []
  if (input.json) return printJson({ found, made, changed })
  found.flatMap(lines).forEach(printLine)
  if (found.length === 0) printLine("everything is as it should be")
  if (made.length > 0) printLine(`made ${counted(made.length, "stream")}`)
  if (changed.length > 0) printLine(`changed ${counted(changed.length, "stream")}`)
  else if (differing.length > 0) printLine("settings are changed by leftfold provision --update")
}

/** The command. */
export const provisionCommand = Command.make(
  "provision",
  { dryRun, update, json },
  (input) => atWork((place) => provision(place, input)),
).pipe(Command.withDescription(
  "Makes the missing streams and buckets, and prints which existing ones differ. " +
    "LEFTFOLD_REPLICAS and LEFTFOLD_COMPRESSION apply. Running it again changes nothing.",
))
