/** Tests of the Kubernetes manifests: no cluster is needed to see that their parts fit together. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "leftfold/testing"
import { ROLES } from "../../../app/roles.ts"
import { type Container, documentsOf, manifestsOf, textOf } from "./fixtures/manifests.ts"
import { checkManifest } from "./fixtures/official-formats.ts"

const FILES = ["certificates.yaml", "network.yaml", "nats.yaml", "leftfold.yaml"]
const all = FILES.flatMap((name) => manifestsOf(textOf(name)))
const deployments = all.filter((each) => each.kind === "Deployment")
const sets = all.filter((each) => each.kind === "StatefulSet")
const jobs = all.filter((each) => each.kind === "Job")
const pods = [...deployments, ...sets, ...jobs].map(({ spec }) => spec.template)

const config = all.find((each) => each.kind === "ConfigMap")
const policies = all.filter((each) => each.kind === "NetworkPolicy")

const matches = (selector: Readonly<Record<string, string>>, labels: typeof selector): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value)

test("each manifest is as Kubernetes and cert-manager have it", async () => {
  const check = async (text: string) => {
    for (const each of documentsOf(text)) await checkManifest(each as (typeof all)[number])
  }
  for (const name of FILES) await check(textOf(name))
  const text = textOf("leftfold.yaml")
  for (
    const wrong of [
      text.replace("kind: Deployment", "kind: Deploymint"),
      text.replace("replicas: 3", "replicas: three"),
      text.replace("port: health", "port: [health]"),
      text.replace(/memory: \w+/, "memory: much"),
      textOf("certificates.yaml").replace("algorithm: ECDSA", "algorithm: DSA"),
    ]
  ) {
    assert.ok(!FILES.some((name) => textOf(name) === wrong))
    await assert.rejects(check(wrong))
  }
})

test("an unknown kind, field, variable or image without a version is refused", () => {
  const text = textOf("leftfold.yaml")
  const spoilt = [
    text.replace("kind: Deployment", "kind: Deploymint"),
    text.replace("replicas: 3", "replica: 3"),
    text.replace("name: NATS_URL", "name: NATS_URI"),
    text.replace("image: leftfold:1.0.0", "image: leftfold"),
    text.replace("LEFTFOLD_REPLICAS", "LEFTFOLD_REPLICA"),
    text.replace("runAsNonRoot: true", "runAsNonRoot: false"),
    text.replace("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false"),
    text.replace("automountServiceAccountToken: false", ""),
    text.replace("allowPrivilegeEscalation: false", ""),
    text.replace("drop: [ALL]", "drop: []"),
    text.replace("livenessProbe", "lifeProbe"),
  ]
  for (const wrong of spoilt) {
    assert.notEqual(wrong, text)
    assert.throws(() => manifestsOf(wrong))
  }
})

test("every role runs as its own user, and only projections know the database", () => {
  const running = new Map([...deployments, ...jobs].map((each) => [each.metadata.name, each]))
  assert.deepEqual([...running.keys()].sort(), [...ROLES].sort())
  for (const [role, { spec: { template } }] of running) {
    const [{ env, envFrom }] = template.spec.containers as [typeof Container.Type]
    const variables = new Map(env.map(({ name, ...rest }) => [name as string, rest]))
    const key = (name: string) => variables.get(name)?.valueFrom?.secretKeyRef?.key
    assert.equal(variables.get("ROLES")?.value, role)
    assert.equal(key("NATS_URL"), `NATS_${role.toUpperCase()}_URL`)
    const database = role === "projections" ? ["DATABASE_URL", "DATABASE_QUERIES_URL"] : []
    assert.deepEqual(["DATABASE_URL", "DATABASE_QUERIES_URL"].filter(key), database)
    assert.deepEqual(envFrom, [{ configMapRef: { name: "leftfold" } }])
  }
})

test("what selects pods selects those it is for", () => {
  for (const { spec: { selector, template } } of [...deployments, ...sets]) {
    assert.ok(matches(selector.matchLabels, template.metadata.labels))
  }
  const selectors = all.flatMap((each) => {
    if (each.kind === "Service") return [[each.metadata.name, each.spec.selector] as const]
    if (each.kind === "PodDisruptionBudget") {
      return [[each.metadata.name, each.spec.selector.matchLabels] as const]
    }
    return []
  })
  for (const [name, selector] of selectors) {
    const selected = pods.filter(({ metadata: { labels } }) => matches(selector, labels))
    assert.deepEqual(selected.map(({ spec }) => spec.containers[0]?.name), [name])
  }
})

test("ports that are named are there, and processes listen where they are asked", () => {
  for (const { spec: { containers } } of pods) {
    for (const { ports = [], startupProbe, livenessProbe, readinessProbe } of containers) {
      for (const probe of [startupProbe, livenessProbe, readinessProbe]) {
        const asked = probe?.httpGet?.port
        if (asked) assert.ok(ports.some(({ name }) => name === asked))
      }
    }
  }
  const gateway = pods.find(({ metadata }) => metadata.labels["role"] === "gateway")
  const { env = [], ports } = gateway?.spec.containers[0] ?? {}
  const port = env.find(({ name }) => name === "PORT")?.value
  const health = Number(config?.data.LEFTFOLD_HEALTH_PORT)
  assert.deepEqual(ports, [
    { name: "http", containerPort: Number(port) },
    { name: "health", containerPort: health },
  ])
  assert.equal(config?.data.HOST, "0.0.0.0", "the kubelet asks from outside of the pod")
})

test("what hangs is restarted, and what has only lost NATS is left alone", () => {
  for (const { metadata: { name }, spec: { template: { spec } } } of deployments) {
    const [container] = spec.containers
    const { startupProbe, livenessProbe, readinessProbe } = container ?? {}
    assert.deepEqual(livenessProbe?.httpGet, { path: "/livez", port: "health" }, name)
    assert.deepEqual(readinessProbe?.httpGet, { path: "/healthz", port: "health" }, name)
    assert.ok(startupProbe, name)
  }
  for (const { spec: { template: { spec } } } of sets) {
    assert.match(spec.containers[0]?.livenessProbe?.httpGet?.path ?? "", /js-enabled-only=true/)
  }
})

test("old projections leave only when what the new ones fold serves", () => {
  const found = deployments.find(({ metadata: { name } }) => name === "projections")
  const { startupProbe } = found?.spec.template.spec.containers[0] ?? {}
  const { exec, periodSeconds = 0, failureThreshold = 0 } = startupProbe ?? {}
  assert.deepEqual(exec?.command.slice(-3), ["cli/main.ts", "projections", "--own"])
  const patience = periodSeconds * failureThreshold
  assert.equal(patience, found?.spec.progressDeadlineSeconds)
})

test("an old process leaves only when the new one has had time to join", () => {
  for (const { metadata, spec } of deployments) {
    const [container] = spec.template.spec.containers
    assert.ok(container?.readinessProbe || (spec.minReadySeconds ?? 0) >= 10, metadata.name)
    assert.deepEqual(spec.strategy.rollingUpdate, { maxSurge: 1, maxUnavailable: 0 })
  }
})

test("all have the time to stop that they need", () => {
  for (const { spec: { template } } of deployments) {
    assert.equal(template.spec.terminationGracePeriodSeconds, 30)
  }
  const gateway = deployments.find(({ metadata }) => metadata.name.endsWith("gateway"))
  const settings = new Map(
    gateway?.spec.template.spec.containers[0]?.env?.map(({ name, value }) => [name, value]),
  )
  const drain = Number(settings.get("LEFTFOLD_DRAIN_SECONDS"))
  const grace = Number(settings.get("LEFTFOLD_GRACE_SECONDS"))
  assert.ok(drain >= 5, "a proxy needs some seconds to notice")
  assert.ok(drain + grace + 5 <= 30, `${drain} + ${grace}`)
  const conf = readFileSync(new URL("./nats/cluster.conf", import.meta.url), "utf8")
  const seconds = [...conf.matchAll(/^lame_duck_\w+: (\d+)s$/gm)].map(([, value]) => Number(value))
  const ofServers = sets[0]?.spec.template.spec.terminationGracePeriodSeconds ?? 0
  assert.equal(seconds.length, 2)
  assert.ok(ofServers > seconds.reduce((sum, each) => sum + each, 0))
})

test("the servers find each other under the names that their configuration has", () => {
  const conf = readFileSync(new URL("./nats/cluster.conf", import.meta.url), "utf8")
  const [nats] = sets
  const { name } = nats!.metadata
  const hosts = Array.from(
    { length: nats!.spec.replicas },
    (_, index) => `${name}-${index}.${nats!.spec.serviceName}`,
  )
  const routes = [...conf.matchAll(/^\s+nats:\/\/(.+):6222$/gm)].map(([, host]) => host)
  assert.deepEqual(routes, hosts)
  assert.deepEqual(
    config?.data.NATS_MONITOR_URL.split(","),
    hosts.map((host) => `http://${host}:8222`),
  )
  const [container] = nats!.spec.template.spec.containers
  const store = /store_dir: (\S+)/.exec(conf)?.[1]
  assert.ok(
    container?.volumeMounts?.some(({ name, mountPath }) =>
      mountPath === store &&
      nats!.spec.volumeClaimTemplates.some((each) => each.metadata.name === name)
    ),
  )
})

/** Which of our pods a policy, or one side of a rule, selects. */
const selected = ({ matchLabels, matchExpressions = [] }: {
  readonly matchLabels: Readonly<Record<string, string>>
  readonly matchExpressions?: readonly { key: string; values: readonly string[] }[] | undefined
}): string[] =>
  pods.filter(({ metadata: { labels } }) =>
    matches(matchLabels, labels) &&
    matchExpressions.every(({ key, values }) => values.includes(labels[key] ?? ""))
  ).map(({ spec }) => spec.containers[0]?.name ?? "")

