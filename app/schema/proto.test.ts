/** Tests of `.proto` files: a compiler takes them, and what is written is what others read. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFile } from "node:fs/promises"
import { existsSync } from "node:fs"
import { join, resolve } from "node:path"
import { Schema } from "effect"
import { Actor } from "../../actors/internal.ts"
import { Contract, type ProtobufNumbers } from "../../contracts/internal.ts"
import { acceptedBytes, encodeCommit, problemBytes, resultBytes } from "../../wire/internal.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { ANSWER, COMMIT } from "../../wire/format/protobuf-messages.ts"
import { App } from "../mod.ts"
import { OWN_PROTO } from "./own-proto.ts"
import { protoFiles, writeProtoFiles } from "./proto.ts"

const { String: Text, Int } = Schema

const release = (fields: Schema.Struct.Fields, numbers?: ProtobufNumbers) => {
  const contract = Contract.define("post-office.parcel", {
    commands: { Send: { to: Text } },
    events: { Sent: fields as { readonly to: typeof Text } },
    rejections: { Lost: { at: Schema.Date } },
    ...(numbers ? { protobuf: numbers } : {}),
    stored: numbers ? "protobuf" : "msgpack",
  })
  const actor = Actor.define(contract, {
    initial: 0,
    decide: { Send: () => [] },
    evolve: { Sent: (state) => state },
  })
  return { contract, app: App.define("post", { actors: [actor] }) }
}

const FIELDS = {
  to: Text.annotate({ description: "Who gets it." }),
  at: Schema.Date,
  seal: Schema.Uint8Array,
  weight: Schema.optionalKey(Schema.Number),
  size: Schema.NullOr(Int),
  stops: Schema.Array(Schema.Struct({ city: Text, isLast: Schema.Boolean })),
  labels: Schema.Record(Text, Int),
  paid: Schema.Union([
    Schema.TaggedStruct("Card", { "last-4": Text }),
    Schema.TaggedStruct("Cash", {}),
  ]),
  extra: Schema.Json,
  "Straße": Schema.Literals(["a", "b"]),
  aB: Int,
  "a-b": Int,
}

const SENT = {
  to: "häß",
  at: "1969-12-31T23:59:59.999Z",
  seal: "AP8=",
  size: null,
  stops: [{ city: "Bern", isLast: false }, { city: "", isLast: true }],
  labels: { x: -1 },
  paid: { _tag: "Card", "last-4": "0000" },
  extra: [1.5, null, { a: "b" }],
  "Straße": "a",
  aB: 1,
  "a-b": 2 ** 53 - 1,
}

const PARCEL = "post_office/parcel/v1/parcel.proto"
const NUMBERS = "post-office.parcel.ts"

const numbersIn = (files: ReadonlyMap<string, string>) =>
  JSON.parse(files.get(NUMBERS)!.split("`")[1]!) as ProtobufNumbers

const hasCompiler = spawnSync("protoc", ["--version"]).status === 0 &&
  existsSync("/usr/include/google/protobuf/struct.proto")
const skip = hasCompiler ? false : "protoc, the compiler of Protobuf, is not installed"

/** Runs the compiler; what it reads and prints are bytes. */
const protoc = (folder: string, args: readonly string[], input?: Uint8Array): string => {
  const { status, stdout, stderr } = spawnSync("protoc", ["-I", folder, ...args], { input })
  assert.equal(status, 0, stderr.toString())
  return stdout.toString()
}

test("a file has comments, types, and what is gone is reserved", () => {
  const first = protoFiles(release(FIELDS).app, new Map())
  const text = first.get(PARCEL)!
  for (
    const part of [
      "package post_office.parcel.v1;",
      "// Who gets it.\n  // Required.\n  optional string to = 1;",
      "optional .google.protobuf.Timestamp at = 2;",
      "optional bytes seal = 3;",
      "// Null if it is absent.\n  optional int64 size = 5;",
      "repeated Stops stops = 6;",
      "map<string, int64> labels = 7;",
      "oneof alternative {\n      Card card = 1;\n      Cash cash = 2;\n    }",
      '// Called "Straße" in JSON.\n  // One of: "a", "b".\n  // Required.\n',
      "optional string stra_e = 10;",
      "optional int64 a_b = 11;",
      'optional int64 a_b_12 = 12 [json_name = "a-b"];',
    ]
  ) assert.ok(text.includes(part), `${part}\n\nis not in\n\n${text}`)
  const { aB: _, ...fewer } = FIELDS
  const second = protoFiles(release({ ...fewer, size: Text, added: Text }).app, first)
  const later = second.get(PARCEL)!
  for (const part of ["reserved 5; // size: int64", "reserved 11;"]) {
    assert.ok(later.includes(part), `${part}\n\nis not in\n\n${later}`)
  }
  assert.ok(later.includes("optional string size = 13;") && later.includes("added = 14;"))
  assert.deepEqual(protoFiles(release({ ...fewer, size: Text, added: Text }).app, second), second)
  // A merge that keeps both sides: the numbers of the first of two members would be forgotten.
  const merged = second.get(NUMBERS)!.replace('"messages": {', '"messages": { "Sent": {},')
  const damaged = new Map([...second, [NUMBERS, merged]])
  assert.throws(() => protoFiles(release(FIELDS).app, damaged), /there twice/)
})

