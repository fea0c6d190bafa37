/** Tests of secured connections to Postgres: what an address says of TLS holds. */
import assert from "node:assert/strict"
import { chown, readFile } from "node:fs/promises"
import { test } from "../../testing/test.ts"
import { serverUser } from "../../app/development/postgres/server-user.ts"
import { makeCertificates } from "../../testing/certificates.ts"
import { ownPostgres } from "../../testing/own-servers.ts"
import { connect } from "./connection-postgres.ts"
import { securedAddress } from "./secured-address.ts"

test("an address that says nothing of it is used as it is", () => {
  const address = "postgres://u:p%40@h:5432/x"
  assert.deepEqual(securedAddress(address), { address, options: {} })
})

test("what an address says of TLS is taken out of it", async (t) => {
  const { ca } = await makeCertificates(t)
  const read = (query: string) => securedAddress(`postgres://u:p@h/x?${query}`)
  assert.deepEqual(read("sslmode=require"), {
    address: "postgres://u:p@h/x",
    options: { ssl: "require" },
  })
  assert.deepEqual(read("sslmode=verify-full").options, { ssl: { rejectUnauthorized: true } })
  const text = await readFile(ca, "utf8")
  for (const query of [`sslrootcert=${ca}`, `sslmode=verify-full&sslrootcert=${ca}`]) {
    assert.deepEqual(read(query).options, { ssl: { rejectUnauthorized: true, ca: text } })
  }
  assert.throws(() => read("sslmode=full"), /no sslmode full; there are: disable, /)
  assert.throws(() => read("sslrootcert=/nowhere"), /ENOENT.*\/nowhere/)
})

test("a server is checked by the certificate that the address names", async (t) => {
  const { ca, cert, key } = await makeCertificates(t)
  const user = await serverUser("/nowhere")
  if (user) await chown(key, user.uid, user.gid)
  const settings = { ssl: "on", ssl_cert_file: cert, ssl_key_file: key }
  const server = await ownPostgres(t, { settings })
  const at = (query: string) => server.url.replace("127.0.0.1", "localhost") + query
  const asked = async (url: string) => {
    const sql = connect(url, 1)
    try {
      return [...await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`]
    } finally {
      await sql.end()
    }
  }
  const secured = [{ ssl: true }]
  assert.deepEqual(await asked(at(`?sslmode=verify-full&sslrootcert=${ca}`)), secured)
  assert.deepEqual(await asked(at("?sslmode=require")), secured)
  assert.deepEqual(await asked(at("?sslmode=disable")), [{ ssl: false }])
  await assert.rejects(asked(at("?sslmode=verify-full")), /certificate|UnknownIssuer/i)
  const other = await makeCertificates(t)
  await assert.rejects(asked(at(`?sslrootcert=${other.ca}`)), /certificate|issuer/i)
})
