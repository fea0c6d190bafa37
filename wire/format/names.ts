/**
 * The names under which an application's subjects and streams exist on NATS. The rest of the code
 * uses names without a prefix. Wires and drivers translate them here, so that several applications
 * can share an account.
 */

/** What sets the names of one application apart from those of others. */
export interface NamesOptions {
  /** One word in front of all names: `staging` makes `staging.cmd.…` and `staging_orders`. */
  readonly prefix?: string | undefined
  /** The JetStream domain of the streams, when they are not in the domain of the connection. */
  readonly domain?: string | undefined
}

const PREFIX = /^[a-z][a-z0-9-]{0,23}$/
const DOMAIN = /^[A-Za-z0-9_-]{1,64}$/

/** The first tokens of subjects without a prefix. */
const TAKEN = ["cmd", "own", "evt", "qry", "view", "tmr", "snp", "as"]

const API = "$JS.API."
const ACK = "$JS.ACK."
const BUCKET = "$KV."
const SERVICE = "$SRV."

/** Operations of JetStream's API that name a stream, each with a subject or consumer behind it. */
const WITH_STREAM =
  /^(\$JS\.API\.(?:(?:STREAM|CONSUMER)\.(?:MSG\.\w+|[\w*]+)|DIRECT\.GET)\.)([^.*>]+)(.*)$/
/** Operations that name a subject behind the stream, or behind the stream and a consumer. */
const DIRECT = /^\$JS\.API\.DIRECT\.GET\./
const CREATE = /^\$JS\.API\.CONSUMER\.CREATE\./
/** A service is named behind the verb. */
const OF_SERVICE = /^(\$SRV\.[^.]+\.)([^.*>]+)(.*)$/
const OF_STREAM = /^(KV_)?(.+)$/

const DOLLAR = 36
const UNDERSCORE = 95

/** Whether a subject is of NATS itself, or an inbox: it does not begin with the prefix. */
export const isOfNats = (subject: string): boolean => {
  const first = subject.charCodeAt(0)
  return first === DOLLAR || first === UNDERSCORE
}

/** Translates between the names in the code and those on NATS. */
export class Names {
  /** In front of subjects: empty, or the prefix and a dot. */
  readonly beginning: string
  /** The JetStream domain; empty for that of the connection. */
  readonly domain: string
  readonly #prefix: string
  readonly #word: string

  /** Throws `TypeError` for a prefix or domain that cannot be part of a name. */
  constructor({ prefix = "", domain = "" }: NamesOptions = {}) {
    if (prefix !== "" && !PREFIX.test(prefix)) {
      throw new TypeError(
        `"${prefix}" is no prefix: use up to 24 of a-z, 0-9 and -, a letter first`,
      )
    }
    if (TAKEN.includes(prefix)) {
      throw new TypeError(`"${prefix}" is no prefix, because subjects without one begin so`)
    }
    if (domain !== "" && !DOMAIN.test(domain)) {
      throw new TypeError(`"${domain}" is no domain of JetStream: it is one word, such as hub`)
    }
    this.#prefix = prefix
    this.#word = prefix === "" ? "" : `${prefix}_`
    this.beginning = prefix === "" ? "" : `${prefix}.`
    this.domain = domain
  }

  /** Whether all names are the same on NATS. */
  get isPlain(): boolean {
    return this.#prefix === "" && this.domain === ""
  }

  /** The name of a stream, a bucket's included, on NATS. */
  stream(name: string): string {
    return this.#word === "" ? name : name.replace(OF_STREAM, `$1${this.#word}$2`)
  }

  /** The name of a service. */
  word(name: string): string {
    return this.#word + name
  }

  /** The name of a user, which is also part of the subjects of its inboxes. */
  user(name: string): string {
    return this.#prefix === "" ? name : `${this.#prefix}-${name}`
  }

  /** The subject on NATS, as a stream holds it and a subscriber names it. */
  subject(subject: string): string {
    if (this.#word === "" && this.domain === "") return subject
    if (!isOfNats(subject)) return this.beginning + subject
    if (subject.startsWith(API)) return this.#inDomain(this.#api(subject))
    if (subject.startsWith(ACK)) return ACK + this.#word + subject.slice(ACK.length)
    if (subject.startsWith(BUCKET)) return BUCKET + this.#word + subject.slice(BUCKET.length)
    if (subject.startsWith(SERVICE)) return subject.replace(OF_SERVICE, `$1${this.#word}$2$3`)
    return subject
  }

  /** The subject to publish to. A bucket in another domain is written through JetStream's API. */
  published(subject: string): string {
    const own = this.subject(subject)
    const isAway = this.domain !== "" && own.startsWith(BUCKET)
    return isAway ? `$JS.${this.domain}.API.${own}` : own
  }

  /** The subject in the code; the same text for one that is not of this application. */
  logical(subject: string): string {
    if (this.#word === "") return subject
    if (subject.startsWith(this.beginning)) return subject.slice(this.beginning.length)
    const bucket = BUCKET + this.#word
    return subject.startsWith(bucket) ? BUCKET + subject.slice(bucket.length) : subject
  }

  #inDomain(subject: string): string {
    return this.domain === "" ? subject : `$JS.${this.domain}.API.${subject.slice(API.length)}`
  }

  #api(subject: string): string {
    if (this.#word === "") return subject
    const [, operation, stream, rest] = WITH_STREAM.exec(subject) ?? []
    if (operation === undefined || stream === undefined || rest === undefined) return subject
    return operation + this.stream(stream) + this.#behind(operation, rest)
  }

  /** What stands behind the stream: a consumer keeps its name, a subject has another one. */
  #behind(operation: string, rest: string): string {
    if (rest === "") return rest
    if (DIRECT.test(operation)) return `.${this.subject(rest.slice(1))}`
    if (!CREATE.test(operation)) return rest
    const end = rest.indexOf(".", 1)
    if (end < 0) return rest
    const subject = rest.slice(end + 1)
    return `${rest.slice(0, end)}.${subject === ">" ? ">" : this.subject(subject)}`
  }
}

/** Names without a prefix. */
export const PLAIN_NAMES: Names = new Names()
