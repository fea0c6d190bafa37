/** `leftfold init`: files that an application needs in addition to its own. */
import { mkdir, readFile, stat, writeFile } from "node:fs/promises"
import { dirname, isAbsolute, relative, resolve } from "node:path"
import process from "node:process"
import { Argument, Command, Flag } from "effect/cli"
import { Effect, Option } from "effect"
import {
  type AppDefinition,
  deployFiles,
  followersIn,
  startCommand,
  textDiff,
  withSecrets,
  writePrivateFile,
} from "../../app/internal.ts"
import { flag, json, withApplication } from "../leftfold.ts"
import { printJson, printLine } from "../print.ts"
import { Problem } from "../problem.ts"

const MAKER = "npx leftfold init deploy"
const SECRETS = "npx leftfold init secrets"

const module = Argument.String("MODULE").pipe(
  Argument.withDescription("the module that exports the application, instead of --app"),
  Argument.optional,
)

const runs = Flag.String("runs").pipe(
  Flag.withMetavar("FILE"),
  Flag.withDescription(
    "the file that the image starts; by default the module, or what it is compiled to: " +
      "src/main.ts becomes dist/main.js if the package has a script build",
  ),
  Flag.optional,
)

const folder = Flag.String("folder").pipe(
  Flag.withDescription("the folder of the files; deploy by default"),
  Flag.withDefault("deploy"),
)

const callers = Flag.String("callers").pipe(
  Flag.withMetavar("NAMES"),
  Flag.withDescription("other services that get users of their own, separated by commas"),
  Flag.optional,
)

const followers = Flag.String("followers").pipe(
  Flag.withMetavar("NAMES"),
  Flag.withDescription(
    "applications that follow this one, separated by commas, each with the contexts whose logs " +
      "it reads and its policies: loyalty:orders+stock+loyalty.points",
  ),
  Flag.optional,
)

const overwrite = flag("overwrite", "write files that differ, too; without it they are only shown")

interface Input {
  readonly module: Option.Option<string>
  readonly runs: Option.Option<string>
  readonly folder: string
  readonly callers: Option.Option<string>
  readonly followers: Option.Option<string>
  readonly overwrite: boolean
  readonly json: boolean
}

/** The file at a path; undefined if it does not exist. */
const textAt = (path: string): Promise<string | undefined> =>
  readFile(path, "utf8").catch((error) => {
    if (error.code === "ENOENT") return undefined
    throw error
  })

/** The file that runs in production. */
const runningFile = async (input: Input, found: string): Promise<string> => {
  const given = Option.getOrUndefined(input.runs)
  if (given !== undefined) return given
  const own = relative(process.cwd(), found).replaceAll("\\", "/")
  return await isBuilt() ? own.replace(/^src\//, "dist/").replace(/\.(m?)ts$/, ".$1js") : own
}

/** Whether the package is compiled before it runs. */
const isBuilt = async (): Promise<boolean> => {
  const manifest = await textAt("package.json")
  const { scripts } = JSON.parse(manifest ?? "{}") as { readonly scripts?: { build?: string } }
  return scripts?.build !== undefined
}

/** Whether the application runs on Deno: it has Deno's manifest, and is not compiled for Node. */
const isOfDeno = async (): Promise<boolean> =>
  (await textAt("deno.json") ?? await textAt("deno.jsonc")) !== undefined && !await isBuilt()

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then((found) => found.isDirectory(), () => false)

type State = "made" | "same" | "differs" | "overwritten"

const settle = async (path: string, text: string, input: Input): Promise<State> => {
  const before = await textAt(path)
  if (before === text) return "same"
  if (before !== undefined && !input.overwrite) {
    if (!input.json) {
      printLine(`${path} differs:`)
      textDiff(before, text).forEach(printLine)
    }
    return "differs"
  }
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
  return before === undefined ? "made" : "overwritten"
}

/** Names in Docker and Compose. */
const imageName = (app: string): string =>
  app.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "") || "app"

const deploy = async (app: AppDefinition, input: Input, found: string): Promise<number> => {
  const inside = relative(process.cwd(), resolve(input.folder))
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) {
    throw new Problem({ message: `--folder ${input.folder} must be a folder within this one` })
  }
  const following = Option.getOrUndefined(input.followers)
  const file = await runningFile(input, found)
  const deno = await isOfDeno()
  const files = await deployFiles(app, {
    folder: inside.replaceAll("\\", "/"),
    image: imageName(app.name),
    command: startCommand(file, deno),
    deno,
    maker: MAKER,
    secrets: SECRETS,
    vendored: await isFolder("vendor"),
    callers: Option.getOrUndefined(input.callers)?.split(",").map((name) => name.trim()),
    followers: following === undefined ? undefined : followersIn(following),
  })
  const states: [path: string, state: State][] = []
  for (const [path, text] of Object.entries(files)) {
    states.push([path, await settle(path, text, input)])
  }
  for (const [path, state] of states) {
    if (input.json) printJson({ path, state })
    else if (state !== "same" && state !== "differs") printLine(`${state} ${path}`)
  }
  const differing = states.filter(([, state]) => state === "differs").length
  if (input.json) return differing > 0 ? 1 : 0
  if (states.every(([, state]) => state === "same")) printLine("everything is as it should be")
  if (differing === 0) {
    printLine(`next: ${SECRETS}, then docker compose up --build`)
    return 0
  }
  printLine(
    `${differing} of ${states.length} files differ, and were left as they are: ` +
      "--overwrite writes them",
  )
  return 1
}

const deployCommand = Command.make(
  "deploy",
  { module, runs, folder, callers, followers, overwrite, json },
  (input) =>
    withApplication(
      Option.getOrUndefined(input.module),
      (app, path) => deploy(app, input, path),
    ),
).pipe(Command.withDescription(
  "Writes compose.yaml and a folder with a Dockerfile, users.conf, roles.sql, and files for " +
    "Kubernetes and systemd, made for the application. Shows how existing files differ.",
))

const file = Argument.String("FILE").pipe(
  Argument.withDescription("the file of secrets, which Compose reads; .env by default"),
  Argument.withDefault(".env"),
)

const makeSecrets = async (path: string, asJson: boolean): Promise<void> => {
  const { text, made } = withSecrets(await textAt(path) ?? "", await textAt("compose.yaml"))
  await writePrivateFile(path, text)
  if (asJson) printJson({ file: path, made })
  else if (made.length > 0) printLine(`${path} has new values of ${made.join(", ")}`)
  else printLine(`${path} has all secrets`)
}

const secretsCommand = Command.make("secrets", { file, json }, (input) =>
  Effect.tryPromise({
    try: () => makeSecrets(input.file, input.json),
    catch: (error) => error,
  })).pipe(Command.withDescription(
    "Makes the secrets of compose.yaml, those of callers included, in a file that only its owner " +
      "reads. Existing ones stay.",
  ))

/** The command that makes files. */
export const initCommand = Command.make("init").pipe(
  Command.withDescription("Makes files that an application needs: deploy, secrets."),
  Command.withSubcommands([deployCommand, secretsCommand]),
)
