/** The format of Kubernetes manifests, as far as deploy/kubernetes uses it, and its files. */
import { readFileSync } from "node:fs"
import { Schema } from "effect"
import { parseAllDocuments } from "yaml"

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

/** A container of a pod. */
export const Container = Schema.Struct({
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

/** A file of deploy/kubernetes. */
export const textOf = (name: string): string =>
  readFileSync(new URL(`../../deploy/kubernetes/${name}`, import.meta.url), "utf8")

/** The manifests in a text. Throws for what is not in their format. */
export const manifestsOf = (text: string) =>
  parseAllDocuments(text).map((each) => decode(each.toJS()))
