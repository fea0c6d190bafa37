/** `leftfold schema`: locks what is released of an application, and checks changes against it. */
import { Command, Flag } from "effect/cli"
import type { Option } from "effect"
import {
  type AppDefinition,
  breaks,
  checkSchemas,
  lockApp,
  type LogSample,
  readLocks,
  sampleLog,
  writeLocks,
} from "../../app/internal.ts"
import { interruptibly } from "../interruption.ts"
import { atWork, flag, json, withApplication, type Workplace } from "../leftfold.ts"
import { counted, printJson, printLine } from "../print.ts"
import { Problem } from "../problem.ts"
import { ProgressBar } from "../progress-bar.ts"
import { folder, folderOf, sample, seed, values } from "./flags.ts"
import { protoCommand } from "./proto.ts"
import { printFinding, printReport, printSample } from "./report.ts"

const retire = Flag.String("retire").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription(
    "a command that nothing sends any longer, such as orders.order.PlaceOrder, an event that no " +
      "log has, or a policy that is gone; can be given several times",
  ),
  Flag.atLeast(0),
)

/** How an application is checked against its locks. */
export interface CheckInput {
  readonly folder: Option.Option<string>
  readonly values: number
  readonly seed: number
  readonly locked: boolean
}

/** Checks an application against its locks. */
export const checkLocks = async (app: AppDefinition, module: string, input: CheckInput) => {
  const since = Date.now()
  const locks = await readLocks(folderOf(input.folder, module))
  const report = checkSchemas(app, locks, { values: input.values, seed: input.seed })
  const isBroken = breaks(report.findings) || input.locked && report.unlocked.length > 0
  return { report, since, isBroken }
}

/** Reads a sample of the real log, with progress. It only reads. */
export const checkLog = async (
  { app, feed }: Pick<Workplace, "app" | "feed">,
  input: { readonly sample: number; readonly seed: number },
): Promise<LogSample> => {
  const bar = new ProgressBar("reading", "messages")
  const progress = (done: number, of: number) => bar.show({ done, of })
  try {
    const open = await feed()
    return await interruptibly((signal) => sampleLog(app, open, { ...input, progress, signal }))
  } finally {
    bar.end()
  }
}

/** Prints the result of a check against the locks; returns the exit code. */
const told = (found: Awaited<ReturnType<typeof checkLocks>>, asJson: boolean): number => {
  if (asJson) printJson(found.report)
  else printReport(found.report, found.since)
  return found.isBroken ? 1 : 0
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
      ? atWork(async (place) => {
        const code = told(await checkLocks(place.app, place.module, input), input.json)
        const found = await checkLog(place, input)
        if (input.json) printJson(found)
        else printSample(found)
        return breaks(found.findings) ? 1 : code
      })
      : withApplication(undefined, async (app, module) =>
        told(await checkLocks(app, module, input), input.json)),
).pipe(Command.withDescription(
  "Pushes values of everything that was ever released through today's code: upcasts, evolve and " +
    "folds; and what today's code writes through the last release. It needs no servers, unless " +
    "--log asks for a sample of what is stored.",
))

/** Whether an addition to the locks says that this name is retired. */
const isRetired = (addition: string, name: string): boolean =>
  addition === `the policy ${name}: retired` ||
  addition.replace(" ", ".") === `${name}: retired`

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
      const [stays] = [...gone].filter((name) => !added.some((each) => isRetired(each, name)))
      if (stays !== undefined) {
        throw new Problem({
          message: `${stays} cannot be retired: it is no command, event or policy that was ` +
            "released, or it is retired already, or the application still has it",
        })
      }
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
