/** `leftfold schema`: locks what is released of an application, and checks changes against it. */
import { dirname, join } from "node:path"
import { Command, Flag } from "effect/cli"
import { Option } from "effect"
import {
  type AppDefinition,
  breaks,
  checkSchemas,
  type Finding,
  lockApp,
  type LogSample,
  readLocks,
  sampleLog,
  type SchemaReport,
  writeLocks,
} from "../../app/internal.ts"
import { atWork, flag, json, withApplication } from "../leftfold.ts"
import { counted, duration, printJson, printLine } from "../print.ts"
import { protoCommand } from "./proto.ts"

const folder = Flag.String("folder").pipe(
  Flag.withMetavar("FOLDER"),
  Flag.withDescription("where the lock files are; the folder schemas of the application's module"),
  Flag.optional,
)

const retire = Flag.String("retire").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription(
    "a command that nothing sends any longer, such as orders.order.PlaceOrder, or a policy that " +
      "is gone; can be given several times",
  ),
  Flag.atLeast(0),
)

const values = Flag.Int("values").pipe(
  Flag.withMetavar("COUNT"),
  Flag.withDescription("how many values of each version are tried"),
  Flag.withDefault(2_000),
)

const seed = Flag.Int("seed").pipe(
  Flag.withMetavar("SEED"),
  Flag.withDescription("the same seed gives the same values"),
  Flag.withDefault(1),
)

const folderOf = (given: Option.Option<string>, module: string): string =>
  Option.getOrUndefined(given) ?? join(dirname(module), "schemas")

const WORDS = { breaks: "BREAKS", warns: "may break", waits: "waits", notes: "note" } as const

const printFinding = (finding: Finding): void => {
  const { severity, subject, message, tried, failed, value, advice, direction } = finding
  const count = tried === undefined ? "" : ` ${failed} of ${tried} values fail.`
  printLine(`${WORDS[severity]}  ${subject}${direction === "forward" ? " (roll)" : ""}:${count}`)
  printLine(`  ${message}`)
  if (value !== undefined) printLine(`  smallest value: ${JSON.stringify(value).slice(0, 500)}`)
  printLine(`  → ${advice}`)
}

const printReport = ({ findings, versions, values, unlocked }: SchemaReport, since: number) => {
  findings.filter(({ severity }) => severity !== "notes").forEach(printFinding)
  const notes = findings.filter(({ severity }) => severity === "notes").length
  if (notes > 0) printLine(`${counted(notes, "note")}: --json shows them`)
  const took = duration((Date.now() - since) / 1_000)
  const broken = findings.filter(({ severity }) => severity === "breaks").length
  printLine(
    `${counted(versions, "version")} of messages, ${counted(values, "value")}, ${took}: ` +
      (broken === 0 ? "nothing breaks" : `${counted(broken, "thing")} would break`),
  )
  if (unlocked.length === 0) return
  printLine(`not locked yet: ${unlocked.slice(0, 20).join(", ")}. leftfold schema lock`)
}

const sample = Flag.Int("sample").pipe(
  Flag.withMetavar("COUNT"),
  Flag.withDescription("how many messages of the log are read: the newest, and others anywhere"),
  Flag.withDefault(2_000),
)

const printSample = ({ findings, messages, events, seen }: LogSample): void => {
  findings.filter(({ severity }) => severity !== "notes").forEach(printFinding)
  const versions = Object.entries(seen).toSorted(([one], [other]) => one < other ? -1 : 1)
  for (const [version, count] of versions) printLine(`  ${version}: ${count.toLocaleString("en")}`)
  printLine(`${counted(messages, "message")} of the log, ${counted(events, "event")} in them`)
}

interface CheckInput {
  readonly folder: Option.Option<string>
  readonly values: number
  readonly seed: number
  readonly locked: boolean
  readonly json: boolean
}

/** Checks an application against its locks; resolves to the exit code. */
const check = async (app: AppDefinition, module: string, input: CheckInput): Promise<number> => {
  const since = Date.now()
  const locks = await readLocks(folderOf(input.folder, module))
  const report = checkSchemas(app, locks, { values: input.values, seed: input.seed })
  if (input.json) printJson(report)
  else printReport(report, since)
  return breaks(report.findings) || input.locked && report.unlocked.length > 0 ? 1 : 0
}

const checkCommand = Command.make(
  "check",
  {
    folder,
    values,
    seed,
    locked: flag("locked", "fail also if something is not locked yet, as for a release"),
    log: flag("log", "read a sample of the real log too; it only reads"),
    sample,
    json,
  },
  (input) =>
    input.log
      ? atWork(async ({ app, module, feed }) => {
        const code = await check(app, module, input)
        const found = await sampleLog(app, await feed(), input)
        if (input.json) printJson(found)
        else printSample(found)
        return breaks(found.findings) ? 1 : code
      })
      : withApplication(undefined, (app, module) => check(app, module, input)),
).pipe(Command.withDescription(
  "Pushes values of everything that was ever released through today's code: upcasts, evolve and " +
    "folds; and what today's code writes through the last release. It needs no servers, unless " +
    "--log asks for a sample of what is stored.",
))

const lockCommand = Command.make(
  "lock",
  { folder, retire },
  (input) =>
    withApplication(undefined, async (app, module) => {
      const path = folderOf(input.folder, module)
      const before = await readLocks(path)
      const gone = new Set(input.retire)
      const { findings } = checkSchemas(app, before)
      const broken = findings.filter(({ severity, subject }) =>
        severity === "breaks" && !gone.has(subject.replace(" ", "."))
      )
      broken.forEach(printFinding)
      if (broken.length > 0) {
        printLine("nothing is locked: what was released cannot be altered, only added to")
        return 1
      }
      const { locks, added, unpersisted } = lockApp(app, before, gone)
      await writeLocks(path, locks)
      unpersisted.forEach((each) => printLine(`note  ${each}`))
      added.forEach((each) => printLine(`+ ${each}`))
      printLine(`${counted(added.length, "addition")} to ${path}: commit it with the release`)
      return 0
    }),
).pipe(Command.withDescription(
  "Writes down every version of every event and command, to be committed with a release. It adds " +
    "to what is locked and never alters it.",
))

/** The command and its subcommands. */
export const schemaCommand = Command.make("schema").pipe(
  Command.withDescription("Guards what was released: messages, policies and views."),
  Command.withSubcommands([checkCommand, lockCommand, protoCommand]),
)
