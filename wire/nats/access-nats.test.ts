/** Tests of what proves to NATS who connects, with each kind of user of a real server. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { rename, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { nkeys } from "nats"
import { makeCertificates } from "../../testing/certificates.ts"
import { ownNats } from "../../testing/own-servers.ts"
import { temporaryFolder } from "../../testing/temporary-folder.ts"
import { test } from "../../testing/test.ts"
import { until } from "../../testing/until.ts"
import { decodeText, encodeText } from "../bytes.ts"
import { checkAccess, type NatsAccess } from "./access-nats.ts"
import { natsWire } from "./wire-nats.ts"

type KeyPair = ReturnType<typeof nkeys.createUser>

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url")

/** A JWT of NATS: these claims about a key, signed by another key. */
const signed = (by: KeyPair, about: KeyPair, claims: object, seconds?: number): string => {
  const now = Math.floor(Date.now() / 1_000)
  const all = {
    jti: crypto.randomUUID(),
    iat: now,
    ...(seconds === undefined ? {} : { exp: now + seconds }),
    iss: by.getPublicKey(),
    name: "test",
    sub: about.getPublicKey(),
    nats: { ...claims, version: 2 },
  }
  const parts = [{ typ: "JWT", alg: "ed25519-nkey" }, all]
  const text = parts.map((part) => base64(encodeText(JSON.stringify(part)))).join(".")
  return `${text}.${base64(by.sign(encodeText(text)))}`
}

const operator = nkeys.createOperator()
const [account, system, nobody] = [1, 2, 3].map(() => nkeys.createAccount()) as [
  KeyPair,
  KeyPair,
  KeyPair,
]

const anyLimit = { subs: -1, conn: -1, leaf: -1, imports: -1, exports: -1, data: -1, payload: -1 }

/** The settings of a server that trusts the operator, and knows these accounts. */
const trusting = {
  operator: signed(operator, operator, { type: "operator" }),
  system_account: system.getPublicKey(),
  resolver: "MEMORY",
  resolver_preload: Object.fromEntries([account, system].map((each) => [
    each.getPublicKey(),
    signed(operator, each, { type: "account", limits: anyLimit }),
  ])),
}

const userJwt = (
  user: KeyPair,
  options: { seconds?: number; bearer?: boolean; by?: KeyPair } = {},
) =>
  signed(options.by ?? account, user, {
    ...{ type: "user", subs: -1, data: -1, payload: -1 },
    ...(options.bearer ? { bearer_token: true } : {}),
  }, options.seconds)

const seedOf = (user: KeyPair): string => decodeText(user.getSeed())

const credentials = (jwt: string, seed: string): string =>
  `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n` +
  "************************* IMPORTANT *************************\n" +
  `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`

/** Connects, and has a request answered. */
const works = async (url: string, access: NatsAccess, caFile?: string): Promise<void> => {
  const wire = await natsWire({ url, name: "test", access, caFile })
  try {
    wire.serve("x", (message) => message.respond(message.payload))
    const reply = await new Promise((resolve) =>
      wire.request("x", encodeText("a"), {}, 5_000, ({ type }) => resolve(type))
    )
    assert.equal(reply, "reply")
  } finally {
    await wire.close()
  }
}

const refused = (url: string, access: NatsAccess): Promise<void> =>
  assert.rejects(natsWire({ url, name: "test", access }), /Authorization Violation/i)

test("an account's user connects by credentials, JWT and seed, or a bearer token", async (t) => {
  const { url } = await ownNats(t, { config: trusting })
  const folder = await temporaryFolder(t)
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const user = nkeys.createUser()
  const [jwt, seed] = [userJwt(user), seedOf(user)]
  const credsFile = await write("user.creds", credentials(jwt, seed))
  const nkeyFile = await write("user.nk", `${seed}\n`)
  const jwtFile = await write("user.jwt", jwt)
  await works(url, { credsFile })
  await works(url, {
    credsFile: await write("crlf", credentials(jwt, seed).replaceAll("\n", "\r\n")),
  })
  await works(url, { nkeyFile, jwtFile })
  await works(url, { jwtFile: await write("bearer.jwt", userJwt(user, { bearer: true })) })
  const stranger = userJwt(user, { by: nobody })
  await refused(url, { credsFile: await write("stranger.creds", credentials(stranger, seed)) })
  const other = seedOf(nkeys.createUser())
  await refused(url, { credsFile: await write("other.creds", credentials(jwt, other)) })
  await refused(url, {})
})

test("credentials renewed while a process runs are used, also after they ran out", async (t) => {
  const { url } = await ownNats(t, { config: trusting })
  const folder = await temporaryFolder(t)
  const credsFile = join(folder, "user.creds")
  const user = nkeys.createUser()
  const write = async (seconds: number) => {
    await writeFile(`${credsFile}.new`, credentials(userJwt(user, { seconds }), seedOf(user)))
    await rename(`${credsFile}.new`, credsFile)
  }
  await write(2)
  const wire = await natsWire({ url, name: "test", access: { credsFile } })
  t.after(wire.close)
  await until(() => !wire.connected())
  // The server refuses the old ones at least twice.
  let refusals = 0
  void (async () => {
    for await (const { type } of wire.connection.status()) if (type === "error") refusals++
  })()
  await until(() => refusals >= 3)
  await write(3_600)
  await until(() => wire.connected())
})

