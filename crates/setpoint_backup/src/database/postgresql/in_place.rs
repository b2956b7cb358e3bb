//! Loads a dump in the place of all that a database holds, in one transaction: what was there goes, the dump comes, its rows are
//! counted. Whatever fails on the way, the database is as it was.
//!
//! `pg_restore --clean` drops what the dump knows and nothing else, and so fails at a table that was made since and refers to
//! one of those: just what a migration leaves.

use super::super::program::run;
use super::super::{Count, Database, failed};
use super::{Passage, connect, told};
use setpoint_host::{Access, Host};
use setpoint_model::Problem;
use std::collections::BTreeMap;
use std::path::Path;

/// Schemas that stay, since an extension is in them or they are the extension's own, which only a superuser may make again.
const SCHEMAS_THAT_STAY: &str = "select n.nspname::text from pg_namespace n where n.nspname = 'public' \
    or exists (select from pg_extension e where e.extnamespace = n.oid) \
    or exists (select from pg_depend d where d.classid = 'pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e')";

/// Drops the other schemas, and in those that stay all that is no extension's. Each thing depends on its schema
/// (`pg_depend`); what also is a part of another, as the sequence of an identity is, goes with that alone. One is looked for
/// anew every time, since a drop takes others with it. Privileges that are given to all that is made ("ALTER DEFAULT
/// PRIVILEGES") go back to those of a new database, since what the dump makes would get them.
const EMPTY: &str = r"begin;
set local client_min_messages = warning;
set local lock_timeout = '60s';
do $setpoint$
declare
    one record;
begin
    for one in select n.nspname from pg_namespace n
        where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public')
        and not exists (select from pg_extension e where e.extnamespace = n.oid)
        and not exists (select from pg_depend d
            where d.classid = 'pg_namespace'::regclass and d.objid = n.oid and d.deptype = 'e')
    loop
        execute format('drop schema %I cascade', one.nspname);
    end loop;
    loop
        select (pg_identify_object(d.classid, d.objid, 0)).* into one from pg_depend d
            join pg_namespace n on n.oid = d.refobjid
            where d.refclassid = 'pg_namespace'::regclass and d.deptype = 'n' and d.classid <> 'pg_extension'::regclass
            and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
            and not exists (select from pg_depend e
                where e.classid = d.classid and e.objid = d.objid and e.deptype in ('e', 'i'))
            limit 1;
        exit when not found;
        execute format('drop %s %s cascade', replace(one.type, 'statistics object', 'statistics'), one.identity);
    end loop;
    perform lo_unlink(l.oid) from pg_largeobject_metadata l;
    for one in select case a.defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions'
            when 'T' then 'types' when 'n' then 'schemas' else 'large objects' end as kind,
            a.defaclobjtype as letter, 'alter default privileges' || coalesce(' in schema ' || quote_ident(n.nspname), '') as beginning,
            n.oid is null as is_everywhere,
            (select string_agg(distinct case x.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(x.grantee)) end, ', ')
                from aclexplode(a.defaclacl) x) as grantees
        from pg_default_acl a left join pg_namespace n on n.oid = a.defaclnamespace
        where pg_get_userbyid(a.defaclrole) = current_user
    loop
        if one.grantees is not null then
            execute format('%s revoke all on %s from %s', one.beginning, one.kind, one.grantees);
        end if;
        if one.is_everywhere then
            execute format('%s grant all on %s to %I', one.beginning, one.kind, current_user);
            if one.letter in ('f', 'T') then
                execute format('%s grant all on %s to public', one.beginning, one.kind);
            end if;
        end if;
    end loop;
end
$setpoint$;
";

pub(in super::super) fn replace(
    host: &dyn Host,
    database: &Database,
    file: &Path,
    counts: &BTreeMap<String, Count>,
) -> Result<(), Problem> {
    let access = Passage::of(host, database)?;
    let path = |name: &str| access.folder.path().join(name);
    let write = |name: &str, text: &str| {
        let written = host.write_with(&path(name), text.as_bytes(), Access::PRIVATE);
        written.map_err(|refusal| refusal.problem())
    };
    let script = |entries: &[String], name: &str, option: Option<&str>| {
        write("list", &entries.concat())?;
        let (list, output) = (path("list"), path(name));
        let options = [format!("--use-list={}", list.display()), format!("--file={}", output.display())];
        let dump = file.display().to_string();
        let arguments: Vec<&str> = options.iter().map(String::as_str).chain(option).chain([dump.as_str()]).collect();
        run(host, database, &["pg_restore"], &arguments)
    };
    // Where large objects are loaded, `pg_restore` begins and ends a transaction, unless it does so around all that it writes.
    // So they are last, and the end of theirs is that of all.
    let (large_objects, others) =
        list(host, database, file)?.into_iter().partition::<Vec<_>, _>(|entry| entry.contains(" BLOBS - "));
    write("empty.sql", EMPTY)?;
    script(&others, "dump.sql", None)?;
    write("count.sql", &counted(counts))?;
    script(&large_objects, "end.sql", Some("--single-transaction"))?;
    let mut arguments = [
        "--no-psqlrc",
        "--quiet",
        "--no-password",
        "--set=ON_ERROR_STOP=1",
        "--set=VERBOSITY=terse",
        "--output=/dev/null",
    ]
    .map(ToOwned::to_owned)
    .to_vec();
    let files = ["empty.sql", "dump.sql", "count.sql", "end.sql"];
    arguments.extend(files.map(|name| format!("--file={}", path(name).display())));
    arguments.push(format!("--dbname={}", access.address(database, None)));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    run(host, database, &["psql"], &arguments).map(drop)
}

/// The entries of the dump that are loaded, a line each: all but schemas that stay, and comments on extensions, which only their owner may make.
fn list(host: &dyn Host, database: &Database, file: &Path) -> Result<Vec<String>, Problem> {
    let said = |error: postgres::Error| failed(database, "listing schemas", &told(&error));
    let rows = connect(database, None)?.query(SCHEMAS_THAT_STAY, &[]).map_err(said)?;
    let mut left_out = vec![" COMMENT - EXTENSION ".to_owned()];
    for row in rows {
        let name: String = row.try_get(0).map_err(said)?;
        left_out.push(format!(" SCHEMA - {name} "));
    }
    let listed = run(host, database, &["pg_restore"], &["--list", &file.display().to_string()])?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let kept = listed.lines().filter(|line| !left_out.iter().any(|part| line.contains(part)));
    Ok(kept.map(|line| format!("{line}\n")).collect())
}

/// Counts what was loaded before anybody else sees it, and takes all of it back where a count differs. Names of tables are
/// quoted already.
fn counted(counts: &BTreeMap<String, Count>) -> String {
    let mut text = "do $setpoint$\ndeclare\n    there bigint;\nbegin\n".to_owned();
    for (table, count) in counts {
        let (saved, name) = (count.least, table.replace('\'', "''").replace('%', "%%"));
        text.push_str(&format!(
            "    select count(*) into there from {table};\n    if there <> {saved} then\n        \
             raise exception 'loaded, {name} has % rows and had {saved}', there;\n    end if;\n"
        ));
    }
    text.push_str("end\n$setpoint$;\n");
    text
}
