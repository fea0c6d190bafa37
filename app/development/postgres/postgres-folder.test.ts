/** Tests of the data's folder when Postgres' user cannot reach the wanted folder. */
import assert from "node:assert/strict"
import { chmod, mkdir, readlink, rm } from "node:fs/promises"
import { dirname, join } from "node:path"
import process from "node:process"
import { test } from "../../../testing/test.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { postgresFolder } from "./postgres-folder.ts"

const isRoot = process.getuid?.() === 0
const skip = !isRoot && "only root runs Postgres as another user"
const nobody = { name: "nobody", uid: 65534, gid: 65534 }

test("the wanted folder is used when Postgres' user can reach it", async (t) => {
  const wanted = join(await temporaryFolder(t), "new", "postgres")
  assert.equal(await postgresFolder(wanted, undefined), wanted)
  if (isRoot) assert.equal(await postgresFolder(wanted, nobody), wanted)
})

test(
  "otherwise a link leads to a shared folder, and later runs use it again",
  { skip },
  async (t) => {
    const [closed, shared] = [await temporaryFolder(t), join(await temporaryFolder(t), "shared")]
    await chmod(closed, 0o700)
    const wanted = join(closed, "postgres")
    const folder = await postgresFolder(wanted, nobody, shared)
    assert.equal(dirname(folder), shared)
    assert.equal(await readlink(wanted), folder)
    assert.equal(await postgresFolder(wanted, nobody, shared), folder)
  },
)

test("data whose link was deleted or moved is neither used nor deleted", { skip }, async (t) => {
  const [closed, shared] = [await temporaryFolder(t), await temporaryFolder(t)]
  await chmod(closed, 0o700)
  const wanted = join(closed, "postgres")
  const first = await postgresFolder(wanted, nobody, shared)
  await mkdir(first)
  await rm(wanted)
  assert.equal(await postgresFolder(wanted, nobody, shared), `${first}-2`)
})

test(
  "existing data that cannot be reached is an error that says what to do",
  { skip },
  async (t) => {
    const closed = await temporaryFolder(t)
    await chmod(closed, 0o700)
    await mkdir(join(closed, "postgres"))
    await assert.rejects(postgresFolder(join(closed, "postgres"), nobody), /LEFTFOLD_DATA/)
  },
)
