/** Attacks by another user of the machine: files, the list of processes, ports and Postgres. */
import { readdir, readFile, readlink, stat } from "node:fs/promises"
import { join } from "node:path"
import postgres from "postgres"
import { loopback } from "../../app/development/port.ts"
import type { Attack, AttackClass, Scene } from "./attack-case.ts"

const OTHERS = 0o077
const LARGEST = 200_000

const local = (
  name: string,
  expected: string,
  run: (scene: Scene) => Promise<string | undefined>,
): Attack => ({ name, expected, run })

interface Entry {
  readonly path: string
  readonly mode: number
  readonly isFolder: boolean
  readonly size: number
}

async function* entriesOf(folder: string): AsyncGenerator<Entry> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    const found = await stat(path).catch(() => undefined)
    if (!found) continue
    yield { path, mode: found.mode, isFolder: found.isDirectory(), size: found.size }
    if (entry.isDirectory()) yield* entriesOf(path)
  }
}

const octal = (mode: number) => (mode & 0o777).toString(8)

const secretsOf = ({ victim }: Scene): readonly string[] => Object.values(victim.passwords)

/** Finds files that hold a password and are open to others. */
const secretFiles = local(
  "files that hold a password",
  "0600, in folders of 0700",
  async (scene) => {
    const wrong: string[] = []
    for await (const { path, mode, isFolder, size } of entriesOf(scene.victim.folder)) {
      if (isFolder || size > LARGEST || (mode & OTHERS) === 0) continue
      const text = await readFile(path, "utf8").catch(() => "")
      if (secretsOf(scene).some((secret) => text.includes(secret))) {
        wrong.push(
          `${path} ${octal(mode)}`,
        )
      }
    }
    return wrong.length === 0 ? undefined : wrong.join(", ")
  },
)

const folders = ["", "nats", "nats/jetstream", "postgres"].map((name) =>
  local(
    `the folder data/${name}`,
    "closed to others, or within one that is",
    async ({ victim }) => {
      let path = join(victim.folder, name)
      const link = await readlink(path).catch(() => undefined)
      if (link !== undefined) path = link
      const modes: string[] = []
      for (let at = path; at.startsWith(victim.folder) || at === path; at = join(at, "..")) {
        const found = await stat(at).catch(() => undefined)
        if (!found) return undefined
        if ((found.mode & 0o005) === 0) return undefined
        modes.push(`${at} ${octal(found.mode)}`)
        if (at === victim.folder) break
      }
      return modes.join(", ")
    },
  )
)

const childrenOf = async (pid: number): Promise<number[]> => {
  const all: number[] = []
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue
    const status = await readFile(`/proc/${name}/stat`, "utf8").catch(() => "")
    if (Number(status.slice(status.lastIndexOf(")") + 2).split(" ")[1]) === pid) {
      all.push(Number(name))
    }
  }
  return [...all, ...(await Promise.all(all.map(childrenOf))).flat()]
}

const processes = local(
  "the list of processes",
  "no password in any command line",
  async (scene) => {
    for (const pid of [scene.victim.pid, ...await childrenOf(scene.victim.pid)]) {
      const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "")
      if (secretsOf(scene).some((secret) => line.includes(secret))) {
        return line.replaceAll(
          "\0",
          " ",
        )
      }
    }
    return undefined
  },
)

const output = local("what the shop has written", "no password, no stack of a refusal", (scene) => {
  const text = scene.victim.output()
  const found = secretsOf(scene).find((secret) => text.includes(secret))
  return Promise.resolve(found === undefined ? undefined : "a password is in it")
})

const listeners = local(
  "the ports that are listened on",
  "on loopback only",
  async ({ victim }) => {
    const ports = Object.values(victim.ports)
    const wrong: string[] = []
    for (const file of ["/proc/net/tcp", "/proc/net/tcp6"]) {
      for (const line of (await readFile(file, "utf8").catch(() => "")).split("\n").slice(1)) {
        const [, address = "", , state] = line.trim().split(/\s+/)
        const [host = "", port = ""] = address.split(":")
        if (state !== "0A" || !ports.includes(Number.parseInt(port, 16))) continue
        const isLoopback = host === "0100007F" || host.endsWith("01000000")
        if (!isLoopback) wrong.push(address)
      }
    }
    return wrong.length === 0 ? undefined : wrong.join(", ")
  },
)

const enter = async (
  { victim }: Scene,
  user: string,
  password: string | undefined,
  statement = "select 1",
): Promise<string | undefined> => {
  const sql = postgres({
    ...{ host: loopback, port: victim.ports.postgres, username: user, database: "leftfold" },
    ...password === undefined ? {} : { password },
    ...{ max: 1, connect_timeout: 5, onnotice: () => {} },
  })
  try {
    await sql.unsafe(statement)
    return `${user} was let in`
  } catch {
    return undefined
  } finally {
    await sql.end({ timeout: 1 })
  }
}

const DATABASE_USERS = [
  ...[
    "leftfold",
    "postgres",
    "leftfold_projections",
    "leftfold_queries",
    "leftfold_reader",
    "root",
  ],
]

/** Statements that the role of queries must not run, even with its password. */
const forQueries = [
  "create table stolen (a int)",
  "copy (select 1) to program 'true'",
  "select pg_read_file('/etc/passwd')",
  "create role evil superuser",
  "alter role leftfold_queries superuser",
  "select lo_import('/etc/passwd')",
  "drop schema public cascade",
  "set role leftfold_projections",
]

/** The password of a role, as its own process uses it. Throws if no password is found. */
const passwordOf = ({ victim }: Scene, user: string): string => {
  const password = victim.passwords[user]
  if (password === undefined) throw new Error(`no password of ${user} is kept`)
  return password
}

/** The control: without it, the refusals of the role's statements would prove nothing. */
const queriesAreLetIn = local(
  "as leftfold_queries: select 1",
  "let in with its password",
  async (scene) => {
    const found = await enter(scene, "leftfold_queries", passwordOf(scene, "leftfold_queries"))
    return found === undefined ? "not let in" : undefined
  },
)

/** The class. */
export const localUser: AttackClass = {
  name: "local-user",
  attacks: () => [
    secretFiles,
    ...folders,
    processes,
    output,
    listeners,
    ...DATABASE_USERS.flatMap((user) => [
      local(
        `Postgres as ${user} without a password`,
        "not let in",
        (scene) => enter(scene, user, undefined),
      ),
      local(
        `Postgres as ${user} with a wrong one`,
        "not let in",
        (scene) => enter(scene, user, "wrong"),
      ),
      local(
        `Postgres as ${user} with an empty one`,
        "not let in",
        (scene) => enter(scene, user, ""),
      ),
    ]),
    queriesAreLetIn,
    ...forQueries.map((statement) =>
      local(
        `as leftfold_queries: ${statement}`,
        "refused by Postgres",
        (scene) =>
          enter(scene, "leftfold_queries", passwordOf(scene, "leftfold_queries"), statement),
      )
    ),
  ],
}
