//! `setpoint explain`: one default with every place that gives it a value, one rule, or what rules there are.

use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::defaults::Extent;
use crate::report::explanation::{self, Explanation, RulePage};
use crate::report::rule_list::{self, ListedRule};
use crate::report::{json_text, page, problem};
use crate::survey::{self, Survey};
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes};
use setpoint_model::{Problem, Retry};
use setpoint_rules::Rule;

/// Explain one default, or one rule; or list the rules
///
/// Of a default: every place that gives it a value, the strongest first, with the line it stands in; then its type,
/// its owner, why it is what it is, the result by which one sees that it is right, and how to get back. Values of
/// secrets are never shown. Of a rule: what it finds, why that hurts, and what to do.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint explain SHOP_POOL_SIZE
  setpoint explain uvicorn.timeout_keep_alive --unit shop.service
  setpoint explain SP006
  setpoint explain unknown-variable
  setpoint explain --all")]
pub(crate) struct Args {
    /// A default, a rule's code, or a rule's name
    #[arg(required_unless_present = "all", allow_hyphen_values = true)]
    name: Option<String>,
    /// List every rule, the worst faults first
    #[arg(long, conflicts_with = "name")]
    all: bool,
    #[command(flatten)]
    site: SiteArguments,
    /// Text for people, or the same as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

pub(crate) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let Some(name) = &args.name else { return list_rules(ui, args.format) };
    if let Some(rule) = setpoint_rules::find(name) {
        ui.print(&match args.format {
            Format::Text => page::text(&rule.page(), ui.width),
            Format::Json => json_text(&RulePage::of(rule))?,
        })?;
        return Ok(Exit::Fine);
    }
    let survey = survey::take(ui, &args.site, Processes::LookedAt, Libraries::Read)?;
    let Some(default) = survey.snapshot.find(name) else {
        return Err(unknown(&survey, name, setpoint_rules::catalogue()).into());
    };
    let begun = survey.begin(ui);
    let findings = survey.findings(ui, &[]);
    ui.print(&match args.format {
        Format::Text => explanation::text(ui, &survey, default, &findings),
        Format::Json => json_text(&Explanation::of(&survey, default, &findings))?,
    })?;
    let unread: Vec<Problem> = survey.snapshot.unread().cloned().collect();
    problem::collected(ui, &survey.root, &unread, &survey.secrets(), Extent::Brief);
    Ok(begun)
}

fn list_rules(ui: &Ui<'_>, format: Format) -> Result<Exit, CommandError> {
    let rules = rule_list::worst_first();
    ui.print(&match format {
        Format::Text => rule_list::text(ui, &rules),
        Format::Json => json_text(&rules.into_iter().map(ListedRule::of).collect::<Vec<_>>())?,
    })?;
    Ok(Exit::Fine)
}

/// That there is no such default, or rule where rules may be meant too, with the names that are nearly so.
pub(super) fn unknown(survey: &Survey, name: &str, rules: &[Rule]) -> Problem {
    let defaults = survey.snapshot.defaults.iter();
    let defaults = defaults.flat_map(|default| std::iter::once(&default.name).chain(&default.aliases));
    let near = near(name, defaults.map(String::as_str).chain(rules.iter().flat_map(|rule| [rule.code, rule.name])));
    let (no, or) = if rules.is_empty() { ("default", "") } else { ("default or rule", ", or a rule's code or name") };
    let problem = Problem::input(
        format!("there is no {no} `{name}`"),
        format!("the name of a default of `{}`{or}", survey.snapshot.site.root),
        Retry::SafeOnceMended,
    );
    let is_like_a_code = name.strip_prefix("SP").is_some_and(|rest| rest.bytes().all(|byte| byte.is_ascii_digit()));
    match near.as_slice() {
        _ if is_like_a_code && !rules.is_empty() => problem.hint("`setpoint explain --all` lists every rule"),
        [] => problem.hint("`setpoint capture --all` lists every default"),
        near => problem.hint(format!("did you mean {}?", near.join(" or "))),
    }
}

/// At most three names that contain it, the shortest first, or are spelled nearly so, in backticks.
fn near<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<String> {
    let known: Vec<&str> = known.collect();
    let wanted = name.to_lowercase();
    let mut near: Vec<&str> = known.iter().filter(|known| known.to_lowercase().contains(&wanted)).copied().collect();
    near.sort_by_key(|known| known.len());
    for other in setpoint_model::near(name, known) {
        if !near.contains(&other) {
            near.push(other);
        }
    }
    near.dedup();
    near.into_iter().take(3).map(|known| format!("`{known}`")).collect()
}