test("each port of the servers is reached by those who need it, from both sides", () => {
  const reached = new Map<number, Set<string>>()
  const asked = new Map<number, Set<string>>()
  const note = (map: typeof asked, port: number, names: readonly string[]) =>
    map.set(port, new Set([...map.get(port) ?? [], ...names]))
  for (const { spec: { podSelector, ingress = [], egress = [] } } of policies) {
    if (selected(podSelector).includes("nats")) {
      for (const { from, ports } of ingress) {
        const names = from.flatMap(({ podSelector }) => podSelector ? selected(podSelector) : [])
        for (const { port } of ports) note(reached, port, names)
      }
    }
    for (const { to, ports } of egress) {
      const isNats = to.some(({ podSelector }) => podSelector?.matchLabels["app"] === "nats")
      if (isNats) { for (const { port } of ports) note(asked, port, selected(podSelector)) }
    }
  }
  const wanted = [
    [4222, ["actors", "gateway", "policies", "projections", "provision"]],
    [6222, ["nats"]],
    [8222, ["actors", "provision"]],
  ] as const
  for (const map of [reached, asked]) {
    assert.deepEqual([...map].map(([port, names]) => [port, [...names].sort()]).sort(), wanted)
  }
})

test("every pod is under a policy in both directions, and only the gateway takes requests", () => {
  for (const { spec } of pods) {
    const name = spec.containers[0]?.name ?? ""
    const own = policies.filter((each) => selected(each.spec.podSelector).includes(name))
    const types = new Set(own.flatMap((each) => each.spec.policyTypes))
    assert.deepEqual([...types].sort(), ["Egress", "Ingress"], name)
    const ingress = own.flatMap((each) => each.spec.ingress ?? [])
    const ports = new Set(ingress.flatMap(({ ports }) => ports.map(({ port }) => port)))
    // The port of the probes, which serves metrics, and what the pod is there for.
    const wanted: Readonly<Record<string, number[]>> = { nats: [...ports], gateway: [8080, 8081] }
    assert.deepEqual([...ports].sort(), (wanted[name] ?? [8081]).sort(), name)
    assert.ok(ports.size > 0, name)
  }
})

