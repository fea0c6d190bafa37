/** Tests of the alert rules and the dashboard: Prometheus takes them, and each name is measured. */
import assert from "node:assert/strict"
import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parse } from "yaml"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { METRIC, prometheusName } from "../../wire/internal.ts"

const TEMPLATES = new URL("./template/", import.meta.url)
const pathOf = (name: string) => fileURLToPath(new URL(name, TEMPLATES))

interface Rule {
  readonly alert: string
  readonly expr: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly do: string }
}

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
}

const rulesText = readFileSync(pathOf("prometheus/rules.yml"), "utf8")
const rules: readonly Rule[] = parse(rulesText).groups.flatMap(
  ({ rules }: { readonly rules: readonly Rule[] }) => rules,
)
const { panels }: { readonly panels: readonly Panel[] } = JSON.parse(
  readFileSync(pathOf("grafana/dashboard.json"), "utf8"),
)
const targets = panels.flatMap(({ targets = [] }) => targets)
const expressions = [...rules, ...targets].map(({ expr }) => expr)

const prometheusLabel = (label: string): string => label.replaceAll(".", "_")

/** The series of each metric by name, with the labels that they have. */
const series = new Map<string, readonly string[]>(
  Object.values(METRIC).flatMap((definition): [string, readonly string[]][] => {
    const name = prometheusName(definition)
    const labels = definition.labels.map(prometheusLabel)
    if (definition.kind !== "histogram") return [[name, labels]]
    return [
      [`${name}_bucket`, [...labels, "le"]],
      [`${name}_sum`, labels],
      [`${name}_count`, labels],
    ]
  }),
)

const ANY_LABEL = ["instance", "job"]

/** What a name in an expression is that is neither a metric of ours nor one of its labels. */
const strangers = (expression: string): readonly string[] => {
  const bare = expression.replaceAll(/"[^"]*"|\[[^\]]*\]/g, "")
  const names = bare.match(/[a-z_][a-z0-9_]*/g) ?? []
  const metrics = names.filter((name) => series.has(name))
  const labels = new Set([...metrics.flatMap((name) => series.get(name) ?? []), ...ANY_LABEL])
  const words = /^(sum|min|max|rate|increase|by|on|or|group_left|histogram_quantile|up)$/
  return names.filter((name) => !series.has(name) && !labels.has(name) && !words.test(name))
}

test("each name in the rules and on the dashboard is a metric that the code makes", () => {
  assert.deepEqual(expressions.flatMap(strangers), [])
  assert.deepEqual(strangers('sum by (leftfold_actr) (leftfold_commands_totl{job="x"})'), [
    "leftfold_actr",
    "leftfold_commands_totl",
  ])
  const shown = [...rules.map(({ annotations }) => annotations.summary), ...targets]
    .map((each) => typeof each === "string" ? each : each.legendFormat).join(" ")
  const labels = [...series.values()].flat()
  for (const [, label = ""] of shown.matchAll(/\{\{ (?:\$labels\.)?([a-z_]+) \}\}/g)) {
    assert.ok([...labels, ...ANY_LABEL].includes(label), label)
  }
})

test("each metric is in a rule or on the dashboard", () => {
  const all = expressions.join("\n")
  const unseen = Object.values(METRIC).map(prometheusName).filter((name) => !all.includes(name))
  assert.deepEqual(unseen, [])
})

test("each alert says what to do, and whether somebody must come now", () => {
  assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  for (const { alert, labels, annotations } of rules) {
    assert.ok(["page", "ticket"].includes(labels.severity), alert)
    assert.ok(annotations.summary.length > 10 && annotations.do.length > 10, alert)
  }
})

test("the panels of the dashboard lie next to each other and not upon each other", () => {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length)
  const taken = new Set<string>()
  for (const { title, gridPos: { x, y, w, h } } of panels) {
    assert.ok(x >= 0 && x + w <= 24, title)
    for (let column = x; column < x + w; column++) {
      for (let line = y; line < y + h; line++) {
        assert.ok(!taken.has(`${column} ${line}`), title)
        taken.add(`${column} ${line}`)
      }
    }
  }
})

const promtool = (...given: string[]) => spawnSync("promtool", given, { encoding: "utf8" })

const isMissing = promtool("--version").error !== undefined
const skip = isMissing && "promtool is not installed: apt install prometheus"

/** Series in the notation of promtool, with the alerts that must fire, and when. */
const SCENES = [
  { series: 'leftfold_policy_parked{leftfold_policy="p"}', values: "1x30", fires: "PolicyParked" },
  { series: 'leftfold_policy_parked{leftfold_policy="p"}', values: "0x30", fires: "" },
  { series: 'leftfold_broken{leftfold_role="policies"}', values: "1x30", fires: "RoleBroken" },
  { series: 'leftfold_broken{leftfold_role="policies"}', values: "1 1 0x30", fires: "" },
  { series: 'leftfold_ready{leftfold_role="policies"}', values: "0x30", fires: "" },
  {
    series: 'leftfold_projection_parked_keys{leftfold_projection="v"}',
    values: "2x30",
    fires: "KeysParked",
  },
  {
    series: 'leftfold_commands_total{leftfold_reason="Internal",leftfold_outcome="failed"}',
    values: "0+1x30",
    fires: "HandlerThrows",
  },
  {
    series: 'leftfold_commands_total{leftfold_reason="Timeout",leftfold_outcome="failed"}',
    values: "0+60x30",
    fires: "CommandsFail",
  },
  {
    series: 'leftfold_log_lines_total{leftfold_level="error"}',
    values: "0+1x30",
    fires: "ErrorsLogged",
  },
] as const

test("Prometheus takes the rules, and they fire when they must", { skip }, async (t) => {
  const { status, stdout, stderr } = promtool("check", "rules", pathOf("prometheus/rules.yml"))
  assert.equal(status, 0, stdout + stderr)
  const folder = await temporaryFolder(t)
  const tests = SCENES.map(({ series, values, fires }) => ({
    interval: "1m",
    input_series: [{ series, values }],
    promql_expr_test: [{
      expr: `count by (alertname) (ALERTS{alertstate="firing"})`,
      eval_time: "20m",
      exp_samples: fires === "" ? [] : [{ labels: `{alertname="Leftfold${fires}"}`, value: 1 }],
    }],
  }))
  const scenes = join(folder, "scenes.yml")
  const rule_files = [pathOf("prometheus/rules.yml")]
  await writeFile(scenes, JSON.stringify({ rule_files, evaluation_interval: "1m", tests }))
  const tested = promtool("test", "rules", scenes)
  assert.equal(tested.status, 0, tested.stdout + tested.stderr)
})

test(
  "Prometheus takes each expression of the dashboard and the configuration",
  { skip },
  async (t) => {
    const folder = await temporaryFolder(t)
    const recorded = targets.map(({ expr }, at) => ({
      record: `panel:${at}`,
      expr: expr.replaceAll("$__rate_interval", "5m"),
    }))
    const file = join(folder, "panels.yml")
    await writeFile(file, JSON.stringify({ groups: [{ name: "panels", rules: recorded }] }))
    const { status, stdout, stderr } = promtool("check", "rules", file)
    assert.equal(status, 0, stdout + stderr)
    const config = promtool("check", "config", pathOf("prometheus/prometheus.yml"))
    assert.equal(config.status, 0, config.stdout + config.stderr)
  },
)
