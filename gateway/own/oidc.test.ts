/** Tests of OpenID Connect with a real issuer: which tokens are taken, and what that costs. */
import assert from "node:assert/strict"
import { Buffer } from "node:buffer"
import { createHmac } from "node:crypto"
import { exportJWK, exportSPKI } from "jose"
import { isFailure } from "../../contracts/internal.ts"
import { test } from "../../testing/test.ts"
import { asking, LocalIssuer, pairOf } from "./fixtures/local-issuer.ts"
import { oidc, type OidcOptions } from "./oidc.ts"

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url")

test("a token of the issuer says who asks, with the claims that were asked for", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const users = issuer.users()
  assert.equal(await users(asking()), undefined)
  const user = await users(asking(`Bearer ${await issuer.token({ secret: "x" })}`))
  assert.deepEqual([user?.id, user?.claims], ["ada", { role: "staff" }])
  assert.ok(user?.expires && user.expires.getTime() > Date.now() + 500_000)
  const at = await users(asking(`bearer ${await issuer.token({ sub: "bob" }, { typ: "at+jwt" })}`))
  assert.equal(at?.id, "bob")
})

type Tokens = Readonly<Record<string, string>>

/** Tokens whose parts were changed, or put together from those of others. */
const changed = async (issuer: LocalIssuer, good: string): Promise<Tokens> => {
  const { publicKey } = issuer.keys.get("k-1")!
  const [head = "", body = "", signature = ""] = good.split(".")
  const claims = JSON.parse(Buffer.from(body, "base64url").toString())
  const publicText = new TextEncoder().encode(await exportSPKI(publicKey))
  const publicJwk = JSON.stringify(await exportJWK(publicKey))
  const withHmac = (key: string | Uint8Array) => {
    const signed = `${part({ alg: "HS256", kid: "k-1" })}.${body}`
    return `${signed}.${createHmac("sha256", key).update(signed).digest("base64url")}`
  }
  const unsigned = (alg: string) => `${part({ alg })}.${body}.`
  const critical = part({ alg: "ES256", kid: "k-1", crit: ["x"], x: 1 })
  return {
    "no token": "",
    "not a token": "abc",
    "two parts": `${head}.${body}`,
    "four parts": `${good}.x`,
    "an encrypted token": `${part({ alg: "dir", enc: "A256GCM" })}..${body}.${body}.${signature}`,
    "a header that is a list": `${part([])}.${body}.${signature}`,
    "another signature": `${head}.${body}.${"A".repeat(signature.length)}`,
    "a cut signature": `${head}.${body}.${signature.slice(0, -4)}`,
    "no signature": `${head}.${body}.`,
    "another body": `${head}.${part({ ...claims, sub: "boss" })}.${signature}`,
    "another role": `${head}.${part({ ...claims, role: "admin" })}.${signature}`,
    "another header": `${part({ alg: "ES256", kid: "k-1", x: 1 })}.${body}.${signature}`,
    "alg none": unsigned("none"),
    "alg None": unsigned("None"),
    "alg empty": unsigned(""),
    "alg nOnE with a signature": `${part({ alg: "nOnE" })}.${body}.${signature}`,
    "HMAC with the public key": withHmac(publicText),
    "HMAC with the public key as JSON": withHmac(publicJwk),
    "HMAC with nothing": withHmac(""),
    "a header that must be understood": `${critical}.${body}.${signature}`,
  }
}

/** Tokens that somebody else has signed. */
const ofStrangers = async (issuer: LocalIssuer): Promise<Tokens> => {
  const [stranger, rsa] = [await pairOf("ES256"), await pairOf("RS256")]
  const own = await exportJWK(stranger.publicKey)
  return {
    "a stranger's key": await issuer.token({}, {}, stranger.privateKey),
    "a stranger's key of another name": await issuer.token({}, { kid: "k-9" }, stranger.privateKey),
    "a stranger's key in the header": await issuer.token({}, { jwk: own }, stranger.privateKey),
    "a stranger's keys by address": await issuer.token(
      {},
      { jku: "http://127.0.0.1:1/keys", kid: "k-9" },
      stranger.privateKey,
    ),
    "a stranger's certificate": await issuer.token(
      {},
      { x5u: "http://127.0.0.1:1/cert" },
      stranger.privateKey,
    ),
    "an RSA key": await issuer.token({}, { alg: "RS256" }, rsa.privateKey),
  }
}

