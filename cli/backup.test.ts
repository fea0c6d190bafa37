/** A backup of an application and its way back, with the program as a process on real servers. */
import assert from "node:assert/strict"
import { chmod, mkdir, readdir, stat } from "node:fs/promises"
import { join } from "node:path"
import { test } from "node:test"
import { createNamespace } from "../testing/namespace.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { Operator } from "./fixtures/operator.ts"

test("what was backed up comes back elsewhere, and views are folded from it", async (t) => {
  const folder = join(await temporaryFolder(t), "backup")
  const [one, other] = [
    await Operator.open(t, await createNamespace()),
    await Operator.open(t, await createNamespace()),
  ]
  await one.json(0, "provision")
  await one.fill([["c-1", 3], ["c-2", 5]])
  const streams = ["yard", "yard_snapshots", "yard_timers"]
  const [written] = await one.json(0, "backup", folder)
  assert.deepEqual(written.map(({ stream }: { stream: string }) => stream), streams)
  const again = await one.run("backup", folder)
  assert.equal(again.code, 1)
  assert.match(again.stderr, /file already exists/)

  const [restored] = await other.json(0, "restore", folder)
  assert.deepEqual(restored, written)
  await other.work()
  assert.deepEqual(
    [...await other.sql`select id, sum from yard.crate_list order by id`.values()],
    [["c-1", 3], ["c-2", 5]],
  )
  const over = await other.run("restore", folder)
  assert.equal(over.code, 1)
  assert.match(over.stderr, /the stream yard cannot be restored: .*in use/)
})

test("a backup says when something was written meanwhile, as it is of no one moment", async (t) => {
  const folder = join(await temporaryFolder(t), "backup")
  const operator = await Operator.open(t, await createNamespace())
  await operator.json(0, "provision")
  let over = false
  const ran = operator.run("backup", folder).finally(() => over = true)
  while (!over) await operator.fill([["c-1", 1]])
  const { code, stderr } = await ran
  assert.equal(code, 1)
  assert.match(stderr, /yard got \d+ messages? meanwhile/)
})

test("a backup can be read by nobody but its owner, also in a folder that was open", async (t) => {
  const folder = join(await temporaryFolder(t), "new", "backup")
  const operator = await Operator.open(t, await createNamespace())
  await operator.json(0, "provision")
  await mkdir(join(folder, "yard"), { recursive: true })
  for (const open of [folder, join(folder, "yard")]) await chmod(open, 0o777)
  await operator.json(0, "backup", folder)
  const kept = await readdir(folder, { recursive: true })
  assert.equal(kept.length, 9)
  for (const path of kept) {
    const found = await stat(join(folder, path))
    assert.equal(found.mode & 0o777, found.isDirectory() ? 0o700 : 0o600, path)
  }
})
