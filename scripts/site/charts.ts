/** Bar charts as SVG, drawn from the records of benchmarks: they need no script. */
import type { BenchmarkRecord, Figure } from "../bench/record.ts"

/** One bar. */
interface Bar {
  readonly label: string
  /** What a reader must know to compare it, under the label. */
  readonly note: string
  readonly value: number
  readonly ours: boolean
}

/** Bars that are compared with each other: each group has its own scale. */
interface Group {
  readonly title: string
  readonly bars: readonly Bar[]
}

// All sizes are in units of the view box, which a phone shows at nearly its own size.
const WIDTH = 400
const BAR_WIDTH = 320
const BAR_HEIGHT = 10
const [TITLE, LABEL, NOTE, REST] = [26, 17, 16, 20]

/** The style of charts: the colors of the site's theme, in light and in dark. */
export const CHART_STYLE =
  ".chart{margin:24px 0;max-width:520px}.chart svg{width:100%;height:auto}" +
  ".chart text{fill:var(--vp-c-text-1);font:12px var(--vp-font-family-base)}" +
  ".chart .title{font-weight:600;font-size:14px}.chart .note{font-size:10.5px}" +
  ".chart .ours{fill:var(--vp-c-brand-1)}.chart .other{fill:var(--vp-c-text-3)}" +
  ".chart figcaption{font-size:13px;color:var(--vp-c-text-2)}"

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")

const grouped = (value: number): string => Math.round(value).toLocaleString("en-US")

const barOf = (
  { label, note, value, ours }: Bar,
  most: number,
  y: number,
): string => {
  const width = Math.max(1, value / most * BAR_WIDTH)
  const bar = y + LABEL + (note === "" ? 0 : NOTE) - 3
  return [
    `<text x="0" y="${y + 10}">${escaped(label)}</text>`,
    ...note === "" ? [] : [
      `<text class="note" x="0" y="${y + LABEL + 6}">${escaped(note)}</text>`,
    ],
    `<rect class="${ours ? "ours" : "other"}" x="0" y="${bar}" rx="2" width="${
      width.toFixed(1)
    }" ` +
    `height="${BAR_HEIGHT}"></rect>`,
    `<text x="${(width + 6).toFixed(1)}" y="${bar + BAR_HEIGHT}">${grouped(value)}</text>`,
  ].join("")
}

/** Draws groups of bars, with what the figure says below. */
const chartOf = (
  about: string,
  groups: readonly Group[],
  caption: string,
): string => {
  let y = 0
  const parts: string[] = []
  for (const { title, bars } of groups) {
    parts.push(
      `<text class="title" x="0" y="${y + 16}">${escaped(title)}</text>`,
    )
    y += TITLE
    const most = Math.max(...bars.map(({ value }) => value))
    for (const bar of bars) {
      parts.push(barOf(bar, most, y))
      y += LABEL + (bar.note === "" ? 0 : NOTE) + REST
    }
    y += 8
  }
  return `<figure class="chart"><svg role="img" aria-label="${escaped(about)}" ` +
    `viewBox="0 0 ${WIDTH} ${y}" xmlns="http://www.w3.org/2000/svg">${parts.join("")}</svg>` +
    `<figcaption>${escaped(caption)}</figcaption></figure>`
}

const rateOf = ({ name, rate }: Figure): number => {
  if (rate === undefined) {
    throw new Error(`the record has no rate of "${name}"`)
  }
  return rate
}

const captionOf = (
  { measured, commit, runtime, cores }: BenchmarkRecord,
): string => `Measured on ${measured} at ${commit}: ${runtime}, ${cores} cores for everything.`

/** All contenders in each case. */
const peersChart = (record: BenchmarkRecord): string => {
  const groups = new Map<string, Bar[]>()
  for (const figure of record.figures) {
    const [title, label] = figure.name.split(": ") as [string, string]
    const bar = { label, note: figure.durability ?? "", value: rateOf(figure) }
    const ours = label.startsWith("Leftfold")
    groups.set(title, [...groups.get(title) ?? [], { ...bar, ours }])
  }
  const all = [...groups].map(([title, bars]) => ({ title, bars }))
  const about = "Accepted commands a second"
  return chartOf(about, all, `${about}. ${captionOf(record)}`)
}

/** Each case next to its floor. */
const writeChart = (record: BenchmarkRecord): string => {
  const groups = record.figures.flatMap((figure) => {
    const { name, floorRate } = figure
    if (floorRate === undefined) return []
    return [{
      title: name,
      bars: [
        { label: "Leftfold", note: "", value: rateOf(figure), ours: true },
        {
          label: "its floor: bare messages",
          note: "",
          value: floorRate,
          ours: false,
        },
      ],
    }]
  })
  const about = "Commands a second, next to bare messages"
  return chartOf(about, groups, `${about}. ${captionOf(record)}`)
}

const CHARTS: Readonly<Record<string, (record: BenchmarkRecord) => string>> = {
  peers: peersChart,
  write: writeChart,
}

const MARK = /^<!-- chart: (\S+) -->$/gm

/** Puts the charts where a document has a mark, such as `<!-- chart: peers -->`. */
export const withCharts = (
  text: string,
  records: ReadonlyMap<string, BenchmarkRecord>,
): string =>
  text.replaceAll(MARK, (_, name: string) => {
    const [draw, record] = [CHARTS[name], records.get(name)]
    if (!draw || !record) {
      throw new Error(`there is no chart, or no record, of ${name}`)
    }
    return draw(record)
  })
