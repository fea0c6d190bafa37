/** The roles of Postgres: who keeps the views, who answers queries, and people who read. */
import { viewSchema } from "../../projections/internal.ts"
import type { AppDefinition } from "../app.ts"

/**
 * The roles: `leftfold_projections` owns the views and nothing else, `leftfold_queries` reads them
 * to answer queries, and `leftfold_reader` is for people and their reports.
 */
export const DATABASE_ROLES = {
  projections: "leftfold_projections",
  queries: "leftfold_queries",
  reader: "leftfold_reader",
} as const

/** What a role is for. */
export type DatabaseRole = keyof typeof DATABASE_ROLES

const { projections: OWNER, queries: QUERIES, reader: READER } = DATABASE_ROLES

const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** Roles are shared by all databases of a server, so that two may make them at the same time. */
const makeRole = (role: string): string =>
  `do $$ begin
  create role ${role} login;
exception when duplicate_object or unique_violation then null;
end $$;
`

/** What the owner makes from now on can be read by the others, whatever schema it is in. */
const DEFAULTS = `alter default privileges for role ${OWNER}
  grant usage on schemas to ${QUERIES}, ${READER};
alter default privileges for role ${OWNER}
  grant select on tables to ${QUERIES}, ${READER};
`

/** What somebody else has made before there were roles belongs to the owner from now on. */
const takeOver = (schemas: readonly string[]): string =>
  `do $$ declare
  each record;
begin
  execute format('grant connect, create on database %I to ${OWNER}', current_database());
  execute format('grant connect on database %I to ${QUERIES}, ${READER}', current_database());
  for each in select nspname as name from pg_namespace
    where nspname in (${schemas.map(literal).join(", ")})
  loop
    execute format('alter schema %I owner to ${OWNER}', each.name);
    execute format('grant usage on schema %I to ${QUERIES}, ${READER}', each.name);
    execute format('grant select on all tables in schema %I to ${QUERIES}, ${READER}', each.name);
  end loop;
  for each in select oid::regclass as name, relkind as kind from pg_class
    where relnamespace in (
      select oid from pg_namespace where nspname in (${schemas.map(literal).join(", ")}))
      and relkind in ('r', 'v')
  loop
    execute format('alter %s %s owner to ${OWNER}',
      case each.kind when 'v' then 'view' else 'table' end, each.name);
  end loop;
end $$;
`

/**
 * The SQL that gives these roles what they need in the database that it is run in, as one of its
 * superusers; running it again changes nothing. The roles have no passwords yet.
 */
export const databaseRoles = ({ projections }: AppDefinition): string => {
  const schemas = ["leftfold", ...new Set(projections.map(viewSchema))]
  return [...Object.values(DATABASE_ROLES).map(makeRole), DEFAULTS, takeOver(schemas)].join("\n")
}

/** The environment variable of psql that holds the password of a role. */
export const databasePasswordVariable = (role: DatabaseRole): string =>
  `LEFTFOLD_DATABASE_${role.toUpperCase()}_PASSWORD`

/** The same for `psql`, which takes the passwords from its environment. */
export const databaseRolesText = (app: AppDefinition): string => {
  const passwords = Object.entries(DATABASE_ROLES).map(([name, role]) =>
    `\\getenv ${name} ${databasePasswordVariable(name as DatabaseRole)}
alter role ${role} password :'${name}';
`
  )
  return [databaseRoles(app), ...passwords].join("\n")
}

/**
 * The SQL that sets the passwords of roles that are there, each as itself or as the verifier that
 * Postgres makes of it.
 */
export const databasePasswords = (passwordOf: (role: DatabaseRole) => string): string =>
  Object.entries(DATABASE_ROLES).map(([name, role]) =>
    `alter role ${role} password ${literal(passwordOf(name as DatabaseRole))};\n`
  ).join("")

/**
 * Where the projections and the queries of one database find it, each as its own role, whose
 * password is that of the address unless it is given.
 */
export const databaseUrlsOf = (
  url: string,
  passwordOf?: (role: DatabaseRole) => string,
) => {
  const as = (role: DatabaseRole): string => {
    const address = new URL(url)
    address.username = DATABASE_ROLES[role]
    if (passwordOf) address.password = passwordOf(role)
    return address.href
  }
  return { databaseUrl: as("projections"), queriesUrl: as("queries") }
}
