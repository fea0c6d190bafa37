/** The standings: the contenders' results next to each other. */
import { median } from "../table.ts"
import type { Contender } from "./contenders.ts"
import type { Measured } from "./deposits.ts"

/** A contender's results of all rounds in one case. */
export interface Entry {
  readonly case: string
  readonly contender: Contender
  readonly rounds: readonly Measured[]
}

/** A contender in one case, at the median of its rounds. */
export interface Standing extends Measured {
  readonly name: string
  readonly durability: string
  /** Our rate divided by each peer's in the same case; absent for the peers themselves. */
  readonly ratios?: Readonly<Record<"emmett" | "castore", number>>
}

const middle = (
  rounds: readonly Measured[],
  key: Exclude<keyof Measured, "failure">,
): number => median(rounds.map((round) => round[key]))

const rateOf = (
  entries: readonly Entry[],
  name: string,
  peer: string,
): number => {
  const found = entries.find((entry) => entry.case === name && entry.contender.peer === peer)
  return found ? middle(found.rounds, "rate") : Number.NaN
}

/** The standings, in the order of the entries. */
export const standingsOf = (entries: readonly Entry[]): Standing[] =>
  entries.map(({ case: name, contender, rounds }) => {
    const rate = middle(rounds, "rate")
    const failure = rounds.find((round) => round.failure !== undefined)
      ?.failure
    const ratio = (peer: string) => rate / rateOf(entries, name, peer)
    return {
      name: `${name}: ${contender.name}`,
      durability: contender.durability,
      rate,
      p50Ms: middle(rounds, "p50Ms"),
      p99Ms: middle(rounds, "p99Ms"),
      failedShare: middle(rounds, "failedShare"),
      ...failure === undefined ? {} : { failure },
      ...contender.peer ? {} : { ratios: { emmett: ratio("emmett"), castore: ratio("castore") } },
    }
  })

/** A standing as a line of JSON. */
export const jsonOf = (
  { name, durability, rate, p50Ms, p99Ms, failedShare }: Standing,
): string => JSON.stringify({ name, durability, rate, p50Ms, p99Ms, failedShare })

const HEADINGS = [
  ...["case", "durability", "accepted/s", "p50 ms", "p99 ms", "failed %"],
  ...["ours ÷ emmett", "ours ÷ castore"],
]

const cellsOf = (standing: Standing): string[] => [
  standing.name,
  standing.durability,
  standing.rate.toFixed(0),
  standing.p50Ms.toFixed(1),
  standing.p99Ms.toFixed(1),
  (standing.failedShare * 100).toFixed(1),
  standing.ratios?.emmett.toFixed(1) ?? "",
  standing.ratios?.castore.toFixed(1) ?? "",
]

/** The standings as a table in Markdown. */
export const tableOf = (standings: readonly Standing[]): string => {
  const rows = [HEADINGS, ...standings.map(cellsOf)]
  const widths = HEADINGS.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0))
  )
  const lineOf = (row: readonly string[]) =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`
  const [head = "", ...body] = rows.map(lineOf)
  return [
    head,
    `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`,
    ...body,
  ].join("\n")
}