/** Tokens of the issuer that are for others, for nobody, expired, or not valid yet. */
const unfit = async (issuer: LocalIssuer): Promise<Tokens> => {
  const now = Math.floor(Date.now() / 1_000)
  return {
    "expired": await issuer.token({ exp: now - 60 }),
    "expired long ago": await issuer.token({ exp: 1 }),
    "no end": await issuer.token({ exp: undefined }),
    "an end that is text": await issuer.token({ exp: "tomorrow" }),
    "not yet": await issuer.token({ nbf: now + 600 }),
    "another audience": await issuer.token({ aud: "bank" }),
    "several other audiences": await issuer.token({ aud: ["bank", "shop.example"] }),
    "no audience": await issuer.token({ aud: undefined }),
    "another issuer": await issuer.token({ iss: "https://id.example.org" }),
    "an issuer with a slash": await issuer.token({ iss: `${issuer.url}/` }),
    "no issuer": await issuer.token({ iss: undefined }),
    "no subject": await issuer.token({ sub: undefined }),
    "an empty subject": await issuer.token({ sub: "" }),
    "a subject with a space": await issuer.token({ sub: "ada smith" }),
    "a subject with a line break": await issuer.token({ sub: "ada\nLeftfold-Claims: {}" }),
    "the application itself": await issuer.token({ sub: "leftfold:system" }),
    "a service of NATS": await issuer.token({ sub: "nats:loyalty" }),
    "a subject that is too long": await issuer.token({ sub: "a".repeat(257) }),
    "a token of a logout": await issuer.token({}, { typ: "logout+jwt" }),
    "a proof of possession": await issuer.token({}, { typ: "dpop+jwt" }),
    "a type that is a number": await issuer.token({}, { typ: 5 as unknown as string }),
    "too long": await issuer.token({ filler: "x".repeat(9_000) }),
  }
}

test("forged, expired and confused tokens are refused", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const users = issuer.users()
  const good = await issuer.token()
  const tokens: Tokens = {
    ...await changed(issuer, good),
    ...await ofStrangers(issuer),
    ...await unfit(issuer),
  }
  assert.ok(Object.keys(tokens).length >= 40)
  for (const [what, token] of Object.entries(tokens)) {
    const error = await Promise.resolve(users(asking(`Bearer ${token}`))).then(
      (user) => new Error(`taken: ${JSON.stringify(user)}`),
      (error) => error,
    )
    assert.ok(isFailure(error) && error._tag === "Unauthenticated", `${what}: ${error}`)
  }
  const twice = `Bearer ${good}, Bearer ${good}`
  for (const scheme of ["Basic YWRhOnB3", `Token ${good}`, good, `Bearer ${good} ${good}`, twice]) {
    await assert.rejects(async () => await users(asking(scheme)), /the token is refused/)
  }
  // A token elsewhere than in its header is no token.
  const headers = { "Cookie": `Authorization=Bearer ${good}`, "X-Authorization": `Bearer ${good}` }
  const elsewhere = new Request(`http://shop/?access_token=${good}`, { headers })
  assert.equal(await users(elsewhere), undefined)
  assert.equal((await users(asking(`Bearer ${good}`)))?.id, "ada")
})

test("keys are discovered once, kept, and asked for again for an unknown one", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const users = issuer.users()
  const ask = (token: string) => Promise.resolve(users(asking(`Bearer ${token}`)))
  await Promise.all([ask(await issuer.token()), ask(await issuer.token({ sub: "bob" }))])
  assert.deepEqual(issuer.asked, ["/.well-known/openid-configuration", "/keys"])
  issuer.away = true
  assert.equal((await ask(await issuer.token({ sub: "eve" })))?.id, "eve")
  assert.equal(issuer.asked.length, 2)
})

/** The id of the user, or the name of the failure. */
const outcomeOf = (
  users: ReturnType<LocalIssuer["users"]>,
  token: string,
): Promise<string | undefined> =>
  Promise.resolve(users(asking(`Bearer ${token}`)))
    .then((user) => user?.id, (error) => isFailure(error) ? error._tag : String(error))

test("names of keys that strangers choose do not make this process ask the issuer", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const forged = await Promise.all(
    Array.from({ length: 20 }, (_, at) => issuer.token({}, { kid: `k-${at + 2}` })),
  )
  const stormed = async (users: ReturnType<LocalIssuer["users"]>) => {
    issuer.asked.length = 0
    const outcomes = new Set<string | undefined>()
    for (const token of forged) outcomes.add(await outcomeOf(users, token))
    return [[...outcomes], issuer.asked.length]
  }
  issuer.away = true
  const users = issuer.users()
  assert.deepEqual(await stormed(users), [["Unavailable"], 1])
  issuer.away = false
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() + 1_001 })
  assert.equal(await outcomeOf(users, await issuer.token()), "ada")
  assert.deepEqual(await stormed(users), [["Unauthenticated"], 0])
  // The issuer is away when the pause after its last answer has passed.
  issuer.away = true
  t.mock.timers.tick(30_001)
  assert.deepEqual(await stormed(users), [["Unavailable"], 1])
  assert.equal(await outcomeOf(users, await issuer.token({ sub: "bob" })), "bob")
})

