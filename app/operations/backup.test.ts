/** Tests of the folder of a backup: it is whole or absent, private to its owner, and checked. */
import assert from "node:assert/strict"
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises"
import { dirname, join } from "node:path"
import { test } from "../../testing/test.ts"
import { noSmallDisk, smallDisk } from "../../testing/small-disk.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { runCommand } from "../development/command.ts"
import { library } from "../fixtures/library.ts"
import { makeBackup, readBackup } from "./backup.ts"
import { archived, connected, copyOf, fillStreams, forge, STREAMS } from "./fixtures/archive.ts"

const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test("a manifest lists the backup's files with checksums that other tools can check", async (t) => {
  const { folder, manifest } = await archived(t)
  assert.deepEqual(manifest.streams.map(({ name }) => name), STREAMS)
  const [log] = manifest.streams
  assert.deepEqual(log?.consumers, ["policy_letter-box_reminders"])
  assert.deepEqual([log?.state.messages, log?.state.first_seq, log?.state.last_seq], [150, 1, 150])
  assert.ok(manifest.oneMoment)
  const sums = await runCommand("sha256sum", ["-c", "backup.json.sha256"], { folder })
  assert.equal(sums.output, "backup.json: OK")
  for (const { path, sha256 } of manifest.streams.flatMap(({ files }) => files)) {
    const { output } = await runCommand("sha256sum", [path], { folder })
    assert.equal(output, `${sha256}  ${path}`)
  }
  assert.deepEqual((await readBackup(folder, library)).manifest, manifest)
})

test("only the owner can read a backup, whatever the umask", async (t) => {
  const { folder } = await archived(t, 1)
  assert.equal(await modeOf(folder), 0o700)
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    assert.equal(await modeOf(path), entry.isDirectory() ? 0o700 : 0o600, path)
  }
})

test("a backup that cannot be made whole leaves nothing behind", async (t) => {
  const { wire, streams } = await connected(t)
  await fillStreams(wire, 20)
  const above = await temporaryFolder(t)
  const folder = join(above, "backup")
  const stop = new AbortController()
  stop.abort(new Error("it was interrupted"))
  const early = makeBackup(wire, library, folder, { signal: stop.signal })
  await assert.rejects(early, /it was interrupted/)
  await streams.delete("letter-box_timers")
  await assert.rejects(makeBackup(wire, library, folder), /letter-box_timers.* not found/)
  assert.deepEqual(await readdir(above), [])
})

test("a backup to a full disk leaves nothing behind", { skip: noSmallDisk }, async (t) => {
  const disk = await smallDisk(t, 256)
  const { wire } = await connected(t)
  await fillStreams(wire, 600)
  await assert.rejects(makeBackup(wire, library, join(disk.folder, "backup")), /ENOSPC/)
  assert.deepEqual(await readdir(disk.folder), [])
})

test("a backup is never written over existing files", async (t) => {
  const { wire } = await connected(t)
  await fillStreams(wire, 1)
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, "mine"), "")
  await assert.rejects(makeBackup(wire, library, folder), /never written over it/)
  await assert.rejects(makeBackup(wire, library, join(folder, "mine")), /never written over it/)
  assert.deepEqual(await readdir(folder), ["mine"])
  assert.deepEqual(
    await readdir(dirname(folder)).then((all) => all.filter((n) => n.includes("draft"))),
    [],
  )
})

const DATA = "library/stream.tar.s2"

const flip = async (path: string, part: number): Promise<void> => {
  const bytes = await readFile(path)
  const at = Math.min(bytes.length - 1, Math.floor(bytes.length * part))
  bytes[at]! ^= 0x01
  await writeFile(path, bytes)
}

