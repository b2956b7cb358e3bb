//! Every rule, one line each, in the order of their codes. A code is never given to another fault.

use crate::{Facts, Report};
use setpoint_model::{Finding, Severity, nearest};

/// A line holds the code, the name, the usual severity, what the rule judges, and its file under `rules/`.
macro_rules! rules {
    ($($code:ident $name:literal $severity:ident $judge:ident $file:ident;)*) => {
        #[path = "rules"]
        mod rules {
            $(mod $file;)*

            pub(super) static RULES: &[super::Rule] = &[$(super::Rule {
                code: stringify!($code),
                name: $name,
                severity: super::Severity::$severity,
                source: include_str!(concat!("rules/", stringify!($file), ".rs")),
                judge: super::Judge::$judge($file::judge),
            }),*];
        }
    };
}

rules! {
    SP001 "undocumented"           Warning Site    undocumented;
    SP002 "drifted"                Error   Site    drifted;
    SP003 "stale-entry"            Warning Site    stale_entry;
    SP004 "incomplete-entry"       Warning Site    incomplete_entry;
    SP005 "restart-pending"        Warning Site    restart_pending;
    SP006 "unknown-variable"       Warning Site    unknown_variable;
    SP007 "wrong-type"             Error   Site    wrong_type;
    SP008 "shadowed"               Warning Site    shadowed;
    SP009 "required-unset"         Error   Site    required_unset;
    SP010 "secret-in-clear"        Error   Site    secret_in_clear;
    SP011 "secret-readable-by-all" Error   Site    secret_readable_by_all;
    SP012 "expired-waiver"         Warning Waivers expired_waiver;
    SP013 "unused-waiver"          Note    Waivers unused_waiver;
    SP014 "unknown-waiver"         Warning Waivers unknown_waiver;
    SP015 "comment-in-value"       Warning Site    comment_in_value;
    SP016 "specifier-in-value"     Warning Site    specifier_in_value;
    SP017 "unread-file"            Warning Site    unread_file;
    SP018 "ignored-key"            Warning Site    ignored_key;
    SP101 "keepalive-race"         Error   Site    keepalive_race;
    SP102 "proxy-gives-up-first"   Error   Site    proxy_gives_up_first;
    SP103 "worker-gives-up-first"  Warning Site    worker_gives_up_first;
    SP104 "stop-kills-requests"    Error   Site    stop_kills_requests;
    SP105 "body-limit-below-app"   Warning Site    body_limit_below_app;
    SP106 "forwarded-headers-from-anywhere" Error Site forwarded_headers_from_anywhere;
    SP107 "forwarded-headers-ignored" Warning Site forwarded_headers_ignored;
    SP108 "listens-on-every-interface" Warning Site listens_on_every_interface;
    SP109 "debug-in-production"    Error   Site    debug_in_production;
    SP110 "no-restart-policy"      Warning Site    no_restart_policy;
    SP111 "restart-gives-up"       Warning Site    restart_gives_up;
    SP112 "too-few-descriptors"    Warning Site    too_few_descriptors;
    SP113 "no-memory-limit"        Note    Site    no_memory_limit;
    SP114 "wrong-worker-class"     Error   Site    wrong_worker_class;
    SP115 "debug-log-level"        Warning Site    debug_log_level;
    SP116 "access-log-twice"       Note    Site    access_log_twice;
    SP117 "access-log-nowhere"     Warning Site    access_log_nowhere;
    SP118 "proxy-to-nobody"        Error   Site    proxy_to_nobody;
    SP119 "socket-open-to-all"     Warning Site    socket_open_to_all;
    SP120 "pool-above-max-connections" Error Site  pool_above_max_connections;
    SP121 "pool-recycle-above-idle-timeout" Warning Site pool_recycle_above_idle_timeout;
    SP122 "sqlite-without-wal"     Warning Site    sqlite_without_wal;
    SP123 "call-without-timeout"   Warning Site    call_without_timeout;
    SP124 "retry-outlives-request" Warning Site    retry_outlives_request;
    SP125 "visibility-timeout-too-short" Error Site visibility_timeout_too_short;
    SP126 "api-docs-open"          Note    Site    api_docs_open;
    SP127 "cors-any-origin-with-credentials" Error Site cors_any_origin_with_credentials;
    SP128 "cookie-flags"           Warning Site    cookie_flags;
    SP129 "timezones-differ"       Warning Site    timezones_differ;
    SP130 "health-touches-nothing" Note    Site    health_touches_nothing;
    SP131 "health-touches-others"  Note    Site    health_touches_others;
    SP133 "allowed-hosts-any"      Warning Site    allowed_hosts_any;
    SP134 "scheduler-in-each-worker" Error Site    scheduler_in_each_worker;
    SP135 "sessions-in-process-memory" Error Site  sessions_in_process_memory;
    SP136 "task-without-time-limit" Warning Site   task_without_time_limit;
    SP137 "missing-package"        Error   Site    missing_package;
    SP138 "missing-group"          Error   Site    missing_group;
    SP139 "missing-user"           Error   Site    missing_user;
    SP140 "missing-folder"         Error   Site    missing_folder;
    SP141 "missing-file"           Error   Site    missing_file;
    SP142 "missing-library"        Error   Site    missing_library;
    SP143 "missing-variable"       Warning Site    missing_variable;
    SP144 "missing-unit"           Error   Site    missing_unit;
}

