//! ## What it finds
//!
//! Parts of one service that go by different clocks: two processes with different `TZ`, or a schedule of Celery,
//! APScheduler or cron that goes by another time zone than the application or than another schedule.
//!
//! ## Why it hurts
//!
//! The report of "yesterday" runs at 3:00, as the code says, which is 5:00 for the people who wait for it, and in
//! winter 4:00. A job that runs shortly after midnight works on the wrong day. Of two processes with different `TZ`
//! one writes `datetime.now()` into the database and the other compares it with its own: tokens that have not
//! expired are refused, and log lines of one request stand hours apart.
//!
//! ## Example
//!
//! ```python
//! TIME_ZONE = "Europe/Berlin"                                    # Django's settings
//! app = Celery("shop", broker=BROKER_URL)                        # which are not Celery's: it goes by UTC
//! app.conf.beat_schedule = {"report": {"task": "shop.report", "schedule": crontab(hour=3)}}
//! ```
//!
//! ## What to do
//!
//! Say the zone once and in the open: `app.conf.timezone`, or `config_from_object("django.conf:settings")`, with which
//! Celery takes Django's `TIME_ZONE`; `timezone=` of APScheduler; one `TZ` for all units. Or let all go by UTC, and
//! write schedules in it.
//!
//! Two zones that show the same time all year are one. A schedule counts only where it names an hour or a day. An
//! application on UTC whose schedule was given another zone is left alone, since that is a sound way to have it; where
//! both zones were written down it is a note. The machine's own zone is not known, and so nothing is said of a process
//! without `TZ`, of cron without `CRON_TZ`, of a systemd timer, or of an APScheduler without `timezone=`. Django sets
//! `TZ` to `TIME_ZONE` itself, so that with it the variable is not looked at.
//!
//! cronie goes by `CRON_TZ`. To Debian's cron, 3.0pl1, it is a variable like any other: it gives it to the command, and
//! goes by the machine's clock. `TZ` in a crontab concerns the commands alone in both.
//!
//! Sources: docs.celeryq.dev, `timezone` and `enable_utc`; `celery/app/base.py`, `Celery.timezone`;
//! `celery/app/utils.py`, `Settings.timezone`; apscheduler.readthedocs.io, `BaseScheduler`, `timezone`;
//! docs.djangoproject.com, `TIME_ZONE`; crontab(5) of cronie; Debian's package `cron` 3.0pl1-162, where neither the
//! program nor its crontab(5) has the name; tzset(3).

use crate::calls::caller;
use crate::report::names;
use crate::setting::Setting;
use crate::zone::Zone;
use crate::{Facts, Report, Rule};
use setpoint_model::{Layer, LibraryCall, Mechanism, Place, Severity, Value};

const CELERY: [&str; 2] = ["celery.Celery", "celery.app.base.Celery"];
const CELERY_CRONTAB: [&str; 1] = ["celery.schedules.crontab"];
const CRON_TRIGGER: [&str; 1] = ["apscheduler.triggers.cron.CronTrigger"];
const ZONE_INFO: [&str; 1] = ["zoneinfo.ZoneInfo"];
/// The zone of a crontab's schedules, to cronie.
const CRON_TZ: &str = "CRON_TZ";
const SCHEDULERS: &str = "apscheduler.schedulers.";
/// What tells an hour or a day in a schedule: by names, and by place in Celery's, whose first is the minute.
const HOURS_AND_DAYS: [&str; 12] =
    ["hour", "day_of_week", "day_of_month", "month_of_year", "day", "month", "week", "year", "1", "2", "3", "4"];

/// A clock that a part of the service goes by.
struct Clock<'a> {
    /// `Celery's schedule`
    whose: String,
    zone: Zone,
    /// The setting that says so.
    subject: &'a str,
    place: &'a Place,
    origin: Origin,
}

/// Who decided on a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Written,
    BuiltIn,
}

pub(super) fn judge(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    processes_differ(rule, facts, report);
    let application = application(facts);
    if application.as_ref().is_some_and(|clock| clock.zone.is_utc(facts.today)) {
        return;
    }
    let mut clocks: Vec<Clock<'_>> = application.into_iter().collect();
    clocks.extend(celery(facts));
    clocks.extend(scheduler(facts));
    clocks.extend(triggers(facts));
    clocks.extend(cron(facts));
    let Some((first, others)) = clocks.split_first() else { return };
    for other in others {
        if let Some(apart) = first.zone.apart(&other.zone, facts.today) {
            report.schedule_by_another_clock(rule, first, other, &apart);
        }
    }
}

