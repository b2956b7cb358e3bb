//! `docs/checks.md`: every kind of check with its keys from the register's schema, an example that the register's reader
//! takes, and the reasons for which checks fail.

use serde_json::{Map, Value as Json};
use setpoint_model::Reason;
use std::fmt::Write as _;

const HEAD: &str = "\
# Checks

<!-- Written by `cargo run -p xtask -- generate` from the register's schema and `xtask/src/checks_page.rs`. -->

A check is an assertion in `setpoint.toml` that `setpoint check` runs beside the rules: many at once, each with a time limit
and as many tries as it says. The same register runs on a laptop, in CI and in production; `--environment` changes only
where.

```toml
[environment.production]
url = \"https://shop.example\"

[check.health]
http   = \"/health\"                 # below the environment's url
status = 200
json   = { ok = true }
within = \"300ms\"
tags   = [\"smoke\"]
```

```sh
setpoint check --environment production
setpoint check --environment production --only health    # and what it needs
setpoint check --environment production --tag smoke      # and no rule
```

A check **passed**, **failed**, was **skipped**, since one that it needs did not pass, or is **waived**: it failed, and a
waiver of its name accepts that until a day. A waiver of a check that passed is said to be unused (`SP013`), one whose day
has passed accepts nothing (`SP012`). `where` limits it to an environment.

```toml
[waiver.health]
where  = \"staging\"
reason = \"until the new disk is there\"
until  = 2027-03-01
```

Where the register has environments and none is named, checks are not run, and every report says so.

## Written from what is there

```sh
setpoint check add http://127.0.0.1:8000/health
setpoint check add unit shop.service --environment production
setpoint check add port 5432 --dry-run
```

`add` looks at what is named, takes of it what is stable and no more, runs the check, and writes it only where it passes. An
address below an environment's `url` becomes a path, so that the check holds in every environment. `setpoint check --help`
and `setpoint check add --help` have more examples; `setpoint check list` says which checks there are.

## Against another server

`setpoint check --environment production --url http://127.0.0.1:8001` asks below that URL instead of the environment's. Without
`--environment`, on a laptop or in CI, it runs the checks that need no more than the URL: those of kind `http` and `rejects`
that are for every environment. The others are counted as not run.

## What is left when it is stopped

Nothing: a command that runs longer than its `timeout`, and every program that runs when Ctrl-C or SIGTERM ends `setpoint`, is
ended with all that it has started. It is asked to first, and has two seconds. A program that a command leaves in the background
when it ends by itself is left alone.

## Looked at again and again

`setpoint check --environment production --watch` says everything once and then, every ten seconds (`--every`), what changed:
a check that ended otherwise than before, a finding that came or went.

## In the form of hurl

