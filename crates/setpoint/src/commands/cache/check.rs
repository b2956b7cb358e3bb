//! `setpoint cache check`: the cache rules against their examples, nginx's configuration and the live server.

use crate::assertions::{scrub, with_scene};
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::commands::check::{Format, monitored, tell_programs};
use crate::report::verdict::Verdict;
use crate::report::{nagios, outcomes, problem, text};
use crate::survey::{self, Survey};
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes, nginx_configurations};
use setpoint_checks::cache;
use setpoint_model::register::{CacheRule, Register};
use setpoint_model::{Finding, Outcome, Problem, Retry, Severity, nearest};

/// Judge the cache rules: on paper, in nginx's files, and live
///
/// On paper each rule is held against the examples beside it: contradictions, examples that no rule covers, conditions
/// that none shows, rules that never decide. In nginx's configuration, that of the machine or of the folder, is looked
/// up what becomes of each example, of each bypass, and of requests that must not share an answer. What only code or
/// the service itself decides is skipped, and the report says what that is.
///
/// With `--environment` the server at its `url` is asked. Each probe has a parameter `setpoint-probe` of its own in the
/// query, so that no entry of a visitor is touched; methods that may change something are sent only where the rule says
/// `may_send`. A hit is what a header says, of nginx, Varnish, Caddy, Cloudflare, Fastly or RFC 9211, what the probe's own
/// line in an access log says, or what the service would have made anew, and is never guessed.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint cache check                      all rules of the register
  setpoint cache check 'catalog pages'      one of them
  setpoint cache check --environment production      and against the live server
  setpoint cache check --format junit       for a CI system")]
pub(super) struct Args {
    /// A cache rule of the register [default: all]
    #[arg(value_name = "RULE")]
    rules: Vec<String>,
    #[command(flatten)]
    site: SiteArguments,
    /// A report for people or for a program
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    match (judge(ui, args, Stages::All), args.format) {
        (Err(CommandError::Stopped { problems, .. }), Format::Nagios) => monitored(ui, nagios::stopped(&problems)),
        (ended, _) => ended,
    }
}

