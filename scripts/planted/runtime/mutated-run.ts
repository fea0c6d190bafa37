/** Runs the house on real servers with a mutated runtime, and asks the model about its history. */
import { execFile } from "node:child_process"
import { mkdir, mkdtemp, readFile } from "node:fs/promises"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { build, type Plugin } from "esbuild"
import { readLog } from "../../../app/development/chaos/log-nats.ts"
import type { Message } from "../../../contracts/internal.ts"
import { isRaw, postgresStore } from "../../../projections/internal.ts"
import { findingsIn, type History } from "../../../simulation/search/history.ts"
import type { Namespace } from "../../../testing/namespace.ts"
import { removeFolder } from "../../../testing/temporary-folder.ts"
import { natsWire, type RecordedEvent, recordedEvents } from "../../../wire/internal.ts"
import { hurriedHouse } from "./hurried-house.ts"
import type { Mutant } from "./mutants.ts"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** How long a run can take, in milliseconds. */
const WITHIN_MS = 60_000

/** The source of a file with the mistake. Throws when the text does not stand there once. */
export const mutatedText = ({ name, file, from, to }: Mutant, text: string): string => {
  const [before, after, ...more] = text.split(from)
  if (before !== undefined && after !== undefined && more.length === 0) return before + to + after
  throw new Error(`${file} does not hold the text of "${name}" once: correct the mutant`)
}

const planting = (mutant: Mutant): Plugin => ({
  name: "mutant",
  setup: ({ onLoad }) => {
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      if (path !== join(root, mutant.file)) return undefined
      return { contents: mutatedText(mutant, await readFile(path, "utf8")), loader: "ts" }
    })
  },
})

/** What the callers of the program were told. */
const toldBy = async (
  mutant: Mutant | undefined,
  { natsUrl, databaseUrl }: Namespace,
  seed: number,
): Promise<History["asked"]> => {
  await mkdir(join(root, ".leftfold"), { recursive: true })
  const folder = await mkdtemp(join(root, ".leftfold", "mutant-"))
  try {
    const outfile = join(folder, "program.js")
    await build({
      entryPoints: [join(root, "scripts/planted/runtime/house-program.ts")],
      ...{ bundle: true, format: "esm", platform: "node", target: "node20", outfile },
      packages: "external",
      plugins: mutant ? [planting(mutant)] : [],
    })
    const environment = { NATS_URL: natsUrl, DATABASE_URL: databaseUrl, SEED: String(seed) }
    const { stdout } = await promisify(execFile)(process.execPath, [outfile], {
      env: { ...process.env, ...environment },
      timeout: WITHIN_MS,
      maxBuffer: 16 * 1_048_576,
    })
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "[]").map(read)
  } finally {
    await removeFolder(folder)
  }
}

/** A question and its answer as the handlers' own messages. */
const read = (told: History["asked"][number]): History["asked"][number] => {
  const { contract: { codec } } = hurriedHouse.actors.find(({ contract }) =>
    contract.name === told.name
  )!
  const { type, data } = told.command
  const command = codec.command(type, data) as Message<"command">
  const { answer } = told
  if (answer.kind === "accepted") return { ...told, command }
  return { ...told, command, answer: codec.rejection(answer.type, answer.data) as typeof answer }
}

const historyOf = async (
  { natsUrl, databaseUrl }: Namespace,
  asked: History["asked"],
): Promise<History> => {
  const { actors, contexts, projections } = hurriedHouse
  const contracts = new Map(actors.map(({ contract }) => [contract.name, contract]))
  const [wire, store] = [
    await natsWire({ url: natsUrl, name: "observer" }),
    postgresStore(databaseUrl),
  ]
  try {
    const logs = await Promise.all(contexts.map((context) => readLog(wire, context)))
    const events = logs.flat().flatMap(({ name, id, commit }): readonly RecordedEvent[] =>
      recordedEvents(contracts.get(name)!, id, commit)
    )
    const rows = new Map<string, ReadonlyMap<string, unknown>>()
    for (const projection of projections) {
      if (isRaw(projection)) continue
      const keys = [...new Set(events.map(({ meta }) => meta.id))]
      const loaded = await store.load(await store.serving(projection.name), keys)
      rows.set(projection.name, loaded.rows)
    }
    return { events, asked, rows, end: Date.now() - SOON_MS, handledOnce: true }
  } finally {
    await store.close()
    await wire.close()
  }
}

/** A timer that was due just now may not have fired yet. */
const SOON_MS = 300

/** How a run went. */
export interface MutatedRun {
  readonly events: number
  /** What the model refuses; nothing if the runtime as the model has it can have done it. */
  readonly findings: readonly string[]
}

/** Runs a mutant, or without one the runtime as it is. Rejects when the program fails. */
export const runMutated = async (
  mutant: Mutant | undefined,
  servers: Namespace,
  seed: number,
): Promise<MutatedRun> => {
  const history = await historyOf(servers, await toldBy(mutant, servers, seed))
  const findings = await findingsIn(hurriedHouse, history)
  return { events: history.events.length, findings }
}
