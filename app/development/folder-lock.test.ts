/** Tests of process id files: only a running server of the same name keeps its folder. */
import assert from "node:assert/strict"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { test } from "../../testing/test.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { startChild } from "./child.ts"
import { untilUnused } from "./folder-lock.ts"

test("data in use by a running server is refused, with the server's process id", async (t) => {
  const file = join(await temporaryFolder(t), "pid")
  const options = { name: "sh", program: "sh", args: ["-c", "while :; do sleep 0.05; done"] }
  const child = await startChild({ ...options, stopSignal: "TERM", stopGraceMs: 1_000 })
  t.after(() => child.kill())
  await writeFile(file, `${child.pid}\nmore\n`)
  await assert.rejects(untilUnused(file, "sh", 100), {
    name: "ServerError",
    message: `sh (process ${child.pid}) is running on this data already: stop it, or choose ` +
      "another folder with LEFTFOLD_DATA",
  })
  const waiting = untilUnused(file, "sh")
  await child.stop()
  await waiting
})

test("the file of a server that is gone, or of another program, is ignored", async (t) => {
  const file = join(await temporaryFolder(t), "pid")
  await untilUnused(file, "nats-server")
  await writeFile(file, String(process.pid))
  await untilUnused(file, "nats-server")
  await writeFile(file, "not a number")
  await untilUnused(file, "nats-server")
})
