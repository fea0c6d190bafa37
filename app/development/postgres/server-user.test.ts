/** Tests of the user that Postgres runs as. */
import assert from "node:assert/strict"
import { chown, writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "../../../testing/test.ts"
import { temporaryFolder } from "../../../testing/temporary-folder.ts"
import { parseUsers, serverUser } from "./server-user.ts"

const skip = process.getuid?.() !== 0 && "only root can give data to another user"

const passwords = "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\n"

test("a user other than root runs Postgres as itself", async () => {
  assert.equal(await serverUser("/nowhere", 1000), undefined)
})

test("root runs Postgres as postgres, or else as nobody", async (t) => {
  const file = join(await temporaryFolder(t), "passwd")
  await writeFile(file, passwords)
  assert.deepEqual(await serverUser("/nowhere", 0, file), {
    name: "nobody",
    uid: 65534,
    gid: 65533,
  })
  await writeFile(file, `${passwords}postgres:x:101:104:Postgres:/var/lib:/bin/sh\n`)
  assert.equal((await serverUser("/nowhere", 0, file))?.name, "postgres")
})

test("existing data is used by its owner", { skip }, async (t) => {
  const folder = await temporaryFolder(t)
  await writeFile(join(folder, "PG_VERSION"), "18\n")
  await chown(join(folder, "PG_VERSION"), 4321, 1234)
  assert.deepEqual(await serverUser(folder, 0), { name: "user 4321", uid: 4321, gid: 1234 })
})

test("root without any other user is told what to do", async () => {
  await assert.rejects(serverUser("/nowhere", 0, "/nowhere"), /does not run as root.*DATABASE_URL/)
})

test("lines that name no user are left out", () => {
  assert.deepEqual(parseUsers("\n# comment\nada:x:1:2:::\n"), [{ name: "ada", uid: 1, gid: 2 }])
})
