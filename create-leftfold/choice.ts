/** What the person wants, read from the arguments. Nothing is asked. */
import { basename } from "node:path"
import { parseArgs } from "node:util"

/** The application to create. */
export interface Choice {
  /** Where it is written; a new or an empty folder. */
  readonly folder: string
  readonly name: string
  /** Whether it runs on Deno. */
  readonly deno: boolean
  /** The tarball of Leftfold to depend on, instead of the registry's version. */
  readonly leftfold: string | undefined
  /** Whether its packages are installed. */
  readonly installs: boolean
}

/** The help. */
export const USAGE = `npm create leftfold@latest FOLDER [-- OPTIONS]

Writes a small Leftfold application into a new folder and installs its packages.

  --deno            run it on Deno
  --leftfold PATH   depend on this tarball instead of the registry's version
  --no-install      install nothing
  --help            show this`

/** A wrong use of the command: exit code 2. */
export class WrongUse extends Error {}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/
const NAME_CHARACTERS = 50

const checkName = (name: string): string => {
  if (NAME.test(name) && name.length <= NAME_CHARACTERS) return name
  throw new WrongUse(
    `"${name}" cannot be the name of an application: use a-z, 0-9 and dashes, at most ` +
      `${NAME_CHARACTERS}, such as my-app`,
  )
}

const options = {
  deno: { type: "boolean" },
  leftfold: { type: "string" },
  "no-install": { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const

const parsed = (args: readonly string[]) => {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true })
  } catch (error) {
    const [reason] = String(error instanceof Error ? error.message : error).split(". ")
    throw new WrongUse(`${reason}\n\n${USAGE}`)
  }
}

/** Reads the arguments; undefined when help is wanted. Throws `WrongUse` for unusable ones. */
export const choiceOf = (args: readonly string[]): Choice | undefined => {
  const { values, positionals: [folder, ...more] } = parsed(args)
  if (values.help) return undefined
  if (folder === undefined || more.length > 0) throw new WrongUse(`give one folder\n\n${USAGE}`)
  return {
    folder,
    name: checkName(basename(folder)),
    deno: values.deno ?? false,
    leftfold: values.leftfold,
    installs: !values["no-install"],
  }
}
