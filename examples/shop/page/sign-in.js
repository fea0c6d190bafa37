/** The sign-in of the page: by a name in development, or at an issuer (authorization code, PKCE). */

/** What is kept while the tab is open: the token, and what a sign-in under way has to match. */
const KEPT = { token: "shop-token", underWay: "shop-signing-in" }

const kept = sessionStorage

/** The headers that say who sends a request. */
export const headersNow = () => {
  const token = kept.getItem(KEPT.token)
  return token === null ? {} : { Authorization: `Bearer ${token}` }
}

/** Forgets who has signed in. */
export const signOut = () => kept.removeItem(KEPT.token)

const base64Url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")

const random = () => base64Url(crypto.getRandomValues(new Uint8Array(32)))

/** This page, to which an issuer sends the browser back. */
const here = () => `${location.origin}${location.pathname}`

const discover = async (issuer) =>
  await (await fetch(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`)).json()

const goToIssuer = async ({ issuer, client }) => {
  const { authorization_endpoint: endpoint } = await discover(issuer)
  const [verifier, state] = [random(), random()]
  kept.setItem(KEPT.underWay, JSON.stringify({ verifier, state }))
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))
  const asked = new URL(endpoint)
  for (
    const [name, value] of Object.entries({
      ...{ response_type: "code", client_id: client, redirect_uri: here(), scope: "openid" },
      ...{ state, code_challenge: base64Url(digest), code_challenge_method: "S256" },
    })
  ) asked.searchParams.set(name, value)
  location.assign(asked)
}

/** Exchanges the code that an issuer has sent the browser back with, if it has. */
const comeBack = async ({ issuer, client }) => {
  const given = new URLSearchParams(location.search)
  const { verifier, state } = JSON.parse(kept.getItem(KEPT.underWay) ?? "{}")
  if (!given.has("state")) return
  history.replaceState(null, "", here())
  kept.removeItem(KEPT.underWay)
  if (state === undefined || given.get("state") !== state) throw new Error("Sign in again.")
  if (!given.has("code")) throw new Error(`Not signed in: ${given.get("error")}`)
  const { token_endpoint: endpoint } = await discover(issuer)
  const response = await fetch(endpoint, {
    method: "POST",
    body: new URLSearchParams({
      ...{ grant_type: "authorization_code", code: given.get("code"), code_verifier: verifier },
      ...{ client_id: client, redirect_uri: here() },
    }),
  })
  if (!response.ok) throw new Error(`The issuer answered ${response.status}: sign in again.`)
  kept.setItem(KEPT.token, (await response.json()).access_token)
}

/** What the shop says of this page's user; undefined if the token has ended. */
const ask = async () => {
  const response = await fetch("/sign-in", { headers: headersNow() })
  if (response.ok) return await response.json()
  const { title, detail = "" } = await response.json()
  if (response.status !== 401) throw new Error(`${title} ${detail}`)
  signOut()
  return undefined
}

/** Who has signed in, if anybody, and how that is done: `{ user, names }` or `{ user, issuer }`. */
export const whoIsThere = async () => {
  const found = await ask() ?? await ask()
  if (found.user || found.issuer === undefined) return found
  await comeBack(found)
  return await ask() ?? found
}

/** Signs in, by a name where there are names. Leaves the page where there is an issuer. */
export const signIn = async (how, name) => {
  if (how.issuer !== undefined) return await goToIssuer(how)
  kept.setItem(KEPT.token, `dev:${name}`)
}
