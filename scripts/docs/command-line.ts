/** Makes docs/command-line.md from the commands themselves: `npm run docs:commands` writes it. */
import { fileURLToPath } from "node:url"
import { Effect, Option } from "effect"
import { CliOutput, Command, type HelpDoc } from "effect/cli"
import { platform } from "../../cli/platform.ts"
import { program } from "../../cli/program.ts"

/** Where the page stands. */
export const COMMAND_LINE_PAGE = fileURLToPath(
  new URL("../../docs/command-line.md", import.meta.url),
)

const BEGIN = `# The command line

\`leftfold\` runs an application and operates it. In an application it is \`npx leftfold\`, and in
this repository \`npm run leftfold --\`. This page lists every command; \`leftfold COMMAND --help\`
prints the same. [Operating](operating.md) says when to use which.

\`\`\`sh
npx leftfold projections          # in the folder of an application, while it runs
npx leftfold projections --json   # the same for programs
\`\`\`

- \`--app MODULE\` works with every command: the module that exports the application. Without
  it, \`LEFTFOLD_APP\` names it, or \`"leftfold": { "app": "…" }\` in \`package.json\`.
- \`NATS_URL\` and \`DATABASE_URL\` name the servers. Without them they are those that
  \`leftfold dev\` or \`npm start\` runs on this machine, found by \`NATS_PORT\`, \`PG_PORT\` and
  \`LEFTFOLD_DATA\`.
- Answers go to the standard output and everything else to the standard error, so the output of
  \`--json\` is JSON only.
- The exit code is 0 when it was done, 1 when not or when what was found is bad, and 2 when the
  command line was used wrongly. Where 1 has a special meaning, the command says so.
`

/** A paragraph in lines of at most 100 characters. */
const wrapped = (paragraph: string): string =>
  paragraph.replaceAll(/(.{1,100})(?: +|$)/g, "$1\n").trimEnd()

const shown = (description: Option.Option<string>, required: boolean): string => {
  const said = Option.getOrElse(description, () => "").replaceAll("|", "\\|")
  return required || said.endsWith("(optional)") ? said : `${said} (optional)`
}

const flagName = ({ name, aliases, type }: HelpDoc.FlagDoc): string => {
  const value = /^(?:boolean)?$/.test(type) ? "" : ` ${type.toUpperCase()}`
  return [`--${name}${value}`, ...aliases].map((each) => `\`${each}\``).join(", ")
}

const table = (rows: readonly (readonly [string, string])[]): string =>
  rows.length === 0
    ? ""
    : `\n| argument or flag | is |\n|---|---|\n${
      rows.map(([name, is]) => `| ${name} | ${is} |`).join("\n")
    }\n`

/** What the program says of one command when it is asked for help. */
const helpOf = async (words: readonly string[]): Promise<HelpDoc.HelpDoc> => {
  const shown: HelpDoc.HelpDoc[] = []
  const presenter: CliOutput.Presenter = {
    present: (event) =>
      Effect.sync(() => {
        if (event._tag === "Help") shown.push(event.helpDoc)
      }),
  }
  const run = Command.runWith(program, { version: "" })([...words, "--help"])
  await Effect.runPromise(
    run.pipe(Effect.provide(platform), Effect.provide(CliOutput.layerPresenter(presenter))),
  )
  const [help] = shown
  if (!help) throw new Error(`leftfold ${words.join(" ")} --help says nothing`)
  return help
}

const namesIn = ({ subcommands = [] }: HelpDoc.HelpDoc): string[] =>
  subcommands.flatMap(({ commands }) => commands.map(({ name }) => name))

const sectionOf = async (words: readonly string[]): Promise<string> => {
  const help = await helpOf(words)
  const inner = namesIn(help)
  const own = [
    `\n## leftfold ${words.join(" ")}\n`,
    `\n${wrapped(help.description)}\n`,
    `\n\`\`\`text\n${help.usage}\n\`\`\`\n`,
    table([
      ...(help.args ?? []).map(({ name, description, required }) =>
        [`\`${name}\``, shown(description, required)] as const
      ),
      ...help.flags.map((each) =>
        [flagName(each), Option.getOrElse(each.description, () => "")] as const
      ),
    ]),
  ].join("")
  const below = await Promise.all(inner.map((name) => sectionOf([...words, name])))
  return own + below.join("")
}

/** The whole page. */
export const commandLinePage = async (): Promise<string> => {
  const sections = []
  for (const name of namesIn(await helpOf([]))) sections.push(await sectionOf([name]))
  return BEGIN + sections.join("")
}