/// Whether the configuration in place means what the rules do.
pub(super) fn in_nginx(ui: &Ui<'_>, site: &SiteArguments) -> Result<Exit, CommandError> {
    judge(ui, &Args { rules: Vec::new(), site: site.clone(), format: Format::Text }, Stages::InNginx)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stages {
    All,
    InNginx,
}

fn judge(ui: &Ui<'_>, args: &Args, asked: Stages) -> Result<Exit, CommandError> {
    let survey = survey::take(ui, &args.site, Processes::LeftOut, Libraries::LeftOut)?;
    let rules = rules(&survey)?;
    survey.begin(ui);
    exist(&args.rules, rules)?;
    let (configurations, problems) = nginx_configurations(ui.host, &survey.snapshot.site);
    let environment = survey.snapshot.site.environment.as_deref();
    let register = survey.register.as_ref();
    let url = register.zip(environment).and_then(|(register, name)| register.environment(name)?.url.as_deref());
    if asked == Stages::InNginx && configurations.is_empty() {
        let what = "no configuration of nginx was found";
        let expected = "the one of the machine, or a copy in the folder";
        return Err(Problem::input(what, expected, Retry::SafeOnceMended).into());
    }
    let mut stages = Vec::new();
    if asked == Stages::All {
        stages.push(cache::on_paper(rules));
    }
    if !configurations.is_empty() {
        stages.push(cache::in_nginx(&configurations, rules, url));
    }
    if asked == Stages::All && url.is_some() {
        let named = register.zip(environment).and_then(|(register, name)| register.environment(name));
        stages.push(with_scene(ui, &survey, named, |scene| cache::live(scene, rules, &configurations)));
    }
    let mut outcomes = by_rule(stages);
    outcomes.retain(|outcome| args.rules.is_empty() || args.rules.contains(&outcome.check));
    if let Some(register) = register {
        setpoint_rules::waive(&mut outcomes, register, environment, ui.host.now().date());
    }
    outcomes.iter_mut().for_each(|outcome| scrub(outcome, &survey));
    let asked_live = asked == Stages::All && (url.is_some() || !has_url(register));
    let findings = of_waivers(ui, &survey, &outcomes, asked_live && !configurations.is_empty());
    let verdict = Verdict::of_outcomes(&survey, outcomes, findings, &problems);
    let told = tell(ui, args.format, &survey, &verdict)?;
    if matches!(args.format, Format::Text) {
        problem::report(ui, Severity::Warning, &survey.root, &problems, &survey.secrets());
        if configurations.is_empty() {
            ui.say("no configuration of nginx was found, and so none was judged");
        }
        if asked == Stages::All && url.is_none() {
            ui.say("no server was asked: `--environment NAME` says where, if that has a `url`");
        }
    }
    Ok(told.unwrap_or_else(|| verdict.exit().max(Exit::of(&survey.register_problems))))
}

/// What the rules say of waivers of the cache rules that were judged. Where a stage was left out, nobody knows whether a waiver
/// accepts what that would find.
fn of_waivers(ui: &Ui<'_>, survey: &Survey, outcomes: &[Outcome], is_whole: bool) -> Vec<Finding> {
    let is_meant = |name: &str| outcomes.iter().any(|outcome| outcome.check == name);
    let mut findings = setpoint_rules::judge_waivers_of(survey.facts(ui).knowing(outcomes), is_meant);
    findings.retain(|finding| survey.may_ask(finding.code) && (is_whole || finding.name != "unused-waiver"));
    findings
}

/// True if some environment of the register can be asked.
fn has_url(register: Option<&Register>) -> bool {
    register.is_some_and(|register| register.environments.iter().any(|environment| environment.url.is_some()))
}

fn tell(ui: &Ui<'_>, format: Format, survey: &Survey, verdict: &Verdict<'_>) -> Result<Option<Exit>, CommandError> {
    if !matches!(format, Format::Text) {
        return tell_programs(ui, format, verdict);
    }
    let found = text::findings(ui, survey, verdict);
    let section = outcomes::section(ui, &verdict.outcomes, survey.register.as_ref());
    let summary = outcomes::summary(&verdict.outcomes).unwrap_or_default();
    ui.print(&format!("{found}{section}\n{summary}\n"))?;
    Ok(None)
}

/// What is said of a rule stands together, whatever the stage.
fn by_rule(stages: Vec<Vec<Outcome>>) -> Vec<Outcome> {
    let mut outcomes: Vec<(usize, Outcome)> =
        stages.into_iter().flat_map(|stage| stage.into_iter().enumerate()).collect();
    outcomes.sort_by_key(|(number, _)| *number);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

/// The cache rules of the register; an error where it has none, since a check of nothing would pass.
pub(super) fn rules(survey: &Survey) -> Result<&[CacheRule], CommandError> {
    let rules = survey.register.as_ref().map(|register| register.caches.as_slice()).unwrap_or_default();
    if !rules.is_empty() {
        return Ok(rules);
    }
    if !survey.register_problems.is_empty() {
        return Err(survey.register_problems.clone().into());
    }
    let what = format!("`{}` has no cache rule", survey.register_file.display());
    let problem = Problem::input(what, "`[cache.NAME]` with `match`, `ttl` and examples", Retry::SafeOnceMended);
    Err(problem.into())
}

/// An error where a rule that was named is not there.
fn exist(names: &[String], rules: &[CacheRule]) -> Result<(), CommandError> {
    let known = || rules.iter().map(|rule| rule.name.as_str());
    let Some(name) = names.iter().find(|name| !known().any(|known| known == name.as_str())) else { return Ok(()) };
    let what = format!("the register has no cache rule `{name}`");
    let problem = Problem::input(what, "a cache rule of the register", Retry::SafeOnceMended);
    Err(match nearest(name, known()) {
        Some(near) => problem.hint(format!("did you mean `{near}`?")),
        None => problem.hint(format!("the cache rules are {}", known().collect::<Vec<_>>().join(", "))),
    }
    .into())
}
