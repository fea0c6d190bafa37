/** The nats-server package of a newer Debian suite, fetched without root and not installed. */
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildOnce } from "../cache.ts"
import { runCommand } from "../command.ts"
import { sourcesForSuite } from "./debian-sources.ts"
import { cachedNatsFolder } from "./nats-installed.ts"
import { type NatsSearch, type StepResult, tryNats } from "./nats-search.ts"

/** The first Debian suite whose nats-server is new enough. */
export const debianSuite = "forky"

/** Fetches Debian's package with `apt-get download`, and extracts the program. */
export async function natsFromDebian(search: NatsSearch): Promise<StepResult> {
  const release = await readFile(search.osRelease, "utf8").catch(() => "")
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(release)?.[1]
  if (!/^(ID|ID_LIKE)=.*\bdebian\b/m.test(release) || codename === undefined) {
    return { missing: "not a Debian system" }
  }
  const sources = await sourcesForSuite(search.aptFolder, codename, debianSuite)
  if (sources.length === 0) return { missing: "apt has no source for Debian's main archive" }
  search.note(`fetching the nats-server package of Debian ${debianSuite}`)
  const workshop = await mkdtemp(join(tmpdir(), "leftfold-apt-"))
  try {
    const folders = ["parts", "lists/partial", "cache/archives/partial", "package"]
    for (const name of folders) await mkdir(join(workshop, name), { recursive: true })
    for (const { name, text } of sources) await writeFile(join(workshop, "parts", name), text)
    return await fetchPackage(search, workshop)
  } finally {
    await rm(workshop, { recursive: true, force: true })
  }
}

async function fetchPackage(search: NatsSearch, workshop: string): Promise<StepResult> {
  const { signal } = search
  const settings = aptSettings(workshop)
  // One unreachable source fails the whole update, so only the download's result counts.
  const update = await runCommand("apt-get", [...settings, "-qq", "update"], { signal })
  const download = await runCommand(
    "apt-get",
    [...settings, "-qq", "download", "nats-server"],
    { signal, folder: join(workshop, "package") },
  )
  const archive = (await readdir(join(workshop, "package"))).find((name) => name.endsWith(".deb"))
  if (download.exitCode !== 0 || archive === undefined) {
    const reason = (update.output || download.output).split("\n")[0]
    return { missing: `Debian ${debianSuite}: apt-get could not fetch the package (${reason})` }
  }
  const contents = join(workshop, "contents")
  const unpack = await runCommand("dpkg-deb", ["-x", join(workshop, "package", archive), contents])
  const program = join(contents, "usr/sbin/nats-server")
  if (unpack.exitCode !== 0) return { missing: `Debian ${debianSuite}: ${unpack.output}` }
  const result = await tryNats(program, `the package of Debian ${debianSuite}`, signal)
  if ("missing" in result) return result
  const folder = cachedNatsFolder(search, result.found.version)
  await buildOnce(folder, (draft) => copyFile(program, join(draft, "nats-server")))
  return { found: { ...result.found, path: join(folder, "nats-server") } }
}

/** Makes apt write only to the workshop. It trusts the keys that the machine trusts. */
function aptSettings(workshop: string): ReadonlyArray<string> {
  const settings = {
    "Dir::Etc::SourceList": "/dev/null",
    "Dir::Etc::SourceParts": join(workshop, "parts"),
    "Dir::State::Lists": join(workshop, "lists"),
    "Dir::Cache": join(workshop, "cache"),
    // Otherwise root's apt switches to a user that cannot enter the workshop.
    "APT::Sandbox::User": "root",
    // Unsigned packages are refused, whatever the machine's own settings say.
    "APT::Get::AllowUnauthenticated": "false",
    "Acquire::AllowInsecureRepositories": "false",
    "Acquire::AllowDowngradeToInsecureRepositories": "false",
    "Acquire::AllowWeakRepositories": "false",
    "Acquire::Languages": "none",
    "Acquire::Retries": "1",
    "Acquire::http::Timeout": "12",
    "Acquire::https::Timeout": "12",
  }
  return Object.entries(settings).flatMap(([name, value]) => ["-o", `${name}=${value}`])
}