/// A kind of fault, with its page.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// `SP006`; it never changes its meaning.
    pub code: &'static str,
    /// The fault's name: `unknown-variable`.
    pub name: &'static str,
    /// How much its findings usually matter; one of them may matter less or more.
    pub severity: Severity,
    pub(crate) source: &'static str,
    judge: Judge,
}

/// What a rule looks at.
#[derive(Clone, Copy, Debug)]
enum Judge {
    /// The site and what is documented of it.
    Site(fn(&Rule, Facts<'_>, &mut Report)),
    /// The register's waivers, after they were applied to what the other rules found.
    Waivers(fn(&Rule, Facts<'_>, &[Finding], &mut Report)),
}

/// Every rule, sorted by code.
pub fn catalogue() -> &'static [Rule] {
    rules::RULES
}

/// The rule of that code or name, whatever the case.
pub fn find(name: &str) -> Option<&'static Rule> {
    catalogue().iter().find(|rule| rule.is_called(name))
}

/// The code or name of a rule that `name` was most likely meant to be.
pub fn near(name: &str) -> Option<&'static str> {
    nearest(name, catalogue().iter().flat_map(|rule| [rule.name, rule.code]))
}

impl Rule {
    /// True if `name` is its code or name, whatever the case.
    pub fn is_called(&self, name: &str) -> bool {
        name.eq_ignore_ascii_case(self.code) || name.eq_ignore_ascii_case(self.name)
    }

    /// Its page in Markdown: what it finds, why it hurts, an example, what to do. It is the doc comment that opens
    /// the rule's file.
    pub fn page(&self) -> String {
        let lines = self.source.lines().map_while(|line| line.strip_prefix("//!"));
        let text: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        format!("# {} {}\n\n{}\n", self.code, self.name, text.join("\n"))
    }

    /// The page's first sentences: what it finds.
    pub fn summary(&self) -> String {
        let page = self.page();
        let after = page.lines().skip_while(|line| !line.starts_with("## ")).skip(1);
        let paragraph: Vec<&str> =
            after.skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty()).collect();
        paragraph.join(" ")
    }

    pub(crate) fn judge_site(&self, facts: Facts<'_>, report: &mut Report) {
        match self.judge {
            Judge::Site(judge) => judge(self, facts, report),
            Judge::Waivers(_) => {}
        }
    }

    pub(crate) fn judge_waivers(&self, facts: Facts<'_>, findings: &[Finding], report: &mut Report) {
        match self.judge {
            Judge::Waivers(judge) => judge(self, facts, findings, report),
            Judge::Site(_) => {}
        }
    }
}
