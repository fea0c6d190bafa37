/** Tests of a log that holds MessagePack and Protobuf, which a program in Python reads, too. */
import assert from "node:assert/strict"
import { spawn, spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { Schema } from "effect"
import { Actor } from "../actors/internal.ts"
import { Contract, type ProtobufNumbers } from "../contracts/internal.ts"
import { Projection } from "../projections/internal.ts"
import { temporaryFolder } from "../testing/temporary-folder.ts"
import { test } from "../testing/test.ts"
import { testServers } from "../testing/test-servers.ts"
import { App } from "./mod.ts"
import { protoFiles, writeProtoFiles } from "./schema/proto.ts"

const { Int } = Schema

const release = (stored: "msgpack" | "protobuf", numbers?: ProtobufNumbers) => {
  const contract = Contract.define("till.purse", {
    commands: { Put: { cents: Int, at: Schema.Date }, Take: { cents: Int } },
    events: { Moved: { cents: Int, at: Schema.Date, tags: Schema.Array(Schema.String) } },
    rejections: { TooLittle: { left: Int } },
    ...(numbers ? { protobuf: numbers, stored } : {}),
  })
  const { Moved } = contract.events
  const purse = Actor.define(contract, {
    initial: { left: 0 },
    decide: {
      Put: (_, { cents, at }) => Moved({ cents, at, tags: [] }),
      Take: ({ left }, { cents }) =>
        left < cents
          ? contract.rejections.TooLittle({ left })
          : Moved({ cents: -cents, at: new Date(0), tags: ["taken", ""] }),
    },
    evolve: { Moved: ({ left }, { cents }) => ({ left: left + cents }) },
  })
  const list = Projection.define("till.list", {
    from: [contract],
    row: { id: Schema.String, left: Int, last: Schema.Date },
    key: "id",
    on: {
      Moved: (row, { cents, at }, { id }) => ({ id, left: (row?.left ?? 0) + cents, last: at }),
    },
  })
  return { contract, app: App.define("till", { actors: [purse], projections: [list] }) }
}

const numbersOf = (files: ReadonlyMap<string, string>) =>
  JSON.parse(files.get("till.purse.ts")!.split("`")[1]!) as ProtobufNumbers

const PYTHON = "/usr/bin/python3"
const hasPython = spawnSync(PYTHON, ["-c", "import google.protobuf"]).status === 0 &&
  spawnSync("protoc", ["--version"]).status === 0 &&
  existsSync("/usr/include/google/protobuf/struct.proto")
const skip = hasPython ? false : "Python's classes of Protobuf, or protoc, are not installed"

const python = (args: readonly string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = spawn(PYTHON, args, { stdio: ["ignore", "pipe", "pipe"] })
    let [out, error] = ["", ""]
    child.stdout.on("data", (data) => out += String(data))
    child.stderr.on("data", (data) => error += String(data))
    child.on("error", reject)
    child.on("close", (code) => code === 0 ? resolve(out) : reject(new Error(error)))
  })

test(
  "a log holds both kinds, and a program in Python reads it and sends commands",
  { skip },
  async (t) => {
    const folder = await temporaryFolder(t)
    const files = protoFiles(release("msgpack").app, new Map())
    await writeProtoFiles(folder, files)
    const protos = [...files.keys()].filter((path) => path.endsWith(".proto"))
    const compiled = spawnSync("protoc", ["-I", folder, `--python_out=${folder}`, ...protos])
    assert.equal(compiled.status, 0, compiled.stderr.toString())

    const servers = await testServers(t)
    const before = release("msgpack", numbersOf(files))
    const first = await App.start(before.app, { ...servers, port: 0 })
    const at = new Date("2026-11-28T00:00:00.001Z")
    await first.client.ask(before.contract, "p", before.contract.commands.Put({ cents: 100, at }))
    await first.stop()

    const { app, contract } = release("protobuf", numbersOf(files))
    const second = await App.start(app, { ...servers, port: 0 })
    t.after(() => second.stop())
    const { Put, Take } = contract.commands
    await second.client.ask(contract, "p", Put({ cents: 20, at }))
    await second.client.ask(contract, "p", Take({ cents: 5 }))
    const script = fileURLToPath(new URL("fixtures/purse-client.py", import.meta.url))
    const said = await python([script, servers.natsUrl, folder, "p"])
    assert.deepEqual(said.trim().split("\n"), [
      "accepted at version 4",
      "TooLittle, 122 left",
      "Invalid: the command till.purse Take is not valid: Missing key at cents",
      "MessagePack",
      `Moved 20 ${at.getTime()} []`,
      "Moved -5 0 ['taken', '']",
      "Moved 7 1 []",
    ])
    await second.settled()
    const { result } = await second.client.queryPlain("till.list", { key: "p" })
    assert.deepEqual(result, { id: "p", left: 122, last: new Date(1).toISOString() })
  },
)
