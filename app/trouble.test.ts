/** Tests that full disks and hung nodes appear in health and in the log, under their own names. */
import assert from "node:assert/strict"
import { join } from "node:path"
import process from "node:process"
import { test } from "../testing/test.ts"
import { Accounts, Note } from "../actors/fixtures/account.ts"
import { ownNats } from "../testing/own-servers.ts"
import { type Program, startProgram } from "../testing/program.ts"
import { noSmallDisk, smallDisk } from "../testing/small-disk.ts"
import type { TestScope } from "../testing/temporary-folder.ts"
import { until } from "../testing/until.ts"
import {
  askHealth,
  createClient,
  type Health,
  logSubject,
  type NatsWire,
  natsWire,
  requestOf,
} from "../wire/internal.ts"
import { provisionStreams } from "./operations/provision-nats.ts"

const PARTS = [Accounts.name]

interface Stand {
  readonly wire: NatsWire
  readonly node: Program
  readonly health: () => Promise<Health>
}

const connected = async (t: TestScope, url: string): Promise<NatsWire> => {
  const wire = await natsWire({ url, name: "test" })
  t.after(() => wire.close())
  return wire
}

/** Starts a node in its own process; resolves once it is ready. */
const standOn = async (t: TestScope, url: string): Promise<Stand> => {
  const wire = await connected(t, url)
  await provisionStreams(wire, ["bank"])
  const node = startProgram(t, "testing/start-bank-node.ts", { ROLES: "actors", NATS_URL: url })
  const health = () => askHealth(wire, "actors", PARTS, 2_000)
  await until(async () => (await health()).ready)
  return { wire, node, health }
}

const troublesOf = ({ troubles }: Health): string => String(troubles)

/** Writes to the log until it takes nothing more; each round halves the size of a message. */
const fill = async (wire: NatsWire): Promise<void> => {
  let number = 0
  for (let bytes = 262_144; bytes > 64; bytes = Math.floor(bytes / 2)) {
    for (;;) {
      const subject = logSubject(Accounts.name, `filler-${number++}`)
      const reply = await requestOf(wire, subject, new Uint8Array(bytes), {}, 1_000)
      const text = reply.type === "reply" ? new TextDecoder().decode(reply.payload) : ""
      if (!text.startsWith('{"stream"')) break
    }
  }
}

/** Sends a command; resolves to its outcome and how long it took, in milliseconds. */
const noteOn = async (wire: NatsWire, id: string) => {
  const begun = performance.now()
  const note = Note({ text: "x".repeat(1_000), times: 1 })
  const outcome = await createClient(wire).ask(Accounts, id, note, { timeoutMs: 3_000 })
    .then(({ kind }) => kind as string, (error) => String(error._tag))
  return { outcome, ms: performance.now() - begun }
}

const linesWith = ({ output }: Program, text: string): number =>
  output().split("\n").filter((line) => line.includes(text)).length

test(
  "commands to full storage fail within milliseconds, and health and the log say why",
  { skip: noSmallDisk },
  async (t) => {
    const disk = await smallDisk(t, 12_000)
    const nats = await ownNats(t, { dataFolder: join(disk.folder, "nats") })
    const { wire, node, health } = await standOn(t, nats.url)
    assert.equal((await noteOn(wire, "a")).outcome, "accepted")
    await fill(wire)

    const answers = await Promise.all(["a", "b", "c"].map((id) => noteOn(wire, id)))
    assert.deepEqual(answers.map(({ outcome }) => outcome), Array(3).fill("Unavailable"))
    // Far less than the caller's time limit: a failure that lasts is not retried.
    assert.ok(answers.every(({ ms }) => ms < 1_000), JSON.stringify(answers))
    const { ready, troubles } = await health()
    assert.equal(ready, false)
    assert.match(
      String(troubles),
      /the log bank has taken no commits .*insufficient resources: .*full/,
    )
    await noteOn(wire, "d")
    assert.equal(linesWith(node, "has taken no commits"), 1, node.output())

    await disk.resize(64_000)
    await nats.restart()
    await until(async () => (await noteOn(wire, "a")).outcome === "accepted")
    await until(async () => (await health()).ready)
  },
)

test(
  "a full disk that the server does not report appears in health and in the log",
  { skip: noSmallDisk },
  async (t) => {
    const disk = await smallDisk(t, 12_000)
    const folder = join(disk.folder, "nats")
    const jetstream = { store_dir: folder, max_file_store: 1_000_000_000 }
    const nats = await ownNats(t, { dataFolder: folder, config: { jetstream } })
    const { wire, node, health } = await standOn(t, nats.url)
    assert.equal((await noteOn(wire, "a")).outcome, "accepted")
    await fill(wire)

    await until(async () => {
      await noteOn(wire, "a")
      return !(await health()).ready
    })
    assert.match(troublesOf(await health()), /the log bank has acknowledged no commit for \d+ s/)
    await noteOn(wire, "b")
    await noteOn(wire, "a")
    assert.equal(linesWith(node, "has acknowledged no commit"), 1, node.output())

    await disk.resize(64_000)
    await nats.restart()
    await until(async () => (await noteOn(wire, "a")).outcome === "accepted")
    await until(async () => (await health()).ready)
  },
)

test("other nodes report a hung node, and forget it once its process has ended", async (t) => {
  const nats = await ownNats(t)
  const { health, node } = await standOn(t, nats.url)
  const other = startProgram(t, "testing/start-bank-node.ts", {
    ROLES: "actors",
    NATS_URL: nats.url,
  })
  await until(async () => (await health()).nodes === 2)
  process.kill(other.pid, "SIGSTOP")
  // A later look may go to the node that hangs, which says nothing.
  const { ready, troubles } = await until(async () => {
    const found = await health()
    return troublesOf(found).includes("hangs") ? found : undefined
  })
  assert.deepEqual([ready, (troubles as unknown[]).length], [false, 1])
  process.kill(other.pid, "SIGCONT")
  await until(() => linesWith(node, "announces itself again") === 1)
  await until(async () => (await health()).ready)

  process.kill(other.pid, "SIGSTOP")
  await until(() => linesWith(node, "hangs: it neither") === 2)
  other.send("SIGKILL")
  await until(() => linesWith(node, "which hung, has ended") === 1)
  await until(async () => (await health()).ready)
  assert.equal(linesWith(node, "hangs: it neither"), 2, node.output())
})

test("a killed node is not reported as hung", async (t) => {
  const nats = await ownNats(t)
  const { health } = await standOn(t, nats.url)
  const other = startProgram(t, "testing/start-bank-node.ts", {
    ROLES: "actors",
    NATS_URL: nats.url,
  })
  await until(async () => (await health()).nodes === 2)
  other.send("SIGKILL")
  await until(async () => {
    const { ready, nodes } = await health()
    // For a moment the queue may still hand a question to the killed node.
    assert.ok(!troublesOf(await health()).includes("hangs"))
    return ready && nodes === 1
  })
})
