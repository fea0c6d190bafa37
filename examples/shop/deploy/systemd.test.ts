/** Tests of the systemd units: known settings only, and every role can be run by them. */
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { temporaryFolder, test } from "leftfold/testing"
import { runCommand } from "../../../app/development/command.ts"

const folder = new URL("./systemd/", import.meta.url)

/** What every unit says, so that an intruder gets no further than the unit's own data. */
const CONFINED: Readonly<Record<string, readonly string[]>> = {
  NoNewPrivileges: ["true"],
  CapabilityBoundingSet: [""],
  AmbientCapabilities: [""],
  UMask: ["0077"],
  PrivateTmp: ["true"],
  PrivateDevices: ["true"],
  PrivateUsers: ["true"],
  ProtectSystem: ["strict"],
  ProtectHome: ["true"],
  ProtectProc: ["invisible"],
  ProtectClock: ["true"],
  ProtectHostname: ["true"],
  ProtectControlGroups: ["true"],
  ProtectKernelLogs: ["true"],
  ProtectKernelModules: ["true"],
  ProtectKernelTunables: ["true"],
  RestrictAddressFamilies: ["AF_INET AF_INET6 AF_UNIX"],
  RestrictNamespaces: ["true"],
  RestrictRealtime: ["true"],
  RestrictSUIDSGID: ["true"],
  LockPersonality: ["true"],
  RemoveIPC: ["true"],
  SystemCallArchitectures: ["native"],
  SystemCallFilter: ["@system-service", "~@privileged @resources"],
  SystemCallErrorNumber: ["EPERM"],
}

const KNOWN: Readonly<Record<string, readonly string[]>> = {
  Unit: ["Description", "After", "Wants"],
  Service: [
    ...["Type", "User", "Group", "WorkingDirectory", "EnvironmentFile", "Environment"],
    ...["ExecStart", "ExecReload", "ExecStop", "KillSignal", "TimeoutStopSec", "Restart"],
    ...["RestartSec", "LimitNOFILE", "StateDirectory", "BindPaths", "NoNewPrivileges"],
    ...["PrivateTmp", "ProtectSystem", "ProtectHome", "TimeoutStartSec", "MemoryMax", "TasksMax"],
    ...["StateDirectoryMode", "MemoryDenyWriteExecute", ...Object.keys(CONFINED)],
  ],
  Install: ["WantedBy"],
}

/** The settings of a unit by section; repeated settings in order. Throws for anything else. */
const parse = (text: string): Map<string, readonly string[]> => {
  const settings = new Map<string, string[]>()
  let section = ""
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue
    const heading = /^\[(\w+)\]$/.exec(line)?.[1]
    if (heading !== undefined) {
      assert.ok(heading in KNOWN, `[${heading}]`)
      section = heading
      continue
    }
    const [, name = "", value = ""] = /^(\w+)=(.*)$/.exec(line) ?? []
    assert.ok(KNOWN[section]?.includes(name), `${line} in [${section}]`)
    settings.set(name, [...settings.get(name) ?? [], value])
  }
  return settings
}

const unit = (name: string) => parse(readFileSync(new URL(name, folder), "utf8"))

test("a setting that systemd does not know, or not there, is refused", () => {
  assert.throws(() => parse("[Service]\nExecStrat=/bin/true"))
  assert.throws(() => parse("[Unit]\nExecStart=/bin/true"))
  assert.throws(() => parse("[Servcie]\n"))
})

test("the instance of a unit is the role that it runs, as its own user", () => {
  const settings = unit("leftfold@.service")
  assert.deepEqual(settings.get("Environment"), ["ROLES=%i"])
  assert.deepEqual(settings.get("EnvironmentFile"), [
    "/etc/leftfold/common.env",
    "/etc/leftfold/%i.env",
  ])
  assert.deepEqual(settings.get("KillSignal"), ["SIGTERM"])
  assert.deepEqual(settings.get("TimeoutStopSec"), ["30s"])
  assert.deepEqual(settings.get("Restart"), ["always"])
  assert.deepEqual(unit("leftfold-provision.service").get("Environment"), ["ROLES=provision"])
  assert.deepEqual(unit("leftfold-provision.service").get("Type"), ["oneshot"])
})

test("a nats-server is given the time that its configuration wants to stop in", () => {
  const settings = unit("nats-server.service")
  const conf = readFileSync(new URL("../nats/cluster.conf", folder), "utf8")
  const seconds = [...conf.matchAll(/^lame_duck_\w+: (\d+)s$/gm)].map(([, value]) => Number(value))
  assert.equal(seconds.length, 2)
  const stop = Number.parseInt(settings.get("TimeoutStopSec")?.[0] ?? "", 10)
  assert.ok(stop > seconds.reduce((sum, each) => sum + each, 0))
  const store = /store_dir: (\S+)/.exec(conf)?.[1]
  assert.deepEqual(settings.get("BindPaths"), [`/var/lib/nats:${store}`])
  assert.deepEqual(settings.get("StateDirectory"), ["nats"])
})

const UNITS = ["leftfold@.service", "leftfold-provision.service", "nats-server.service"]

test("every unit is confined and bounded, and none is root's", () => {
  for (const name of UNITS) {
    const settings = unit(name)
    for (const [setting, wanted] of Object.entries(CONFINED)) {
      assert.deepEqual(settings.get(setting), wanted, `${setting} of ${name}`)
    }
    assert.match(settings.get("MemoryMax")?.[0] ?? "", /^\d+[MG]$/)
    assert.match(settings.get("TasksMax")?.[0] ?? "", /^\d+$/)
    assert.ok(!["root", "", undefined].includes(settings.get("User")?.[0]))
  }
})

const installed = (await runCommand("systemd-analyze", ["--version"])).exitCode === 0

test("systemd takes each unit, and finds little that it is exposed to", {
  skip: !installed && "systemd-analyze is not installed",
}, async (t) => {
  const into = await temporaryFolder(t)
  for (const name of UNITS) {
    const path = join(into, name.replace("@", "@actors"))
    const text = await readFile(new URL(name, folder), "utf8")
    // The programs stand elsewhere on this machine.
    await writeFile(path, text.replace(/\/usr\/(local\/)?bin\/(node|nats-server)/, "/bin/true"))
    const verified = await runCommand("systemd-analyze", ["verify", "--man=no", path])
    assert.deepEqual(verified, { exitCode: 0, output: "" })
    const options = ["--offline=true", "--no-pager", "--threshold=20"]
    const { exitCode, output } = await runCommand("systemd-analyze", ["security", ...options, path])
    assert.equal(exitCode, 0, output.split("\n").at(-1))
  }
})
