/** The files of a deployment: users, roles, image, Compose, Kubernetes and systemd. */
import { readFile } from "node:fs/promises"
import type { AppDefinition } from "../app.ts"
import { databaseRolesText } from "../operations/database-roles.ts"
import { natsUsersText, passwordVariable } from "../operations/nats-users.ts"
import { type Follower, usersOf } from "../operations/users.ts"

/** How an application is deployed. */
export interface DeployOptions {
  /** The folder of the files, from the root of the project. Compose's file stands in the root. */
  readonly folder: string
  /** The name of the image, and of the Compose project. */
  readonly image: string
  /** The program of the image and its arguments, from the root of the project. */
  readonly command: readonly string[]
  /** The command that makes the files, and the one that makes the secrets. */
  readonly maker: string
  readonly secrets: string
  /** Whether the application stands in the repository of Leftfold itself. */
  readonly own?: boolean
  /** Whether the folder `vendor` holds packages that the application installs. */
  readonly vendored?: boolean
  /** Whether the application runs on Deno. */
  readonly deno?: boolean
  /** Other services that get users of their own. */
  readonly callers?: readonly string[] | undefined
  /** Other applications that follow this one, each with a user of its own. */
  readonly followers?: readonly Follower[] | undefined
  /** What the application's gateway reads from its environment, in words, each with an example. */
  readonly settings?: Readonly<Record<string, readonly [what: string, example: string]>>
}

/** The settings of an application's own, as lines of Compose and of Kubernetes. */
const settingsOf = ({ settings = {} }: DeployOptions) => {
  const all = Object.entries(settings)
  return {
    composeSettings: all
      .map(([name, [what, example]]) =>
        `\n      ${name}: \${${name}:?set it in .env to ${what}, such as ${example}}`
      ).join(""),
    kubernetesSettings: all
      .map(([name, [what, example]]) =>
        `\n            # Put in ${what}.\n            - { name: ${name}, value: "${example}" }`
      ).join(""),
  }
}

const TEMPLATES = new URL("./template/", import.meta.url)

/** The templates that are the same for all applications but for a few names. */
const COMMON = [
  ...["nats/single.conf", "nats/cluster.conf"],
  ...["kubernetes/certificates.yaml", "kubernetes/leftfold.yaml", "kubernetes/nats.yaml"],
  "kubernetes/network.yaml",
  ...["prometheus/prometheus.yml", "prometheus/rules.yml", "grafana/dashboard.json"],
  ...["systemd/leftfold-provision.service", "systemd/leftfold@.service"],
  "systemd/nats-server.service",
]

/** The commands of operators, in the image of an application and in that of this repository. */
const PROGRAM = "node_modules/leftfold/cli/bin.js"
const CLI = ["node", PROGRAM]
const DENO_CLI = ["deno", "run", "-A", PROGRAM]
const OWN_CLI = ["node", "--import", "tsx", "cli/main.ts"]

/** The arguments with which the runtime starts an application from its file. */
export const startCommand = (file: string, deno: boolean): readonly string[] => [
  ...(deno ? DENO_CLI : CLI),
  "start",
  file,
]

/** A path or an argument that means the same in Dockerfiles, YAML, shells and units of systemd. */
const PLAIN = /^[A-Za-z0-9_./][A-Za-z0-9_./@+=:-]*$/

/** Throws `TypeError` for a value that would mean something else in one of the files. */
const checkPlain = (what: string, value: string): void => {
  if (PLAIN.test(value) && value.length <= 255) return
  throw new TypeError(
    `${what} ${JSON.stringify(value.slice(0, 100))} cannot stand in all files of a deployment: ` +
      "use letters without accents, digits and _ . / @ + = : -, and begin with none of @ + = : -",
  )
}

/** The template with each `{{name}}` replaced. Throws for a name that has no value. */
const filled = async (path: string, values: Readonly<Record<string, string>>): Promise<string> => {
  const text = await readFile(new URL(path, TEMPLATES), "utf8")
  return text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) throw new TypeError(`${path} has {{${name}}}, which has no value`)
    return value
  })
}

/**
 * The files of an application's deployment by their paths from the root of the project. Throws
 * `TypeError` for an illegal name of a user, and for a path that would break one of the files.
 */
export const deployFiles = async (
  app: AppDefinition,
  options: DeployOptions,
): Promise<Readonly<Record<string, string>>> => {
  const { folder, image, command, maker, secrets, own = false, vendored, deno } = options
  checkPlain("the folder", folder)
  checkPlain("the file to run,", command.at(-1) ?? "")
  const users = { callers: options.callers, followers: options.followers }
  const cli = deno ? DENO_CLI : CLI
  const values = {
    // It stands in comments only, which end with their line.
    app: (own ? `the ${app.name}` : app.name).replaceAll(/[\p{Cc}\u2028\u2029]/gu, " "),
    folder,
    image,
    secrets,
    command: command.join(" "),
    arguments: command.map((each) => JSON.stringify(each)).join(", "),
    projections: [...own ? OWN_CLI : [...cli, "--app", command.at(-1)], "projections", "--own"]
      .join(", "),
    natsPasswords: usersOf(users).map(passwordVariable)
      .map((name) => `      ${name}: \${${name}:?run ${secrets}}`).join("\n"),
    runtime: deno ? "deno" : "node",
    heap: deno ? "DENO_V8_FLAGS" : "NODE_OPTIONS",
    evaluate: deno ? "eval" : "--eval",
    ...settingsOf(options),
    vendor: vendored ? "COPY vendor ./vendor\n" : "",
  }
  const made = `made by \`${maker}\``
  const files: Record<string, string> = {
    "compose.yaml": await filled("compose.yaml", values),
    [`${folder}/Dockerfile`]: await filled(
      own ? "own.dockerfile" : deno ? "deno.dockerfile" : "dockerfile",
      values,
    ),
    [`${folder}/Dockerfile.dockerignore`]: await filled(
      own ? "own.dockerignore" : "dockerignore",
      values,
    ),
    [`${folder}/nats/users.conf`]: `# The users of NATS and their permissions, ${made}.\n` +
      natsUsersText(app, users),
    [`${folder}/postgres/roles.sql`]:
      `-- The roles of Postgres, for psql as a superuser, ${made}.\n${databaseRolesText(app)}`,
  }
  for (const path of COMMON) files[`${folder}/${path}`] = await filled(path, values)
  return files
}
