/** The figures of a benchmark in `docs/benchmarks`, from which the site draws its charts. */
import { execFileSync } from "node:child_process"
import { mkdir, writeFile } from "node:fs/promises"
import { availableParallelism } from "node:os"
import { join } from "node:path"
import process from "node:process"
import { fileURLToPath } from "node:url"

/** One case of a benchmark; the benchmarks add more members. */
export interface Figure {
  readonly name: string
  /** Operations per second. */
  readonly rate?: number
  /** The rate of the floor in the same run. */
  readonly floorRate?: number
  /** What is on disk before an answer. */
  readonly durability?: string
}

/** What a run measured, when, and of which version. */
export interface BenchmarkRecord {
  /** The benchmark, such as `peers`. */
  readonly benchmark: string
  /** The day, such as `2026-11-22`. */
  readonly measured: string
  /** The commit that was measured. */
  readonly commit: string
  /** Such as `Node 20`. */
  readonly runtime: string
  readonly cores: number
  readonly figures: readonly Figure[]
}

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

/** The folder of the records, from the root of the repository. */
export const RECORDS = "docs/benchmarks"

const git = (...words: readonly string[]): string =>
  execFileSync("git", words, { cwd: ROOT, encoding: "utf8" }).trim()

/** Writes the figures of a whole run as the record of a benchmark; rejects if that fails. */
export const writeRecord = async (
  benchmark: string,
  figures: readonly Figure[],
): Promise<string> => {
  const record: BenchmarkRecord = {
    benchmark,
    measured: new Date().toISOString().slice(0, 10),
    commit: git("rev-parse", "--short", "HEAD"),
    runtime: "Deno" in globalThis ? "Deno" : `Node ${process.versions.node.split(".")[0]}`,
    cores: availableParallelism(),
    figures,
  }
  await mkdir(join(ROOT, RECORDS), { recursive: true })
  const file = `${RECORDS}/${benchmark}.json`
  const lines = figures.map((figure) => `    ${JSON.stringify(figure)}`).join(
    ",\n",
  )
  const head = JSON.stringify({ ...record, figures: [] }, null, 2)
  await writeFile(
    join(ROOT, file),
    head.replace("[]", `[\n${lines}\n  ]`) + "\n",
  )
  return file
}
