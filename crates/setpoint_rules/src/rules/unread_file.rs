//! ## What it finds
//!
//! A file of variables, a `.env` as a rule, that nothing was seen to read: no code loads it (`load_dotenv()`,
//! pydantic-settings' `env_file`, `read_env()`, python-decouple, Starlette's `Config`), no unit or compose file
//! names it, no server is told to load it (`uvicorn --env-file`, `flask run` with python-dotenv), and no command of
//! the deployment names it, a line of a crontab among them (`. /etc/shop.env && python -m shop.sync`).
//!
//! It is a warning where the file sets a variable that the code reads, and a note elsewhere: the file may be another
//! program's. It says nothing where part of the code was not understood, since that part may load the file. A shell
//! script that sources it is seen where a crontab runs it, and not elsewhere.
//!
//! ## Why it hurts
//!
//! The file looks as if it set something. Whoever edits it and restarts the service sees no effect, and the defaults
//! of the code are in production without anybody having chosen them.
//!
//! ## Example
//!
//! ```ini
//! # .env; shop/settings.py reads os.environ["SHOP_POOL_SIZE"], and nothing loads the file
//! SHOP_POOL_SIZE=20
//! ```
//!
//! ## What to do
//!
//! Have it read, by `EnvironmentFile=` of the unit, by `env_file=` of the settings class or by `load_dotenv()`; or
//! delete it.

use crate::{Facts, Report, Rule};
use setpoint_model::{NamedDefault, Place, Severity, UnreadFile, is_secret_name};

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    if !facts.is_code_understood() {
        return;
    }
    for unread in &facts.snapshot.site.unread_files {
        let read = |name: &&String| facts.snapshot.defaults.iter().any(|default| is_read(default, name));
        let wanted: Vec<&str> = unread.variables.iter().filter(read).map(String::as_str).collect();
        report.unread_file(rule, unread, &wanted);
    }
}

fn is_read(default: &NamedDefault, variable: &str) -> bool {
    default.mechanism.reads_variables() && default.is_called(variable)
}

impl Report {
    fn unread_file(&mut self, rule: &Rule, unread: &UnreadFile, wanted: &[&str]) {
        let file = &unread.file;
        let sets = match wanted {
            [] => String::new(),
            [one] => format!(", though it sets `{one}`, which the code reads"),
            [first, others @ ..] => {
                format!(", though it sets `{first}` and {} more, which the code reads", others.len())
            }
        };
        let holds_secret = unread.variables.iter().any(|variable| is_secret_name(variable));
        let secret = if holds_secret { "; it holds a secret" } else { "" };
        let draft = self
            .add(rule, format!("nothing reads `{file}`{sets}{secret}"), "a file that the code, a unit or a server loads")
            .about(file)
            .at(&Place::file(file))
            .hint("have it read, by `EnvironmentFile=`, `env_file=` or `load_dotenv()`, or delete it");
        if wanted.is_empty() {
            draft.severity(Severity::Note);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const SITE: &str = "
        SHOP_POOL_SIZE    environ
          code              5     shop/settings.py:12
        SHOP_SECRET_KEY   environ secret
          code              -     shop/settings.py:13
        unread .env SHOP_OLD SHOP_POOL_SIZE SHOP_SECRET_KEY
        unread web/.env VITE_URL
    ";

    #[test]
    fn one_that_was_meant_for_the_code_and_one_that_may_be_another_program_s() {
        assert_snapshot!(findings("unread-file", SITE), @"
        warning: nothing reads `.env`, though it sets `SHOP_POOL_SIZE` and 1 more, which the code reads; it holds a secret
          --> .env:1
          expected: a file that the code, a unit or a server loads
          hint: have it read, by `EnvironmentFile=`, `env_file=` or `load_dotenv()`, or delete it
        note: nothing reads `web/.env`
          --> web/.env:1
          expected: a file that the code, a unit or a server loads
          hint: have it read, by `EnvironmentFile=`, `env_file=` or `load_dotenv()`, or delete it
        ");
    }

    #[test]
    fn silent_where_the_code_is_not_understood() {
        assert_snapshot!(findings("unread-file", &format!("{SITE}\nbroken shop/old.py:8")), @"");
    }
}
