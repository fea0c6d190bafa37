/** Tests of the Kubernetes manifests: no cluster is needed to see that their parts fit together. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { Schema } from "effect"
import { parseAllDocuments } from "yaml"
import { ROLES } from "../../app/mod.ts"

const optional = Schema.optionalKey
const Labels = Schema.Record(Schema.String, Schema.String)
const Selector = Schema.Struct({ matchLabels: Labels })
const Quantity = Schema.String.check(Schema.isPattern(/^\d+(m|Mi|Gi)?$/))
const Named = Schema.Struct({ name: Schema.String })
const Metadata = Schema.Struct({ name: Schema.String, labels: optional(Labels) })
const PortName = Schema.Union([Schema.Int, Schema.String])

const Variable = Schema.Struct({
  name: Schema.Literals([
    ...["ROLES", "NATS_URL", "DATABASE_URL", "DATABASE_QUERIES_URL", "HOST", "PORT"] as const,
    ...["SERVER_NAME", "NODE_OPTIONS"] as const,
  ]),
  value: optional(Schema.String),
  valueFrom: optional(Schema.Struct({
    secretKeyRef: optional(Schema.Struct({ name: Schema.String, key: Schema.String })),
    fieldRef: optional(Schema.Struct({ fieldPath: Schema.String })),
  })),
})

const Probe = Schema.Struct({
  httpGet: optional(Schema.Struct({ path: Schema.String, port: Schema.String })),
  exec: optional(Schema.Struct({ command: Schema.Array(Schema.String) })),
  periodSeconds: Schema.Int,
  timeoutSeconds: optional(Schema.Int),
  failureThreshold: Schema.Int,
})

const Container = Schema.Struct({
  name: Schema.String,
  image: Schema.String.check(Schema.isPattern(/^[a-z]+:\d[\w.-]*$/)),
  args: optional(Schema.Array(Schema.String)),
  env: Schema.Array(Variable),
  envFrom: Schema.Array(
    Schema.Struct({ secretRef: optional(Named), configMapRef: optional(Named) }),
  ),
  ports: optional(
    Schema.Array(Schema.Struct({ name: Schema.String, containerPort: Schema.Int })),
  ),
  lifecycle: optional(Schema.Struct({
    preStop: Schema.Struct({ exec: Schema.Struct({ command: Schema.Array(Schema.String) }) }),
  })),
  startupProbe: optional(Probe),
  readinessProbe: optional(Probe),
  resources: Schema.Struct({
    requests: Schema.Struct({ cpu: Quantity, memory: Quantity }),
    limits: Schema.Struct({ memory: Quantity }),
  }),
  volumeMounts: optional(Schema.Array(
    Schema.Struct({
      name: Schema.String,
      mountPath: Schema.String,
      readOnly: optional(Schema.Boolean),
    }),
  )),
})

const Template = Schema.Struct({
  metadata: Schema.Struct({ labels: Labels }),
  spec: Schema.Struct({
    restartPolicy: optional(Schema.Literal("OnFailure")),
    terminationGracePeriodSeconds: optional(Schema.Int),
    topologySpreadConstraints: optional(Schema.Array(Schema.Struct({
      maxSkew: Schema.Int,
      topologyKey: Schema.String,
      whenUnsatisfiable: Schema.Literals(["DoNotSchedule", "ScheduleAnyway"]),
      labelSelector: Selector,
    }))),
    containers: Schema.Array(Container),
    volumes: optional(Schema.Array(Schema.Struct({ name: Schema.String, configMap: Named }))),
  }),
})

const object = <A extends string, K extends string, F extends Schema.Struct.Fields>(
  apiVersion: A,
  kind: K,
  rest: F,
) =>
  Schema.Struct({
    apiVersion: Schema.Literal(apiVersion),
    kind: Schema.Literal(kind),
    metadata: Metadata,
    ...rest,
  })

const Deployment = object("apps/v1", "Deployment", {
  spec: Schema.Struct({
    replicas: Schema.Int,
    minReadySeconds: optional(Schema.Int),
    progressDeadlineSeconds: optional(Schema.Int),
    selector: Selector,
    strategy: Schema.Struct({
      rollingUpdate: Schema.Struct({ maxSurge: Schema.Int, maxUnavailable: Schema.Int }),
    }),
    template: Template,
  }),
})

const StatefulSet = object("apps/v1", "StatefulSet", {
  spec: Schema.Struct({
    serviceName: Schema.String,
    replicas: Schema.Int,
    podManagementPolicy: Schema.Literal("Parallel"),
    selector: Selector,
    template: Template,
    volumeClaimTemplates: Schema.Array(Schema.Struct({
      metadata: Named,
      spec: Schema.Struct({
        accessModes: Schema.Array(Schema.Literal("ReadWriteOnce")),
        resources: Schema.Struct({ requests: Schema.Struct({ storage: Quantity }) }),
      }),
    })),
  }),
})

const Job = object("batch/v1", "Job", {
  spec: Schema.Struct({ backoffLimit: Schema.Int, template: Template }),
})

const Service = object("v1", "Service", {
  spec: Schema.Struct({
    clusterIP: optional(Schema.Literal("None")),
    publishNotReadyAddresses: optional(Schema.Boolean),
    selector: Labels,
    ports: Schema.Array(
      Schema.Struct({ name: Schema.String, port: Schema.Int, targetPort: optional(PortName) }),
    ),
  }),
})

const Budget = object("policy/v1", "PodDisruptionBudget", {
  spec: Schema.Struct({ maxUnavailable: Schema.Int, selector: Selector }),
})

const NetworkPolicy = object("networking.k8s.io/v1", "NetworkPolicy", {
  spec: Schema.Struct({
    podSelector: Selector,
    policyTypes: Schema.Array(Schema.Literal("Ingress")),
    ingress: Schema.Array(Schema.Struct({
      from: optional(Schema.Array(Schema.Struct({ podSelector: Selector }))),
      ports: Schema.Array(Schema.Struct({ port: PortName })),
    })),
  }),
})

const ConfigMap = object("v1", "ConfigMap", {
  data: Schema.Struct({
    LEFTFOLD_PROFILE: Schema.Literal("production"),
    LEFTFOLD_REPLICAS: Schema.Literal("3"),
    NATS_MONITOR_URL: Schema.String,
  }),
})

/** The part of the manifests' format that is used here; everything else is refused. */
const Manifest = Schema.Union([
  Deployment,
  StatefulSet,
  Job,
  Service,
  Budget,
  NetworkPolicy,
  ConfigMap,
])
const decode = Schema.decodeUnknownSync(Manifest, { onExcessProperty: "error" })

