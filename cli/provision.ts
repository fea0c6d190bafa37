/** `leftfold provision`: the streams and buckets that an application needs. */
import { Option } from "effect"
import { Command, Flag } from "effect/cli"
import {
  compareStreams,
  knownToViews,
  provisionStreams,
  type StreamDifference,
  updateStreams,
} from "../app/internal.ts"
import { atWork, flag, json, type Workplace } from "./leftfold.ts"
import { counted, printJson, printLine } from "./print.ts"
import { Problem } from "./problem.ts"

const dryRun = flag("dry-run", "only print what is missing and what differs")

const beginAgain = Flag.String("begin-again").pipe(
  Flag.withMetavar("CONTEXT"),
  Flag.withDescription("let the log of this context begin again, although more is known of it"),
  Flag.optional,
)

const update = flag("update", "also change the settings of existing streams")

const lines = ({ stream, missing, settings }: StreamDifference): string[] =>
  missing
    ? [`${stream}: missing`]
    : settings.map(({ setting, is, wanted }) =>
      `${stream}: ${setting} is ${JSON.stringify(is)}, not ${JSON.stringify(wanted)}`
    )

const provision = async (
  { app, wire, store, streams }: Workplace,
  input: {
    readonly dryRun: boolean
    readonly update: boolean
    readonly json: boolean
    readonly beginAgain: Option.Option<string>
  },
): Promise<void> => {
  const connected = await wire()
  const found = await compareStreams(connected, app.contexts, streams)
  const beginning = Option.toArray(input.beginAgain)
  const unknown = beginning.find((context) => !app.contexts.includes(context))
  if (unknown !== undefined) {
    const message = `${app.name} has no context "${unknown}"; it has ${app.contexts.join(", ")}`
    throw new Problem({ message })
  }
  const made = input.dryRun ? [] : await provisionStreams(connected, app.contexts, {
    ...streams,
    known: knownToViews(store, app),
    beginAgain: beginning,
  })
  const updates = !input.dryRun && input.update
  if (updates) await updateStreams(connected, found)
  const differing = found.filter(({ missing }) => !missing)
  const changed = updates ? differing.map(({ stream }) => stream) : []
  if (input.json) return printJson({ found, made, changed })
  found.flatMap(lines).forEach(printLine)
  if (found.length === 0) printLine("everything is as it should be")
  for (const context of input.dryRun ? [] : beginning) {
    printLine(`${context} begins again: rebuild its views (leftfold rebuild NAME)`)
  }
  if (made.length > 0) printLine(`made ${counted(made.length, "stream")}`)
  if (changed.length > 0) printLine(`changed ${counted(changed.length, "stream")}`)
  else if (differing.length > 0) printLine("settings are changed by leftfold provision --update")
}

/** The command. */
export const provisionCommand = Command.make(
  "provision",
  { dryRun, update, beginAgain, json },
  (input) => atWork((place) => provision(place, input)),
).pipe(Command.withDescription(
  "Makes the missing streams and buckets, and prints which existing ones differ. " +
    "LEFTFOLD_REPLICAS and LEFTFOLD_COMPRESSION apply. Running it again changes nothing.",
))