test("a server with nkeys or a token takes them, and refuses others", async (t) => {
  const folder = await temporaryFolder(t)
  const [user, other] = [nkeys.createUser(), nkeys.createUser()]
  const users = [{ nkey: user.getPublicKey() }]
  const withKeys = await ownNats(t, { config: { authorization: { users } } })
  const write = async (name: string, pair: KeyPair) => {
    await writeFile(join(folder, name), seedOf(pair))
    return join(folder, name)
  }
  await works(withKeys.url, { nkeyFile: await write("user.nk", user) })
  await refused(withKeys.url, { nkeyFile: await write("other.nk", other) })
  const withToken = await ownNats(t, { config: { authorization: { token: "t-0123456789" } } })
  await works(withToken.url, { token: "t-0123456789" })
  await works(withToken.url.replace("//", "//t-0123456789@"), {})
  await refused(withToken.url, { token: "another" })
})

test("a server that asks for a client's certificate takes only one of its authority", async (t) => {
  const { ca, cert, key } = await makeCertificates(t)
  const tls = { cert_file: cert, key_file: key, ca_file: ca, verify: true }
  const { url } = await ownNats(t, { config: { tls } })
  await works(url, { certFile: cert, keyFile: key }, ca)
  const other = await makeCertificates(t)
  const access = { certFile: other.cert, keyFile: other.key }
  await Promise.all([
    assert.rejects(natsWire({ url, name: "test", caFile: ca })),
    assert.rejects(natsWire({ url, name: "test", caFile: ca, access })),
  ])
})

test("an access that cannot work is refused at the door, without its secrets", async (t) => {
  const folder = await temporaryFolder(t)
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text)
    return join(folder, name)
  }
  const user = nkeys.createUser()
  const [jwt, seed] = [userJwt(user), seedOf(user)]
  const nkeyFile = await write("nk", seed)
  const jwtFile = await write("jwt", jwt)
  const accountSeed = decodeText(account.getSeed())
  const pem = await write("pem", "-----BEGIN CERTIFICATE-----")
  const cases: readonly (readonly [NatsAccess, RegExp])[] = [
    [{ nkeyFile, token: seed }, /^<nkeyFile> and <token> exclude each other: keep one$/],
    [{ credsFile: nkeyFile, jwtFile }, /^<credsFile> and <jwtFile> exclude each other/],
    [{ credsFile: nkeyFile }, /^<credsFile>: .* holds no credentials, a JWT and a seed/],
    [{ credsFile: jwtFile }, /holds no credentials/],
    [{ credsFile: join(folder, "no") }, /^<credsFile>: .*no cannot be read \(ENOENT\)$/],
    [{ credsFile: folder }, /cannot be read \(EISDIR\)$/],
    [{ credsFile: await write("a", credentials(jwt, accountSeed)) }, /no seed of a user/],
    [{ credsFile: await write("b", credentials("x.y.z", seed)) }, /holds no JWT of a user/],
    [
      { credsFile: await write("c", credentials(userJwt(user, { seconds: -60 }), seed)) },
      /the JWT in .*c expired at 20.*Z: write a new one$/,
    ],
    [{ nkeyFile: await write("d", accountSeed) }, /^<nkeyFile>: .*no seed of a user, .* SU/],
    [
      { nkeyFile: await write("e", `${seed.slice(0, -1)}${seed.endsWith("A") ? "E" : "A"}`) },
      /no seed of a user/,
    ],
    [{ nkeyFile: await write("f", "") }, /no seed of a user/],
    [
      { jwtFile },
      /^<jwtFile>: the user of the JWT in .* has to sign: give the seed of its nkey too/,
    ],
    [{ jwtFile: nkeyFile, nkeyFile }, /^<nkeyFile>, <jwtFile>: .*no JWT of a user/],
    [{ certFile: pem }, /^<certFile> and <keyFile> go together: set both$/],
    [{ keyFile: pem }, /^<certFile> and <keyFile> go together: set both$/],
    [{ certFile: pem, keyFile: pem }, /^<keyFile>: .*pem holds no private key in PEM$/],
    [{ certFile: nkeyFile, keyFile: pem }, /^<certFile>: .*nk holds no certificate in PEM$/],
    [{ certFile: pem, keyFile: join(folder, "no") }, /^<keyFile>: .*cannot be read/],
  ]
  for (const [access, wanted] of cases) {
    assert.throws(() => checkAccess(access, false, (field) => `<${field}>`), (error: Error) => {
      assert.equal(error.name, "TypeError")
      assert.match(error.message, wanted)
      assert.ok(!error.message.includes(seed) && !error.message.includes(accountSeed))
      return true
    })
  }
  assert.throws(
    () => checkAccess({ token: "x" }, true, (field) => `<${field}>`),
    /^TypeError: <token> is set and the address has a user/,
  )
  checkAccess({ nkeyFile, jwtFile }, false, String)
  checkAccess({}, true, String)
})