const textOf = (name: string): string =>
  readFileSync(new URL(`../../deploy/kubernetes/${name}`, import.meta.url), "utf8")
const manifestsOf = (text: string) => parseAllDocuments(text).map((each) => decode(each.toJS()))

const all = ["nats.yaml", "leftfold.yaml"].flatMap((name) => manifestsOf(textOf(name)))
const deployments = all.filter((each) => each.kind === "Deployment")
const sets = all.filter((each) => each.kind === "StatefulSet")
const jobs = all.filter((each) => each.kind === "Job")
const pods = [...deployments, ...sets, ...jobs].map(({ spec }) => spec.template)

const matches = (selector: Readonly<Record<string, string>>, labels: typeof selector): boolean =>
  Object.entries(selector).every(([name, value]) => labels[name] === value)

test("an unknown kind, field, variable or image without a version is refused", () => {
  const text = textOf("leftfold.yaml")
  const spoilt = [
    text.replace("kind: Deployment", "kind: Deploymint"),
    text.replace("replicas: 3", "replica: 3"),
    text.replace("name: NATS_URL", "name: NATS_URI"),
    text.replace("image: leftfold:1.0.0", "image: leftfold"),
    text.replace("LEFTFOLD_REPLICAS", "LEFTFOLD_REPLICA"),
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

test("ports that are named are there, and the gateway listens where it is asked", () => {
  for (const { spec: { containers } } of pods) {
    for (const { ports = [], startupProbe, readinessProbe } of containers) {
      for (const probe of [startupProbe, readinessProbe]) {
        const asked = probe?.httpGet?.port
        if (asked) assert.ok(ports.some(({ name }) => name === asked))
      }
    }
  }
  const gateway = pods.find(({ metadata }) => metadata.labels["role"] === "gateway")
  const { env = [], ports } = gateway?.spec.containers[0] ?? {}
  const port = env.find(({ name }) => name === "PORT")?.value
  assert.deepEqual(ports, [{ name: "http", containerPort: Number(port) }])
})

test("a gateway is taken out of service for nothing but itself", () => {
  const probed = deployments.flatMap(({ spec: { template: { spec } } }) => spec.containers)
    .flatMap(({ readinessProbe }) => readinessProbe ? [readinessProbe.httpGet?.path] : [])
  assert.deepEqual(probed, ["/healthz"])
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
  const conf = readFileSync(new URL("../../deploy/nats/cluster.conf", import.meta.url), "utf8")
  const seconds = [...conf.matchAll(/^lame_duck_\w+: (\d+)s$/gm)].map(([, value]) => Number(value))
  const grace = sets[0]?.spec.template.spec.terminationGracePeriodSeconds ?? 0
  assert.equal(seconds.length, 2)
  assert.ok(grace > seconds.reduce((sum, each) => sum + each, 0))
})

test("the servers find each other under the names that their configuration has", () => {
  const conf = readFileSync(new URL("../../deploy/nats/cluster.conf", import.meta.url), "utf8")
  const [nats] = sets
  const { name } = nats!.metadata
  const hosts = Array.from(
    { length: nats!.spec.replicas },
    (_, index) => `${name}-${index}.${nats!.spec.serviceName}`,
  )
  const routes = [...conf.matchAll(/^\s+nats:\/\/(.+):6222$/gm)].map(([, host]) => host)
  assert.deepEqual(routes, hosts)
  const config = all.find((each) => each.kind === "ConfigMap")
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