/// Says which processes of one machine, or of one file that starts them, have another `TZ` than the first.
fn processes_differ(rule: &Rule, facts: Facts<'_>, report: &mut Report) {
    if django_zone(facts).is_some() {
        return;
    }
    let runs_code = facts.snapshot.site.processes.iter().filter(|process| process.program.is_some());
    let clocks = runs_code.filter_map(|process| {
        let (setting, zone) = zone_variable(facts, &process.name)?;
        let is_of_machine = process.name.ends_with(".service") || process.name.starts_with("cron:");
        // Files that start the service in other ways than units are for other machines.
        let started_by = if is_of_machine { "" } else { setting.place.file.as_str() };
        Some((started_by, process.name.as_str(), setting, zone))
    });
    let mut groups: Vec<(&str, Vec<&str>, Setting<'_>, Zone)> = Vec::new();
    for (started_by, name, setting, zone) in clocks {
        let same = groups.iter_mut().find(|(other, _, _, known)| {
            *other == started_by && known.apart(&zone, facts.today).is_none()
        });
        match same {
            Some((_, processes, _, _)) => processes.push(name),
            None => groups.push((started_by, vec![name], setting, zone)),
        }
    }
    for (at, (started_by, processes, setting, zone)) in groups.iter().enumerate() {
        let Some((_, first, first_setting, first_zone)) = groups[..at].iter().find(|(by, ..)| by == started_by) else {
            continue;
        };
        if let Some(apart) = first_zone.apart(zone, facts.today) {
            let sides = [(first.as_slice(), *first_setting), (processes.as_slice(), *setting)];
            report.processes_by_other_clocks(rule, sides, &apart);
        }
    }
}

/// What the environment that a process is started with has for `TZ`. Code that sets it later also has to call `tzset`.
fn zone_variable<'a>(facts: Facts<'a>, process: &str) -> Option<(Setting<'a>, Zone)> {
    let setting = facts.setting("TZ", process)?;
    let is_given = match setting.layer {
        Layer::Image | Layer::UnitEnvironment | Layer::EnvironmentFile | Layer::CommandLine | Layer::Process => true,
        Layer::Library
        | Layer::Code
        | Layer::ConfigurationFile
        | Layer::Dotenv
        | Layer::Unit
        | Layer::Proxy
        | Layer::Host => false,
    };
    Some((setting, Zone::named(&setting.text()).filter(|_| is_given)?))
}

/// Django's `TIME_ZONE`, whatever it is.
fn django_zone(facts: Facts<'_>) -> Option<&setpoint_model::NamedDefault> {
    let mut defaults = facts.snapshot.defaults.iter();
    defaults.find(|default| default.name == "TIME_ZONE" && default.mechanism == Mechanism::DjangoSettings)
}

