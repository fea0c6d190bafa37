/** Tests of connections to Postgres that are lost. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { connect, createServer } from "node:net"
import { test } from "../../testing/test.ts"
import { createNamespace } from "../../testing/namespace.ts"
import { until } from "../../testing/until.ts"
import { connect as connectTo, learn } from "./connection-postgres.ts"
import { knownKind } from "./server-kind.ts"

/**
 * Stands before Postgres as PgBouncer does: it refuses settings that it does not know, and names a
 * process of its own.
 */
const pooler = async (scope: { after(work: () => void): void }, databaseUrl: string) => {
  const url = new URL(databaseUrl)
  const place = { port: Number(url.port), host: url.hostname }
  const settings: string[] = []
  const server = createServer((client) => {
    client.on("error", () => {})
    client.once("data", (startup: Buffer) => {
      const names = startup.subarray(8).toString().split("\0").filter((_, index) => index % 2 === 0)
      settings.push(...names)
      const unknown = names.find((name) => /interval|timeout/.test(name))
      if (unknown !== undefined) {
        const text = `SFATAL\0C08P01\0Munsupported startup parameter: ${unknown}\0\0`
        const head = Buffer.from("E\0\0\0\0")
        head.writeInt32BE(text.length + 4, 1)
        return client.end(Buffer.concat([head, Buffer.from(text)]))
      }
      const behind = connect(place)
      behind.on("error", () => client.destroy())
      behind.write(startup)
      client.pipe(behind)
      behind.on("data", (data: Buffer) => {
        const at = data.indexOf("K\0\0\0\f")
        if (at >= 0) data.writeInt32BE(7, at + 5)
        client.write(data)
      })
      behind.on("close", () => client.destroy())
      client.on("close", () => behind.destroy())
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  scope.after(() => server.close())
  url.port = String((server.address() as { port: number }).port)
  return { url: url.href, settings }
}

test("a pooler gets no setting that it does not know, and no named statement", async (t) => {
  const { databaseUrl } = await createNamespace()
  const { url, settings } = await pooler(t, databaseUrl)
  const early = connectTo(url, 1, () => {}, 5_000)
  t.after(() => early.end())
  await assert.rejects(early`select 1`, { code: "08P01" })
  await until(() => knownKind(url)?.isPooled === true)
  await until(async () => {
    const answer = await early`select ${1}::integer as one`.catch(() => undefined)
    return answer?.[0]?.one === 1
  })
  settings.length = 0
  const sql = connectTo(url, 1, () => {}, 5_000)
  t.after(() => sql.end())
  const [row] = await sql`select count(*)::integer as named, current_setting('TimeZone') as zone
    from pg_prepared_statements where name <> ${""}`
  assert.deepEqual({ ...row }, { named: 0, zone: "UTC" })
  assert.ok(settings.includes("TimeZone") && !settings.some((name) => /interval/.test(name)))
  const { isPooled, isStandby } = await learn(databaseUrl)
  assert.deepEqual([isPooled, isStandby], [false, false])
})

test("once a connection is lost, no other of the same client is used again", async (t) => {
  const { databaseUrl } = await createNamespace()
  let notice = () => {}
  const noticed = new Promise<void>((resolve) => notice = resolve)
  const sql = connectTo(databaseUrl, 2, () => notice())
  const other = connectTo(databaseUrl, 1)
  t.after(() => Promise.all([sql.end(), other.end()]))
  const processes = async () => {
    // At the same time, so that each has a connection of its own.
    const both = [1, 2].map(() => sql`select pg_backend_pid() as pid`)
    return (await Promise.all(both)).map(([row]) => Number(row?.pid)).sort()
  }
  const before = await processes()
  assert.deepEqual(await processes(), before)
  await other`select pg_terminate_backend(${before[0] ?? 0})`
  await noticed
  const after = await processes()
  assert.deepEqual(after.filter((pid) => before.includes(pid)), [])
})