const DAMAGES: Record<string, (folder: string) => Promise<unknown>> = {
  "the first byte of a stream": (folder) => flip(join(folder, DATA), 0),
  "a byte at a tenth": (folder) => flip(join(folder, DATA), 0.1),
  "a byte in the middle": (folder) => flip(join(folder, DATA), 0.5),
  "the last byte": (folder) => flip(join(folder, DATA), 1),
  "a byte of the last stream": (folder) => flip(join(folder, "library_timers/stream.tar.s2"), 0.5),
  "a byte of a stream's description": (folder) => flip(join(folder, "library/backup.json"), 0.5),
  "a byte of the manifest": (folder) => flip(join(folder, "backup.json"), 0.5),
  "a byte of its checksum": (folder) => flip(join(folder, "backup.json.sha256"), 0),
  "the end of a stream": (folder) => truncate(join(folder, DATA), 1_000),
  "all of a stream": (folder) => truncate(join(folder, DATA), 0),
  "a byte too many": (folder) => appendFile(join(folder, DATA), "x"),
  "a file": (folder) => rm(join(folder, DATA)),
  "a folder": (folder) => rm(join(folder, "letter-box"), { recursive: true }),
  "the manifest": (folder) => rm(join(folder, "backup.json")),
  "the missing checksum of the manifest": (folder) => rm(join(folder, "backup.json.sha256")),
  "a stream that was replaced by another's": async (folder) =>
    await writeFile(join(folder, DATA), await readFile(join(folder, "letter-box/stream.tar.s2"))),
  "a file that was replaced by a link": async (folder) => {
    await rm(join(folder, DATA))
    await symlink("/etc/passwd", join(folder, DATA))
  },
  "a stream that the manifest lacks": (folder) =>
    forge(folder, (manifest) => manifest.streams.splice(1, 1)),
  "a stream that is not the application's": (folder) =>
    forge(folder, (manifest) => manifest.streams[0]!.context = "other"),
  "a stream that is there twice": (folder) =>
    forge(folder, (manifest) => manifest.streams[1] = manifest.streams[0]!),
  "a path that leads elsewhere": (folder) =>
    forge(folder, (manifest) => manifest.streams[0]!.files[0]!.path = "../x/stream.tar.s2"),
  "the application": (folder) => forge(folder, (manifest) => manifest.application = "other"),
  "the format": (folder) => forge(folder, (manifest) => manifest.format = 2),
  "a count below nothing": (folder) =>
    forge(folder, (manifest) => manifest.streams[0]!.state.messages = -1),
  "the whole text of the manifest": (folder) => writeFile(join(folder, "backup.json"), "{}"),
}

test("every kind of damage is found without a server", async (t) => {
  const { folder } = await archived(t)
  await readBackup(await copyOf(t, folder), library)
  for (const [what, damage] of Object.entries(DAMAGES)) {
    const copy = await copyOf(t, folder)
    await damage(copy)
    await assert.rejects(readBackup(copy, library), /cannot be used: /, what)
    if (what === "the manifest") continue
    const unchecked = readBackup(copy, library, { unchecked: true })
    await assert.rejects(unchecked, /cannot be used: /, what)
  }
})

test("a backup of an earlier version is read only with the option unchecked", async (t) => {
  const { folder } = await archived(t)
  await rm(join(folder, "backup.json"))
  await assert.rejects(readBackup(folder, library), /backup\.json/)
  const { manifest } = await readBackup(folder, library, { unchecked: true })
  assert.deepEqual(manifest.streams.map(({ name }) => name), STREAMS)
  await rm(join(folder, "letter-box"), { recursive: true })
  await assert.rejects(readBackup(folder, library, { unchecked: true }), /letter-box/)
})

test("the error about an unreadable folder says what is wrong with it", async (t) => {
  const folder = await temporaryFolder(t)
  await mkdir(join(folder, "backup.json"))
  await chmod(folder, 0o700)
  await assert.rejects(readBackup(folder, library), /backup\.json is not a plain file/)
  await assert.rejects(readBackup(join(folder, "nowhere"), library), /nowhere.* no such file/)
})
