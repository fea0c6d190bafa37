/** The processes of a cluster on this machine, and how each is started. */
import { startChild } from "../child.ts"
import { scriptCommand } from "../script-command.ts"
import { type Server, superviseServer } from "../server.ts"
import type { Role } from "../../roles.ts"

/** One process of the application. */
export interface Part {
  readonly name: string
  readonly role: Role
}

/** Three nodes of actors, two workers of projections, and one process for each other role. */
export const PARTS: readonly Part[] = [
  { name: "node-1", role: "actors" },
  { name: "node-2", role: "actors" },
  { name: "node-3", role: "actors" },
  { name: "worker-1", role: "projections" },
  { name: "worker-2", role: "projections" },
  { name: "policies", role: "policies" },
  { name: "gateway", role: "gateway" },
]

/** More time than a node needs to hand over its actors and finish its work. */
const STOP_GRACE_MS = 8_000

type Environment = Readonly<Record<string, string>>

/** Starts a part, without waiting until it works; its health shows that. */
const startPart = (
  main: URL,
  { name, role }: Part,
  environment: Environment,
): Promise<Server> =>
  superviseServer({ url: "", port: 0 }, () => {
    const [program, ...args] = scriptCommand(main)
    return startChild({
      name,
      program,
      args,
      stopSignal: "TERM",
      stopGraceMs: STOP_GRACE_MS,
      environment: { ...environment, ROLES: role },
    })
  })

/** A part that runs. */
export interface StartedPart extends Part {
  readonly server: Server
}

/** All parts, running. */
export interface StartedParts {
  readonly parts: readonly StartedPart[]
  /** Asks all parts to stop. Resolves when they have. */
  readonly stop: () => Promise<void>
}

/** Starts all parts of the program `main`, each with its own environment. */
export const startParts = async (
  main: URL,
  environmentOf: (part: Part) => Environment,
): Promise<StartedParts> => {
  const parts = await Promise.all(
    PARTS.map(async (part) => ({
      ...part,
      server: await startPart(main, part, environmentOf(part)),
    })),
  )
  const stop = async () => void await Promise.all(parts.map(({ server }) => server.stop()))
  return { parts, stop }
}