test("the compiler takes the files, and reads what was written", { skip }, async (t) => {
  const folder = await temporaryFolder(t)
  const files = protoFiles(release(FIELDS).app, new Map())
  await writeProtoFiles(folder, files)
  protoc(folder, [...files.keys()].filter((path) => path.endsWith(".proto")).concat("-o/dev/null"))
  const { contract } = release(FIELDS, numbersIn(files))
  const bytes = contract.codec.protobuf!.write("Sent", SENT, { levels: 9, exact: true })
  const shown = protoc(folder, ["--decode", "post_office.parcel.v1.Sent", PARCEL], bytes)
  for (
    const part of [
      'to: "h\\303\\244\\303\\237"',
      "at {\n  seconds: -1\n  nanos: 999000000\n}",
      'seal: "\\000\\377"',
      'stops {\n  city: "Bern"\n  is_last: false\n}',
      'labels {\n  key: "x"\n  value: -1\n}',
      'paid {\n  card {\n    last_4: "0000"\n  }\n}',
      "number_value: 1.5",
      "null_value: NULL_VALUE",
      "a_b_12: 9007199254740991",
    ]
  ) assert.ok(shown.includes(part), `${part}\n\nis not in\n\n${shown}`)
  // And back: the compiler writes what is shown in its own way.
  const again =
    spawnSync("protoc", ["-I", folder, "--encode", "post_office.parcel.v1.Sent", PARCEL], {
      input: shown,
    }).stdout
  const limits = { levels: 99, values: 999, own: false }
  assert.deepEqual(contract.codec.protobuf!.read("Sent", new Uint8Array(again), limits), SENT)
})

test("a commit and answers are what our own file says", { skip }, async (t) => {
  const folder = await temporaryFolder(t)
  const files = protoFiles(release(FIELDS).app, new Map())
  await writeProtoFiles(folder, files)
  const { contract } = release(FIELDS, numbersIn(files))
  const event = {
    type: "Sent",
    schema: 1,
    data: SENT,
    command: "c-1",
    content: 2 ** 53 - 1,
    time: 1_790_000_000_000,
    principal: "ada",
    imported: true as const,
  }
  const rejection = { type: "Lost", data: { since: 1 } }
  const refusals = [
    { command: "c-2", content: "x", deadline: 5, version: 3, sequence: 2, rejection, time: 4 },
  ]
  const commit = encodeCommit({ base: 0, ancestors: [1, 300], events: [event], refusals }, contract)
  const decode = (type: string, bytes: Uint8Array) =>
    protoc(folder, ["--decode", `leftfold.v1.${type}`, "leftfold/v1/leftfold.proto"], bytes)
  const shown = decode("Commit", commit)
  for (
    const part of [
      'base: 0\nancestors: 1\nancestors: 300\nevents {\n  type: "Sent"\n  schema: 1\n  protobuf: ',
      'command: "c-1"\n  content: 9007199254740991\n  time: 1790000000000\n  imported: true',
      'principal: "ada"',
      'refusals {\n  command: "c-2"\n  content: "x"\n  deadline: 5\n  version: 3\n  sequence: 2\n',
      'rejection {\n    type: "Lost"',
    ]
  ) assert.ok(shown.includes(part), `${part}\n\nis not in\n\n${shown}`)
  const position = decode("Answer", acceptedBytes({ position: "a:1", version: 1, events: 0 }))
  assert.equal(position, 'accepted {\n  position: "a:1"\n  version: 1\n  events: 0\n}\n')
  const problem = { type: "urn:leftfold:rejection" as const, title: "Lost", status: 409, at: "x" }
  const lost = decode("Answer", problemBytes(problem, Uint8Array.of(1)))
  assert.match(
    lost,
    /title: "Lost"\n {2}status: 409\n {2}members \{[^]*key: "at"[^]*rejection: "\\001"/,
  )
  assert.match(
    decode("Answer", resultBytes([{ a: 1 }])),
    /result \{\n {2}list_value \{[^]*number_value: 1/,
  )
})

const buf = ["node_modules/.bin/buf", "/usr/local/bin/buf", "/usr/bin/buf"].find((path) =>
  existsSync(path)
)

test(
  "buf has nothing against the files",
  { skip: buf ? false : "buf is not installed" },
  async (t) => {
    const folder = await temporaryFolder(t)
    await writeProtoFiles(folder, protoFiles(release(FIELDS).app, new Map()))
    const { status, stdout } = spawnSync(resolve(buf!), ["lint"], { cwd: folder })
    assert.equal(status, 0, stdout.toString())
    assert.match(await readFile(join(folder, "buf.yaml"), "utf8"), /WIRE/)
  },
)

/** The descriptors of our own messages, by name, from these on. */
const ownFrom = (...found: (typeof COMMIT)[]): Map<string, typeof COMMIT> => {
  const all = new Map<string, typeof COMMIT>()
  for (const each of found) {
    if (!each.name.startsWith("leftfold.v1.") || all.has(each.name)) continue
    all.set(each.name, each)
    for (const { message } of each.byNumber.values()) if (message) found.push(message)
  }
  return all
}

test("the file of our own messages has the numbers that are written", () => {
  const described = new Map(
    [...OWN_PROTO.matchAll(/^message (\w+) \{\n([^}]*)\}/gm)].map(([, name, body = ""]) => [
      `leftfold.v1.${name}`,
      [...body.matchAll(/^ {2}(optional|repeated) (\S+) (\w+) = (\d+);$/gm)].map((found) => {
        const [, label, type = "", field, number] = found
        const isScalar = ["string", "int64", "bool", "bytes"].includes(type)
        return [Number(number), field, label === "repeated", isScalar ? type : "message"]
      }),
    ]),
  )
  const written = new Map(
    [...ownFrom(COMMIT, ANSWER)].map(([name, { byNumber }]) => [
      name,
      [...byNumber.values()].map(({ number, name, label, kind }) => [
        ...[number, name, label === "repeated", kind === "raw" ? "bytes" : kind],
      ]),
    ]),
  )
  const sorted = (of: ReadonlyMap<string, unknown>) => [...of].toSorted()
  assert.deepEqual(sorted(described), sorted(written))
})
