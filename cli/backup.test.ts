/** Tests of backup and restore, with the program as a process on real servers. */
import assert from "node:assert/strict"
import { chmod, mkdir, readdir, rm, stat } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "../testing/test.ts"
import { library } from "../app/fixtures/library.ts"
import { archived, connected, streamNames, STREAMS } from "../app/operations/fixtures/archive.ts"
import { createNamespace } from "../testing/namespace.ts"
import { ownNats } from "../testing/own-servers.ts"
import { noSmallDisk, smallDisk } from "../testing/small-disk.ts"
import { temporaryFolder, type TestScope } from "../testing/temporary-folder.ts"
import { Operator } from "./fixtures/operator.ts"

test("a backup is restored elsewhere, and the views are folded from it", async (t) => {
  const folder = join(await temporaryFolder(t), "backup")
  const [one, other] = [
    await Operator.open(t, await createNamespace()),
    await Operator.open(t, await createNamespace()),
  ]
  await one.json(0, "provision")
  await one.fill([["c-1", 3], ["c-2", 5]])
  const streams = ["yard", "yard_timers"]
  const [written] = await one.json(0, "backup", folder)
  assert.deepEqual(written.map(({ stream }: { stream: string }) => stream), streams)
  const again = await one.run("backup", folder)
  assert.equal(again.code, 1)
  assert.match(again.stderr, /something in .* already/)

  const [restored] = await other.json(0, "restore", folder)
  assert.deepEqual(restored, written)
  await other.work()
  assert.deepEqual(
    [...await other.sql`select id, sum from yard.crate_list order by id`.values()],
    [["c-1", 3], ["c-2", 5]],
  )
  const running = await other.run("restore", folder)
  assert.equal(running.code, 1)
  assert.match(running.stderr, /nothing was restored, because .*actors.* run: stop all roles first/)
  const over = await one.run("restore", folder)
  assert.equal(over.code, 1)
  assert.match(over.stderr, /there is something already: yard \(2 messages\)/)
})

test("a backup is verified without servers, and a changed one is refused", async (t) => {
  const { folder } = await archived(t, 20)
  const nowhere = { natsUrl: "nats://127.0.0.1:9", databaseUrl: "postgres://127.0.0.1:9/x" }
  const operator = await Operator.open(t, await createNamespace(), LIBRARY)
  const verify = () =>
    operator.start(["backup", "--verify", folder], {
      NATS_URL: nowhere.natsUrl,
      DATABASE_URL: nowhere.databaseUrl,
    }).ran
  const good = await verify()
  assert.equal(good.code, 0, good.stderr)
  assert.match(good.stdout, /letter-box_timers +2 +2/)
  await rm(join(folder, "library", "stream.tar.s2"))
  const bad = await verify()
  assert.equal(bad.code, 1)
  assert.match(bad.stderr, /cannot be used: .*library\/stream\.tar\.s2/)
  const refused = await operator.run("restore", folder)
  assert.equal(refused.code, 1)
})

test("a backup reports writes that came meanwhile, because it is not of one moment", async (t) => {
  const folder = join(await temporaryFolder(t), "backup")
  const operator = await Operator.open(t, await createNamespace())
  await operator.json(0, "provision")
  let over = false
  const ran = operator.run("backup", folder).finally(() => over = true)
  while (!over) await operator.fill([["c-1", 1]])
  const { code, stderr } = await ran
  assert.equal(code, 1)
  assert.match(stderr, /yard got \d+ messages? meanwhile/)
  const other = await Operator.open(t, await createNamespace())
  const restored = await other.run("restore", folder)
  assert.equal(restored.code, 0)
  assert.match(restored.stderr, /are not of one moment/)
})

test("only the owner can read a backup, even in a folder that was open", async (t) => {
  const folder = join(await temporaryFolder(t), "new", "backup")
  const operator = await Operator.open(t, await createNamespace())
  await operator.json(0, "provision")
  await mkdir(folder, { recursive: true })
  await chmod(folder, 0o777)
  await operator.json(0, "backup", folder)
  const kept = await readdir(folder, { recursive: true })
  assert.equal(kept.length, 8)
  for (const path of [".", ...kept]) {
    const found = await stat(join(folder, path))
    assert.equal(found.mode & 0o777, found.isDirectory() ? 0o700 : 0o600, path)
  }
})

const LIBRARY = { app: library, module: "app/fixtures/library.ts" }

/** Starts a restore, and sends it a signal once it has made its first stream. */
const hurtRestore = async (t: TestScope, folder: string, signal: "SIGKILL" | "SIGINT") => {
  for (let attempt = 0; attempt < 10; attempt++) {
    const namespace = await createNamespace()
    const operator = await Operator.open(t, namespace, LIBRARY)
    const target = await connected(t, namespace.natsUrl)
    const { child, ran } = operator.start(["restore", folder])
    let over = false
    ran.finally(() => over = true)
    while (!over && (await streamNames(target)).length === 0);
    // By process id: after Deno's `child.kill`, the exit code would be the signal.
    process.kill(child.pid!, signal)
    const ended = await ran
    // A restore that ended before the signal shows nothing.
    if (ended.code !== 0) return { operator, target, ...ended }
  }
  throw new Error("every restore ended before the signal")
}

const checkMessages = async ({ streams }: Awaited<ReturnType<typeof connected>>) => {
  assert.deepEqual(await streamNames({ streams }), [...STREAMS].sort())
  for (const [name, messages] of [["library", 1_500], ["letter-box", 500]] as const) {
    const { state, config } = await streams.info(name)
    assert.deepEqual([state.messages, config.max_bytes], [messages, -1])
  }
}

test("a restore continues after a killed one; an interrupted one leaves nothing", async (t) => {
  const { folder } = await archived(t, 1_500)
  const killed = await hurtRestore(t, folder, "SIGKILL")
  assert.ok((await streamNames(killed.target)).length > 0)
  const provision = await killed.operator.run("provision")
  assert.equal(provision.code, 1)
  assert.match(provision.stderr, /a restore of the stream .* has not ended: run leftfold restore/)
  const again = await killed.operator.run("restore", folder)
  assert.equal(again.code, 0, again.stderr)
  await checkMessages(killed.target)

  const stopped = await hurtRestore(t, folder, "SIGINT")
  assert.equal(stopped.code, 1)
  assert.match(stopped.stderr, /interrupted by SIGINT: nothing was restored/)
  assert.deepEqual(await streamNames(stopped.target), [])
  assert.equal((await stopped.operator.run("restore", folder)).code, 0)
  await checkMessages(stopped.target)
})

test("a restore to a disk that is too small leaves nothing", { skip: noSmallDisk }, async (t) => {
  const disk = await smallDisk(t, 1_200)
  const { folder } = await archived(t, 1_500)
  const nats = await ownNats(t, { dataFolder: join(disk.folder, "nats") })
  const { databaseUrl } = await createNamespace()
  const operator = await Operator.open(t, { natsUrl: nats.url, databaseUrl }, LIBRARY)
  const failed = await operator.run("restore", folder)
  assert.equal(failed.code, 1)
  await disk.resize(65_536)
  await nats.restart()
  const target = await connected(t, nats.url)
  const again = await operator.run("restore", folder)
  assert.equal(again.code, 0, again.stderr)
  assert.match(failed.stderr, /library cannot be restored: .*: nothing was restored/)
  await checkMessages(target)
})
