/** `leftfold import`: events and commands of a file, into the logs of an application. */
import { access } from "node:fs/promises"
import { basename } from "node:path"
import { Argument, Command, Flag } from "effect/cli"
import { Option } from "effect"
import {
  type AppDefinition,
  checkImport,
  importFile,
  type ImportOptions,
  type WrongLine,
} from "../../app/internal.ts"
import { messageOf } from "../../contracts/internal.ts"
import { interruptibly } from "../interruption.ts"
import { atWork, flag, json, withApplication, type Workplace } from "../leftfold.ts"
import { counted, printJson, printLine } from "../print.ts"
import { Problem } from "../problem.ts"
import { ProgressBar } from "../progress-bar.ts"

const file = Argument.String("FILE").pipe(
  Argument.withDescription("lines of JSON, each with an event or a command: see docs/importing.md"),
)

const check = flag("check", "only check the lines against the contracts, without servers")

const source = Flag.String("source").pipe(
  Flag.withMetavar("NAME"),
  Flag.withDescription(
    "the name by which lines without a commandId are known again; by default that of the file",
  ),
  Flag.optional,
)

interface Input {
  readonly file: string
  readonly check: boolean
  readonly source: Option.Option<string>
  readonly json: boolean
}

const printWrong = (input: Input, wrong: readonly WrongLine[], count: number): void => {
  for (const { line, problem } of wrong) {
    if (input.json) printJson({ line, problem })
    else printLine(`${input.file}:${line}: ${problem}`)
  }
  if (count > wrong.length && !input.json) {
    printLine(`not listed here: ${counted(count - wrong.length, "more wrong line")}`)
  }
}

/** Runs a part of an import, with its progress in bytes. */
const watched = async <A>(
  label: string,
  input: Input,
  work: (options: ImportOptions) => Promise<A>,
): Promise<A> => {
  const bar = new ProgressBar(label, "bytes")
  const path = input.file
  const given = Option.getOrUndefined(input.source)
  const options = { path, source: given ?? basename(path), progress: bar.show.bind(bar) }
  try {
    return await interruptibly((signal) => work({ ...options, signal }))
  } finally {
    bar.end()
  }
}

/** Checks all lines. Returns whether they can be imported. */
const checked = async (app: AppDefinition, input: Input): Promise<boolean> => {
  await access(input.file).catch((error) => {
    throw new Problem({ message: `${input.file} cannot be read: ${messageOf(error)}` })
  })
  const found = await watched("checking", input, (options) => checkImport(app, options))
  const { lines, wrong, wrongCount } = found
  printWrong(input, wrong, wrongCount)
  if (wrongCount === 0 && !input.check) return true
  if (input.json) printJson({ lines, wrong: wrongCount })
  else {
    const what = wrongCount === 0 ? "all as the contracts say" : `${wrongCount} of them wrong`
    printLine(`${counted(lines, "line")}, ${what}${wrongCount > 0 ? ": nothing was written" : ""}`)
  }
  return wrongCount === 0
}

const run = async ({ app, wire }: Workplace, input: Input): Promise<number> => {
  if (!await checked(app, input)) return 1
  const open = await wire()
  const found = await watched("importing", input, (options) => importFile(open, app, options))
  const { lines, written, present, wrong, wrongCount } = found
  printWrong(input, wrong, wrongCount)
  if (input.json) printJson({ lines, written, present, wrong: wrongCount })
  else {
    const refused = wrongCount > 0 ? `, ${wrongCount} refused` : ""
    printLine(
      `${counted(lines, "line")}: ${counted(written, "new one")} written, ` +
        `${present.toLocaleString("en")} there already${refused}`,
    )
  }
  return wrongCount === 0 ? 0 : 1
}

/** The command that imports a file. */
export const importCommand = Command.make(
  "import",
  { file, check, source, json },
  (input) =>
    input.check
      ? withApplication(undefined, async (app) => await checked(app, input) ? 0 : 1)
      : atWork((place) => run(place, input)),
).pipe(Command.withDescription(
  "Imports events that happened elsewhere, with their times, and commands. All lines are checked " +
    "first. What is there already is left out, so an import that was interrupted is run again. " +
    "Policies do not react to imported events.",
))