test("the servers have certificates for the names that they are asked by", () => {
  const conf = readFileSync(new URL("nats/cluster.conf", import.meta.url), "utf8")
  const found = all.find((each) =>
    each.kind === "Certificate" && each.spec.secretName === "nats-tls"
  )
  assert.ok(found?.kind === "Certificate")
  const [nats] = sets
  const hosts = Array.from({ length: nats!.spec.replicas }, (_, index) => `nats-${index}.nats`)
  assert.deepEqual(found.spec.dnsNames, ["nats", ...hosts])
  const { containers: [server], volumes } = nats!.spec.template.spec
  const mounted = server?.volumeMounts?.find(({ name }) => name === "tls")?.mountPath
  assert.equal(volumes.find(({ name }) => name === "tls")?.secret?.secretName, "nats-tls")
  const files = [...conf.matchAll(/_file: (\/etc\S+)\/([\w.]+)$/gm)]
  assert.equal(files.length, 6)
  for (const [, folder] of files) assert.equal(folder, mounted)
  for (const { metadata: { name }, spec: { template: { spec } } } of [...deployments, ...jobs]) {
    const at = spec.containers[0]?.volumeMounts?.find(({ name }) => name === "nats-ca")?.mountPath
    assert.equal(config?.data.NATS_CA_FILE, `${at}/ca.crt`, name)
    const { secret } = spec.volumes.find(({ name }) => name === "nats-ca") ?? {}
    assert.deepEqual(secret?.items, [{ key: "ca.crt", path: "ca.crt" }], "and no private key")
  }
})