test("an issuer can replace its keys and move them", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const users = issuer.users()
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() })
  assert.equal(await outcomeOf(users, await issuer.token()), "ada")
  issuer.keysAt = "/moved"
  const moved = await pairOf("ES256")
  issuer.keys.set("k-2", moved)
  t.mock.timers.tick(30_001)
  const token = await issuer.token({ sub: "bob" }, { kid: "k-2" }, moved.privateKey)
  assert.equal(await outcomeOf(users, token), "bob")
  t.mock.timers.tick(600_001)
  const withdrawn = await issuer.token({ sub: "eve" })
  issuer.keys.delete("k-1")
  assert.equal(await outcomeOf(users, withdrawn), "Unauthenticated")
})

test("an issuer elsewhere cannot name a port of this machine for its keys", async (t) => {
  const token = await (await new LocalIssuer().start(t)).token()
  const asked: string[] = []
  const issuer = "https://id.example"
  let keys = "http://127.0.0.1:1/keys"
  t.mock.method(globalThis, "fetch", (url: string) => {
    asked.push(url)
    const body = url.endsWith("configuration") ? { issuer, jwks_uri: keys } : { keys: [] }
    return Promise.resolve(Response.json(body))
  })
  const failed = async (at: string) => {
    keys = at
    asked.length = 0
    await outcomeOf(oidc({ issuer, audience: "shop" }), token)
    return asked.length
  }
  for (const at of ["http://127.0.0.1:1/keys", "http://localhost:1/k", "https://[::1]:1/keys"]) {
    assert.equal(await failed(at), 1, at)
  }
  assert.equal(await failed("https://keys.example/keys"), 2)
})

test("documents of an issuer are bounded", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const token = await issuer.token()
  for (const [filler, outcome] of [[250_000, "ada"], [300_000, "Unavailable"]] as const) {
    issuer.filler = filler
    assert.equal(await outcomeOf(issuer.users(), token), outcome)
  }
})

test("an issuer that is away is an outage, and one of another name is not believed", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const token = await issuer.token()
  const tagOf = async (users: ReturnType<LocalIssuer["users"]>) => {
    const error = await Promise.resolve(users(asking(`Bearer ${token}`))).catch((error) => error)
    return isFailure(error) ? error._tag : "taken"
  }
  issuer.away = true
  assert.equal(await tagOf(issuer.users()), "Unavailable")
  issuer.away = false
  issuer.named = "https://id.example.org"
  assert.equal(await tagOf(issuer.users()), "Unavailable")
  issuer.named = undefined
  assert.equal(await tagOf(issuer.users()), "taken")
})

test("a token is verified once, and remembered until it expires", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const users = issuer.users()
  const request = asking(`Bearer ${await issuer.token({ exp: Math.ceil(Date.now() / 1_000) + 1 })}`)
  const first = await users(request)
  // The same object: nothing was verified again.
  assert.equal(await users(request), first)
  t.mock.timers.enable({ apis: ["Date"], now: first!.expires!.getTime() + 1 })
  await assert.rejects(async () => await users(request), /has expired/)
})

test("a token does not outlive its key for long", async (t) => {
  const issuer = await new LocalIssuer().start(t)
  const [users, longer] = [issuer.users(), issuer.users({ rememberMs: 600_000 })]
  const token = await issuer.token({ exp: Math.ceil(Date.now() / 1_000) + 86_400 })
  const request = asking(`Bearer ${token}`)
  t.mock.timers.enable({ apis: ["Date"], now: Date.now() })
  const [first, other] = [await users(request), await longer(request)]
  t.mock.timers.tick(59_999)
  assert.equal(await users(request), first)
  t.mock.timers.tick(1)
  assert.notEqual(await users(request), first, "it is verified again")
  assert.equal(await longer(request), other)
  // The keys are withdrawn, and nobody has noticed yet.
  issuer.keys.set("k-2", await pairOf("ES256"))
  issuer.keys.delete("k-1")
  assert.equal(await outcomeOf(users, token), "ada")
  t.mock.timers.tick(480_000)
  assert.equal(await longer(request), other)
  // A token of the new key makes this process notice: nothing is remembered any longer.
  const key = issuer.keys.get("k-2")!.privateKey
  const next = await issuer.token({ sub: "bob", exp: 9_999_999_999 }, { kid: "k-2" }, key)
  assert.equal(await outcomeOf(longer, next), "bob")
  assert.equal(await outcomeOf(longer, token), "Unauthenticated")
  // Without one, the keys are asked for again in time.
  t.mock.timers.tick(120_001)
  assert.equal(await outcomeOf(users, token), "Unauthenticated")
})

test("options that would take tokens of others are refused", () => {
  const good = { issuer: "https://id.example.org", audience: "shop" }
  const wrong: readonly Partial<OidcOptions>[] = [
    ...[{ issuer: "" }, { issuer: "http://id.example.org" }, { issuer: "id.example.org" }],
    ...[{ audience: "" }, { algorithms: [] }, { algorithms: ["none"] }, { algorithms: ["HS256"] }],
    ...[{ rememberMs: -1 }, { rememberMs: 600_001 }, { rememberMs: NaN }],
  ]
  for (const each of wrong) assert.throws(() => oidc({ ...good, ...each }), TypeError)
  oidc(good)
})
