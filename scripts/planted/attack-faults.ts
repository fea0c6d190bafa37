/** Faults of the code, one for each class of attacks: the class must find the fault in it. */

/** A fault: a text of one file, and what replaces it. */
export interface SourceFault {
  /** The class of attacks that must find it. */
  readonly of: string
  /** How the code is wrong with it. */
  readonly name: string
  readonly file: string
  /** The text that is replaced. It must be in the file exactly once. */
  readonly from: string
  readonly to: string
}

/** The faults, in the order of the classes. */
export const attackFaults: readonly SourceFault[] = [
  {
    of: "json-bodies",
    name: "JSON that cannot be read counts as a bug of ours",
    file: "wire/codec.ts",
    from: 'return format === "json" ? readJson(bytes, limits) : readProtobuf(bytes, limits)\n' +
      "  } catch (error) {\n    throw unreadable(format, error)",
    to: 'return format === "json" ? readJson(bytes, limits) : readProtobuf(bytes, limits)\n' +
      "  } catch (error) {\n    throw error",
  },
  {
    of: "fuzz",
    name: "fields that break their contract count as a bug of ours",
    file: "contracts/schema/schema-codec.ts",
    from: "if (strict && this.#tolerant) return this.#leavingOut(value)\n",
    to:
      'if (strict && this.#tolerant) return this.#leavingOut(value)\n      throw new Error("no")\n',
  },
  {
    of: "protobuf",
    name: "the length of a part may be beyond the end of its message",
    file: "contracts/protobuf/reader.ts",
    from: "if (this.#high !== 0 || length > end - this.#at) throw cutShort()",
    to: "if (length < 0) throw cutShort()",
  },
  {
    of: "content-types",
    name: "a content type that nobody knows stands for JSON",
    file: "wire/codec.ts",
    from: '.test(type) ? "protobuf" : undefined',
    to: '.test(type) ? "protobuf" : "json"',
  },
  {
    of: "paths",
    name: "internal commands have paths like those of everybody",
    file: "gateway/names.ts",
    from: ".filter((type) => !internal.has(type))",
    to: '.filter((type) => internal.has(type) || type !== "")',
  },
  {
    of: "headers",
    name: "positions may be any text",
    file: "contracts/position.ts",
    from: "if (!NAME.test(context) || !/^\\d{1,15}$/.test(digits) || rest.length > 0) {",
    to: "if (rest.length > 99) {",
  },
  {
    of: "query-strings",
    name: "a version, a limit and an offset may be any number",
    file: "contracts/parameters.ts",
    from: "if (value === undefined) return undefined\n  const whole",
    to: "if (value === undefined) return undefined\n" +
      "  if (least < 9) return Number(value)\n  const whole",
  },
  {
    of: "cross-site",
    name: "the gateway answers for every host",
    file: "gateway/door.ts",
    from: "known && !isKnownHost(context, known)",
    to: "known && isKnownHost(context, known) === undefined",
  },
  {
    of: "smuggling",
    name: "heads of requests are parsed leniently",
    file: "gateway/serve.ts",
    from: "createServer(options, listener && boundPipeline(listener))",
    to:
      "createServer({ ...options, insecureHTTPParser: true }, listener && boundPipeline(listener))",
  },
  {
    of: "idempotency",
    name: "a repeat is known by its id alone",
    file: "actors/host/turn.ts",
    from: "if (before && (before.content === content || byId)) {",
    to: "if (before || byId) {",
  },
  {
    of: "slow-clients",
    name: "few clients can be connected at the same time",
    file: "gateway/serve.ts",
    from: "createServer(options, listener && boundPipeline(listener))",
    to: "Object.assign(createServer(options, listener && boundPipeline(listener)), " +
      "{ maxConnections: 90 })",
  },
  {
    of: "event-streams",
    name: "a stream whose client is gone is watched on",
    file: "gateway/event-stream.ts",
    from: "    this.#watching?.close()\n",
    to: "",
  },
  {
    of: "costs",
    name: "a query that waits for its views counts as one that is worked on",
    file: "projections/queries/query-server.ts",
    from: "      const found = await this.#find(views, asked)\n      try {",
    to: "      this.#atWork++\n" +
      "      const found = await this.#find(views, asked).finally(() => this.#atWork--)\n" +
      "      try {",
  },
  {
    of: "nats-messages",
    name: "MessagePack that cannot be read counts as a bug of ours",
    file: "wire/codec.ts",
    from: "readProtobuf(bytes, limits)\n  } catch (error) {\n",
    to: "readProtobuf(bytes, limits)\n  } catch (error) {\n" +
      '    if (format === "msgpack") throw error\n',
  },
  {
    of: "nats-replies",
    name: "every reply subject is an inbox",
    file: "wire/address.ts",
    from: "subject.length <= INBOX_CHARACTERS && INBOX.test(subject)",
    to: "subject.length <= INBOX_CHARACTERS && INBOX !== undefined",
  },
  {
    of: "nats-roles",
    name: "a caller may publish everything",
    file: "examples/shop/deploy/nats/users.conf",
    from: '"password": $LEFTFOLD_CALLER_PASSWORD,\n      "permissions": {\n' +
      '        "publish": {\n          "allow": [\n',
    to: '"password": $LEFTFOLD_CALLER_PASSWORD,\n      "permissions": {\n' +
      '        "publish": {\n          "allow": [">",\n',
  },
  {
    of: "poison",
    name: "an item may receive any number",
    file: "examples/shop/stock/contract.ts",
    from: "Quantity.check(Schema.isLessThanOrEqualTo(MOST_RECEIVED))",
    to: "Quantity.check(Schema.isLessThanOrEqualTo(MOST_RECEIVED * 9_000_000_000))",
  },
  {
    of: "floods",
    name: "each refusal is logged",
    file: "actors/host/host.ts",
    from: "): void {\n    statistics.addRefused(failure)\n",
    to: "): void {\n    statistics.addRefused(failure)\n" +
      "    reportWarning(`${message.subject}: ${failure.message}`)\n",
  },
  {
    of: "local-user",
    name: "files with passwords are open to others",
    file: "app/operations/private-files.ts",
    from: "const FILE_MODE = 0o600",
    to: "const FILE_MODE = 0o644",
  },
  {
    of: "unreadable",
    name: "a policy waits for a message that nobody can read",
    file: "actors/policies/event-runner.ts",
    from: 'if ("cause" in read) return this.#passOver(read.context, message, read.cause)',
    to: 'if ("cause" in read) return false',
  },
]