/// The clock of what answers requests: Django's, else the `TZ` that all its servers have.
fn application(facts: Facts<'_>) -> Option<Clock<'_>> {
    if let Some(default) = django_zone(facts) {
        let setting = Setting::new(default, facts.effective(default)?.1).filter(|setting| !setting.is_built_in())?;
        return Some(Clock::written("the application", Zone::named(&setting.text())?, default.name.as_str(), setting.place));
    }
    let mut known = facts.servers().map(|server| zone_variable(facts, server.name()));
    let (setting, zone) = known.next()??;
    let agrees = |other: Option<(Setting<'_>, Zone)>| {
        other.is_some_and(|(_, other)| zone.apart(&other, facts.today).is_none())
    };
    known.all(agrees).then(|| Clock::written("the application", zone, setting.name, setting.place))
}

/// Celery's schedule, where it names an hour. It goes by its own `timezone`, else by Django's where it is given Django's
/// settings, else by UTC.
fn celery(facts: Facts<'_>) -> Option<Clock<'_>> {
    let schedule = facts.calls_of(&CELERY_CRONTAB).find(|call| names_an_hour(call))?;
    let setting = facts.general("celery.timezone")?;
    if !setting.is_none() {
        return Some(Clock::written("Celery's schedule", Zone::named(&setting.text())?, setting.name, setting.place));
    }
    let is_utc = facts.general("celery.enable_utc").and_then(Setting::switch) == Some(true);
    let has_an_object = facts.service_calls().any(|call| call.function.ends_with(".config_from_object"));
    if !is_utc || has_an_object {
        return None;
    }
    let place = facts.calls_of(&CELERY).next().map_or(&schedule.place, |call| &call.place);
    let origin = Origin::BuiltIn;
    Some(Clock { whose: "Celery's schedule".to_owned(), zone: Zone::named("UTC")?, subject: setting.name, place, origin })
}

/// The zone that all of APScheduler's schedulers are given, where a job of one names an hour and no zone of its own.
fn scheduler(facts: Facts<'_>) -> Option<Clock<'_>> {
    let is_cron = |call: &LibraryCall| {
        let argument = ["trigger", "0", "1"].iter().find_map(|name| call.argument(name));
        let method = call.function.rsplit('.').next();
        let trigger = match method {
            Some("add_job") => call.argument("1").or_else(|| call.argument("trigger")),
            Some("scheduled_job") => argument,
            _ => None,
        };
        trigger.and_then(|trigger| trigger.value.constant()).and_then(Value::as_text) == Some("cron")
    };
    let of_schedulers = || facts.service_calls().filter(|call| call.function.starts_with(SCHEDULERS));
    of_schedulers().find(|call| is_cron(call) && names_an_hour(call) && call.lacks("timezone"))?;
    let is_made = |call: &&LibraryCall| call.function.ends_with("Scheduler");
    let mut zones = of_schedulers().filter(is_made).map(|call| Some((zone_argument(facts, call)?, call)));
    let (zone, first) = zones.next()??;
    let agrees = |other: Option<(Zone, _)>| other.is_some_and(|(other, _)| zone.apart(&other, facts.today).is_none());
    zones.all(agrees).then(|| Clock::written("APScheduler", zone, "timezone", &first.place))
}

/// APScheduler's triggers with a zone of their own.
fn triggers(facts: Facts<'_>) -> impl Iterator<Item = Clock<'_>> {
    let calls = facts.calls_of(&CRON_TRIGGER).filter(|call| names_an_hour(call));
    calls.filter_map(move |call| {
        Some(Clock::written("a job of APScheduler", zone_argument(facts, call)?, "timezone", &call.place))
    })
}

/// The lines of crontabs that have a clock of their own.
fn cron(facts: Facts<'_>) -> impl Iterator<Item = Clock<'_>> {
    facts.snapshot.site.processes.iter().filter_map(move |process| {
        let line = process.name.strip_prefix("cron:")?;
        let setting = facts.setting(CRON_TZ, &process.name)?;
        Some(Clock::written(&format!("cron's line for `{line}`"), Zone::named(&setting.text())?, setting.name, setting.place))
    })
}

/// True if it says when on a day, or on which day, as opposed to every ten minutes.
fn names_an_hour(call: &LibraryCall) -> bool {
    let given = HOURS_AND_DAYS.iter().filter_map(|name| call.argument(name));
    let mut values = given.filter_map(|argument| argument.value.constant());
    values.any(|value| *value != Value::Null && !value.to_string().starts_with('*'))
}

/// The zone that a call is given as its `timezone`: as a name, as an object, or as the `ZoneInfo` of a name.
fn zone_argument(facts: Facts<'_>, call: &LibraryCall) -> Option<Zone> {
    if let Some(setting) = facts.given(call, &["timezone"], caller(call)).known() {
        return Zone::named(&setting.text());
    }
    let argument = call.argument("timezone")?;
    let around = call.place.span?;
    let is_the_argument = |inner: &&LibraryCall| {
        inner.place.file == call.place.file
            && inner.place.span.is_some_and(|span| {
                around.start < span.start && span.end <= around.end && span.end - span.start == argument.text.len()
            })
    };
    let inner = facts.calls_of(&ZONE_INFO).find(is_the_argument)?;
    Zone::named(&facts.given(inner, &["0", "key"], caller(inner)).known()?.text())
}

impl<'a> Clock<'a> {
    fn written(whose: &str, zone: Zone, subject: &'a str, place: &'a Place) -> Self {
        Self { whose: whose.to_owned(), zone, subject, place, origin: Origin::Written }
    }
}

impl Report {
    fn processes_by_other_clocks(&mut self, rule: &Rule, sides: [(&[&str], Setting<'_>); 2], apart: &str) {
        let [(first, first_zone), (others, zone)] = sides;
        let names = |processes: &[&str]| names(processes.iter().copied());
        self.add(
            rule,
            format!(
                "the clock of {} shows the time of {zone} (`TZ`) and that of {} the time of {first_zone}, {apart} apart",
                names(others),
                names(first),
                zone = zone.text(),
                first_zone = first_zone.text(),
            ),
            "one time zone for all processes of the service",
        )
        .about("TZ")
        .at(zone.place)
        .at(first_zone.place)
        .hint("set the same `TZ` for both, or none, so that both have the machine's");
    }

    fn schedule_by_another_clock(&mut self, rule: &Rule, first: &Clock<'_>, other: &Clock<'_>, apart: &str) {
        let built_in = first.origin == Origin::BuiltIn || other.origin == Origin::BuiltIn;
        let zone = |clock: &Clock<'_>| match clock.origin {
            // Not every cron goes by it, and whoever wrote it meant that.
            Origin::Written if clock.subject == CRON_TZ => {
                format!("{} (`{CRON_TZ}`, which Debian's cron ignores)", clock.zone.name)
            }
            Origin::Written => format!("{} (`{}`)", clock.zone.name, clock.subject),
            Origin::BuiltIn => format!("{}, since nothing sets `{}`", clock.zone.name, clock.subject),
        };
        let draft = self
            .add(
                rule,
                format!(
                    "{} goes by {}, and {} by {}: {apart} apart",
                    other.whose,
                    zone(other),
                    first.whose,
                    zone(first)
                ),
                "one time zone for the application and its schedules",
            )
            .about(other.subject)
            .at(other.place)
            .at(first.place)
            .hint(format!("say the zone of both in one place, or write the schedule's hours in {}", other.zone.name));
        if !built_in {
            draft.severity(Severity::Note);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    fn said(site: &str) -> String {
        findings("timezones-differ", &format!("today 2026-06-01\n{site}"))
    }

    const DJANGO: &str = "
        process web.service program=gunicorn app=shop.wsgi
        TIME_ZONE django-settings
          code  \"Europe/Berlin\"  shop/settings.py:9
        call celery.Celery shop/celery.py:4 0=shop
    ";
    const CELERY: &str = "
        celery.timezone celery
          library  null  celery/app/defaults.py:95
        celery.enable_utc celery
          library  true  celery/app/defaults.py:84
    ";
    const CRONTAB: &str = "
        call celery.schedules.crontab shop/celery.py:9 hour=3
    ";

    #[test]
    fn processes_of_one_machine_with_different_clocks() {
        assert_snapshot!(said("
            process web.service program=gunicorn app=shop.main:app
            process api.service program=uvicorn app=shop.api:app
            process worker.service program=celery app=shop
            process cron:shop.report program=python app=shop.report
            TZ unit-environment
              unit-environment  Europe/Berlin     web.service:2     web.service
              unit-environment  Europe/Paris      api.service:2     api.service
              unit-environment  UTC               worker.service:2  worker.service
              unit-environment  America/New_York  crontab:1         cron:shop.report
        "), @"
        warning: the clock of `cron:shop.report` shows the time of America/New_York (`TZ`) and that of `web.service` and `api.service` the time of Europe/Berlin, 5 h or 6 h apart
          --> crontab:1
          --> web.service:2
          expected: one time zone for all processes of the service
          hint: set the same `TZ` for both, or none, so that both have the machine's
        warning: the clock of `worker.service` shows the time of UTC (`TZ`) and that of `web.service` and `api.service` the time of Europe/Berlin, 1 h or 2 h apart
          --> worker.service:2
          --> web.service:2
          expected: one time zone for all processes of the service
          hint: set the same `TZ` for both, or none, so that both have the machine's
        ");
    }

    #[test]
    fn celery_that_is_given_no_zone() {
        assert_snapshot!(said(&format!("{DJANGO}{CELERY}{CRONTAB}")), @"
        warning: Celery's schedule goes by UTC, since nothing sets `celery.timezone`, and the application by Europe/Berlin (`TIME_ZONE`): 1 h or 2 h apart
          --> shop/celery.py:4
          --> shop/settings.py:9
          expected: one time zone for the application and its schedules
          hint: say the zone of both in one place, or write the schedule's hours in UTC
        ");
        // The servers' own zone is the application's, where there is no Django.
        assert_snapshot!(said(&format!("{CELERY}{CRONTAB}
            process api.service program=uvicorn app=shop.api:app
            TZ unit-environment
              unit-environment  Asia/Kolkata  api.service:2  api.service
        ")), @"
        warning: Celery's schedule goes by UTC, since nothing sets `celery.timezone`, and the application by Asia/Kolkata (`TZ`): 5 h 30 min apart
          --> shop/celery.py:9
          --> api.service:2
          expected: one time zone for the application and its schedules
          hint: say the zone of both in one place, or write the schedule's hours in UTC
        ");
    }

    #[test]
    fn schedules_that_were_given_different_zones() {
        assert_snapshot!(said(&format!("{DJANGO}{CRONTAB}
            process cron:shop.report program=python app=shop.report
            celery.timezone celery
              code  \"UTC\"  shop/settings.py:10
            CRON_TZ unit-environment
              unit-environment  America/New_York  crontab:1  cron:shop.report
            call apscheduler.schedulers.background.BackgroundScheduler shop/jobs.py:3@30-90 timezone=?
            call zoneinfo.ZoneInfo shop/jobs.py:3@60-61 0=Asia/Tokyo
            call apscheduler.schedulers.background.BackgroundScheduler.add_job shop/jobs.py:4 0=? 1=cron hour=3
            call apscheduler.triggers.cron.CronTrigger shop/jobs.py:5 hour=4 timezone=pytz.utc
        ")), @"
        note: cron's line for `shop.report` goes by America/New_York (`CRON_TZ`, which Debian's cron ignores), and the application by Europe/Berlin (`TIME_ZONE`): 5 h or 6 h apart
          --> crontab:1
          --> shop/settings.py:9
          expected: one time zone for the application and its schedules
          hint: say the zone of both in one place, or write the schedule's hours in America/New_York
        note: APScheduler goes by Asia/Tokyo (`timezone`), and the application by Europe/Berlin (`TIME_ZONE`): 7 h or 8 h apart
          --> shop/jobs.py:3
          --> shop/settings.py:9
          expected: one time zone for the application and its schedules
          hint: say the zone of both in one place, or write the schedule's hours in Asia/Tokyo
        note: a job of APScheduler goes by UTC (`timezone`), and the application by Europe/Berlin (`TIME_ZONE`): 1 h or 2 h apart
          --> shop/jobs.py:5
          --> shop/settings.py:9
          expected: one time zone for the application and its schedules
          hint: say the zone of both in one place, or write the schedule's hours in UTC
        note: Celery's schedule goes by UTC (`celery.timezone`), and the application by Europe/Berlin (`TIME_ZONE`): 1 h or 2 h apart
          --> shop/settings.py:10
          --> shop/settings.py:9
          expected: one time zone for the application and its schedules
          hint: say the zone of both in one place, or write the schedule's hours in UTC
        ");
    }

    #[test]
    fn silent_where_a_zone_is_not_known() {
        for site in [
            // The machine's own zone.
            "process web.service program=gunicorn\nprocess worker.service program=celery\nTZ unit-environment
             unit-environment UTC web.service:2 web.service",
            // A zone that is no name.
            "process web.service program=gunicorn\nprocess worker.service program=celery\nTZ unit-environment
             unit-environment UTC web.service:2 web.service
             unit-environment :/etc/localtime worker.service:2 worker.service",
            // A database beside the service is none of its processes, and a compose file is for another machine.
            "process web.service program=gunicorn\nprocess web program=gunicorn\nTZ unit-environment
             unit-environment UTC web.service:2 web.service
             unit-environment Europe/Berlin compose.yaml:9 web
             unit-environment Europe/Rome compose.yaml:19 db",
            // APScheduler takes the machine's.
            &format!("{DJANGO}
             call apscheduler.schedulers.background.BackgroundScheduler shop/jobs.py:3
             call apscheduler.schedulers.background.BackgroundScheduler.add_job shop/jobs.py:4 0=? 1=cron hour=3"),
            // Celery is not installed here.
            &format!("{DJANGO}{CRONTAB}"),
        ] {
            assert_eq!(said(site), "", "{site}");
        }
    }

    #[test]
    fn silent_where_the_clocks_agree_or_do_not_matter() {
        for site in [
            // Django sets the variable itself.
            format!("{DJANGO}
             process worker.service program=celery
             TZ unit-environment
             unit-environment UTC web.service:2 web.service
             unit-environment Asia/Tokyo worker.service:2 worker.service"),
            // Celery takes Django's zone with Django's settings.
            format!("{DJANGO}{CELERY}{CRONTAB}
             call celery.Celery.config_from_object shop/celery.py:5 0=django.conf:settings namespace=CELERY"),
            // Every ten minutes is every ten minutes everywhere.
            format!("{DJANGO}{CELERY}
             call celery.schedules.crontab shop/celery.py:9 minute=*/10
             call celery.schedules.crontab shop/celery.py:10 minute=0 hour=*/2"),
            // UTC within, and the people's zone for what they wait for.
            format!("{CRONTAB}{}
             celery.timezone celery
             code \"Asia/Tokyo\" shop/settings.py:10", DJANGO.replace("Europe/Berlin", "UTC")),
            format!("{CRONTAB}{DJANGO}
             celery.timezone celery
             code \"Europe/Paris\" shop/settings.py:10"),
        ] {
            assert_eq!(said(&site), "", "{site}");
        }
    }
}