`setpoint check --hurl smoke.hurl` runs each entry of a [hurl](https://hurl.dev) file as a check, each after the one before it,
with the environment's `url` as the variable `url` and others from `HURL_VARIABLE_NAME`. Entries share nothing: what a check
cannot say (captures, most filters, multipart forms) fails as `not-understood`, and is never passed over. An entry with such a
part, `[Captures]` above all, is not run, and neither is any later entry of the file, as hurl stops at the first that fails.
`--only smoke:2` runs the second entry of `smoke.hurl` alone. `setpoint check export` writes the register's checks of kind
`http` as such a file.

## As tests

`pip install ./python` installs a plugin that makes each check a test of its own: `pytest --setpoint
--setpoint-environment=staging`. `python/README.md` says more.

## Reports

`--format` writes findings and outcomes for people (`text`), for programs (`json`), for CI systems (`junit`), for code hosts
(`sarif`, `github`), as test points (`tap`) and for monitoring systems (`nagios`).

- `tap` is version 14. What a waiver accepts is `# TODO`, what was not run `# SKIP`. Perl's `prove` of Debian 12
  (Test::Harness 3.44) knows 13 alone, of which nothing that is written here differs: `sed '1s/14/13/'` before it.
- `nagios` writes one line of at most 4 KiB with the time of each check as performance data, and ends as plugins do, not as
  the other formats do: 0 OK, 1 WARNING for warnings, 2 CRITICAL for failed checks and errors, 3 UNKNOWN where something
  could not be read, was not run, or the register is wrong. A command line that is wrong ends with 2, as ever.

No report shows a secret of the site, also not one that came back in an answer.

## What every check may say
";

/// An example of each kind, and what it says when it fails.
const EXAMPLES: &[(&str, &str, &str)] = &[
    (
        "http",
        "[check.health]\nhttp   = \"/health\"\nstatus = 200\njson   = { ok = true }\nheader = { content-type = { contains = \"json\" } }\nwithin = \"300ms\"\n",
        "wrong-status: the status is 500; expected 200",
    ),
    (
        "tcp",
        "[check.mail]\ntcp    = \"127.0.0.1:25\"\nanswer = { matches = \"^220 \" }\n",
        "connection-refused: nobody listens at `127.0.0.1:25`; expected a connection",
    ),
    (
        "tls",
        "[check.certificate]\ntls   = \"shop.example:443\"\nnames = [\"shop.example\", \"www.shop.example\"]\ndays  = 14\n",
        "certificate-expired: the certificate is valid for 3 more days; expected 14 days or more",
    ),
    (
        "unit",
        "[check.worker]\nunit       = \"shop-worker.service\"\nstate      = \"active\"\nenabled    = true\nproperties = { Restart = \"always\" }\n",
        "wrong-state: it is `failed` (failed, exit-code); expected `active`",
    ),
    (
        "process",
        "[check.workers]\nprocess        = \"gunicorn\"\nat_least       = 4\nuser           = \"shop\"\nmemory_at_most = \"300MB\"\n",
        "too-little: 2 such processes run; expected 4 or more",
    ),
    (
        "port",
        "[check.database-port]\nport      = 5432\naddresses = [\"127.0.0.1\"]\nprogram   = \"postgres\"\n",
        "wrong-value: somebody listens on 0.0.0.0; expected 127.0.0.1 alone",
    ),
    (
        "file",
        "[check.secrets]\nfile = \"/etc/shop/shop.env\"\nmode = \"0640\"\nuser = \"root\"\n",
        "wrong-rights: its mode is 0644; expected 0640",
    ),
    (
        "command",
        "[check.migrations]\ncommand = \"python manage.py migrate --check\"\nwithin  = \"20s\"\n",
        "wrong-status: it ended with 1; expected 0",
    ),
    (
        "sql",
        "[check.orders]\nsql      = \"select count(*) from orders where state = 'stuck'\"\ndatabase = \"SHOP_DATABASE_URL\"\nat_most  = 0\n",
        "wrong-value: the value is `7`; expected 0 or less",
    ),
    (
        "redis",
        "[check.queue]\nredis   = \"SHOP_REDIS_URL\"\nsend    = [\"LLEN\", \"celery\"]\nat_most = 1000\n",
        "denied: the server says `NOAUTH Authentication required.`; expected an answer",
    ),
    (
        "log",
        "[check.no-errors]\nlog    = \"journal:shop.service\"\nabsent = \"Traceback\"\nlast   = \"15m\"\n",
        "unwanted: 3 of 120 lines match `Traceback`; expected none that does",
    ),
    (
        "disk",
        "[check.room]\ndisk          = \"/var/lib/postgresql\"\nfree_at_least = \"5GB\"\nused_at_most  = 85\n",
        "too-much: 91 % of it are used; expected 85 % at most",
    ),
    (
        "dns",
        "[check.name]\ndns     = \"shop.example\"\nanswers = [\"192.0.2.10\"]\n",
        "wrong-value: the answer is 192.0.2.9; expected `192.0.2.10` among it",
    ),
    (
        "config",
        "[check.pool]\nconfig  = \"SHOP_POOL_SIZE\"\nat_most = 20\n",
        "wrong-value: it is `50`; expected 20 or less",
    ),
    (
        "rejects",
        "[check.bad-orders]\nrejects = \"/orders\"\nopenapi = \"/openapi.json\"\n",
        "unexplained: missing-field `sku`: the answer does not say whether a retry makes sense; expected a `Retry-After`, or the members of RFC 9457: `type`, `title`, `status`",
    ),
];

/// The page.
pub(crate) fn text() -> anyhow::Result<String> {
    let schema = setpoint_register::schema();
    let kinds = schema.pointer("/properties/check/additionalProperties/oneOf").and_then(Json::as_array);
    let kinds = kinds.ok_or_else(|| anyhow::anyhow!("the schema has no kinds of checks"))?;
    let properties: Vec<&Map<String, Json>> =
        kinds.iter().filter_map(|kind| kind.get("properties")?.as_object()).collect();
    let is_common = |key: &str| properties.iter().all(|properties| properties.contains_key(key));
    let mut text = HEAD.to_owned();
    if let Some(first) = properties.first() {
        text.push_str(&keys(first, &is_common));
    }
    for ((word, example, says), (kind, properties)) in EXAMPLES.iter().zip(kinds.iter().zip(&properties)) {
        anyhow::ensure!(properties.contains_key(*word), "the example of `{word}` stands in another's place");
        let about = kind.get("description").and_then(Json::as_str).unwrap_or_default();
        let _ = write!(
            text,
            "\n## `{word}`\n\n{about}\n\n```toml\n{example}```\n\nSays, for example:\n\n```text\n{says}\n```\n"
        );
        text.push_str(&keys(properties, &|key| !is_common(key)));
    }
    anyhow::ensure!(EXAMPLES.len() == kinds.len(), "{} kinds and {} examples", kinds.len(), EXAMPLES.len());
    text.push_str(
        "\n## Why a check fails\n\nThe words never change their meaning, so that an alert can be built on them.\n\n\
         | reason | what it means | does trying again help? |\n|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let meaning = reason.meaning().trim();
        let _ = writeln!(text, "| `{}` | {meaning} | {} |", reason.as_str(), reason.retry().sentence());
    }
    Ok(text)
}

/// A table of keys.
fn keys(properties: &Map<String, Json>, is_meant: &dyn Fn(&str) -> bool) -> String {
    let mut text = "\n| key | what it says |\n|---|---|\n".to_owned();
    for (key, shape) in properties.iter().filter(|(key, _)| is_meant(key)) {
        let about = shape.get("description").and_then(Json::as_str).unwrap_or_default().replace('|', "\\|");
        let _ = writeln!(text, "| `{key}` | {about} |");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::EXAMPLES;

    #[test]
    fn the_registers_reader_takes_every_example() {
        for (word, example, _) in EXAMPLES {
            let register = format!(
                "[service]\nname = \"shop\"\n\n[environment.production]\nurl = \"https://shop.example\"\n\n{example}"
            );
            let (register, problems) = setpoint_register::load("setpoint.toml", &register);
            assert!(problems.is_empty() && register.checks.len() == 1, "{word}: {problems:?}");
        }
    }
}
