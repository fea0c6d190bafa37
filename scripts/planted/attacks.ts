/**
 * `npm run planted:attacks`: plants a fault in a copy of the sources for each class of attacks, and
 * runs that class on the copy. A class that finds nothing is a check that cannot fail. Exits with 1
 * when there is such a class.
 */
import { spawn } from "node:child_process"
import { cp, readdir, readFile, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath, pathToFileURL } from "node:url"
import { parseArgs } from "node:util"
import { scriptCommand } from "../../app/development/script-command.ts"
import { makeTemporaryFolder, removeFolder } from "../../testing/temporary-folder.ts"
import { messageOf } from "../../contracts/internal.ts"
import { CLASSES } from "../attack/classes.ts"
import { attackFaults, type SourceFault } from "./attack-faults.ts"

/** Until no more attacks of one class begin, and of all classes without a fault, in seconds. */
const SECONDS = 100
const CONTROL_SECONDS = 260
/** The longest that one run may take, in milliseconds. */
const LIMIT_MS = 400_000
/** Entries of the repository that the copy does without. */
const LEFT_OUT = /^(\..*|node_modules|docs)$/

const root = fileURLToPath(new URL("../../", import.meta.url))

/** What came of the attacks on a copy. */
interface Run {
  readonly cases: number
  /** How many cases were not as expected. */
  readonly wrong: number
  /** The first of them. */
  readonly first: string
  readonly text: string
}

const copySources = async (folder: string): Promise<void> => {
  for (const name of await readdir(root)) {
    if (!LEFT_OUT.test(name)) await cp(join(root, name), join(folder, name), { recursive: true })
  }
  await symlink(join(root, "node_modules"), join(folder, "node_modules"))
}

/** Runs attacks of the copy. Rejects when the run breaks off without a report. */
const attack = (folder: string, options: readonly string[], seconds = SECONDS): Promise<Run> =>
  new Promise((resolve, reject) => {
    const script = pathToFileURL(join(folder, "scripts/attack/attack.ts"))
    const [program, ...args] = scriptCommand(script)
    const all = [...args, ...options, "--seconds", String(seconds)]
    const child = spawn(program, all, {
      cwd: folder,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MS,
    })
    let text = ""
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (chunk: string) => text += chunk)
    }
    child.once("error", reject)
    child.once("close", () => {
      const [, cases] = /^\| all +\| +(\d+) \|/m.exec(text) ?? []
      if (cases === undefined) return reject(new Error(`no report: ${text.slice(-2_000)}`))
      // Cases that the time did not suffice for are not among these: they have found nothing.
      const wrong = text.match(/^NOT AS EXPECTED .*(?:\n.*){2}/gm) ?? []
      resolve({ cases: Number(cases), wrong: wrong.length, first: wrong[0] ?? "", text })
    })
  })

/** Plants a fault while the work is done. Throws `TypeError` if its text is not there once. */
const planted = async <Result>(
  folder: string,
  { file, from, to }: SourceFault,
  work: () => Promise<Result>,
): Promise<Result> => {
  const path = join(folder, file)
  const text = await readFile(path, "utf8")
  const parts = text.split(from)
  if (parts.length !== 2) {
    throw new TypeError(`${file} has ${parts.length - 1} times, and not once: ${from}`)
  }
  await writeFile(path, parts.join(to))
  try {
    return await work()
  } finally {
    await writeFile(path, text)
  }
}

/** Whether a class has found its fault: by its short form, by the whole class, or not at all. */
type Found = "short" | "whole" | "NOT FOUND" | "NO REPORT"

const tried = async (folder: string, fault: SourceFault): Promise<[Found, Run]> =>
  await planted(folder, fault, async () => {
    const only = ["--only", fault.of]
    const short = await attack(folder, [...only, "--short"])
    if (short.wrong > 0) return ["short", short]
    const whole = await attack(folder, only)
    return [whole.wrong > 0 ? "whole" : "NOT FOUND", whole]
  })

const { values } = parseArgs({ options: { only: { type: "string" } } })
const names = CLASSES.map(({ name }) => name)
const bare = names.filter((name) => !attackFaults.some(({ of }) => of === name))
if (bare.length > 0) throw new TypeError(`no fault is planted for: ${bare.join(", ")}`)
const chosen = attackFaults.filter(({ of }) => values.only?.split(",").includes(of) ?? true)
if (chosen.length === 0) throw new TypeError(`--only takes some of: ${names.join(", ")}`)

const folder = await makeTemporaryFolder()
const rows: string[] = []
let missed = 0
try {
  await copySources(folder)
  const classes = chosen.map(({ of }) => of)
  const only = ["--short", "--only", classes.join(",")]
  const control = await attack(folder, only, CONTROL_SECONDS)
  if (control.wrong > 0) throw new Error(`without a fault: ${control.text}`)
  process.stdout.write(`without a fault: ${control.cases} cases, all as expected\n`)
  for (const fault of chosen) {
    // A fault with which no shop starts shows nothing about a class.
    const none = (error: unknown): [Found, Run] => {
      return ["NO REPORT", { cases: 0, wrong: 0, first: messageOf(error), text: "" }]
    }
    const [found, { cases, wrong, first }] = await tried(folder, fault).catch(none)
    if (found === "NOT FOUND" || found === "NO REPORT") missed++
    rows.push(`| ${fault.of} | ${fault.name} | ${found} | ${wrong} of ${cases} |`)
    process.stdout.write(`${fault.of}: ${fault.name}\n  ${found}: ${wrong} of ${cases}\n`)
    if (first !== "") process.stdout.write(`  ${first.replaceAll("\n", "\n  ")}\n`)
  }
} finally {
  await removeFolder(folder)
}
process.stdout.write(
  `\n| class | what was planted | found by | cases not as expected |\n|---|---|---|---|\n` +
    `${rows.join("\n")}\n\nfound ${chosen.length - missed} of ${chosen.length}\n`,
)
process.exitCode = missed === 0 ? 0 : 1
