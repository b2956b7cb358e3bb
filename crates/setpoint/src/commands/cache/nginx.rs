//! `setpoint cache nginx`: the configuration that the cache rules mean.

use super::check;
use crate::cli::SiteArguments;
use crate::command_error::{CommandError, Exit};
use crate::survey;
use crate::terminal::Ui;
use setpoint_capture::{Libraries, Processes};
use setpoint_checks::cache;

/// Write the configuration of nginx that the cache rules mean
///
/// It belongs into `http`: a map for each bypass, the cache, and a server with a location for each rule, in their order.
/// Merge the locations into a server that is there already. With `--check` nothing is written: the configuration in
/// place is looked at, and fails where it does otherwise than the rules say.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint cache nginx > shop-cache.conf
  setpoint cache nginx --pass http://127.0.0.1:9000
  setpoint cache nginx --check              does the one in place mean the same?")]
pub(super) struct Args {
    /// Say whether the configuration in place means the same
    #[arg(long, conflicts_with = "pass")]
    check: bool,
    /// Where the service listens
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8000", value_parser = address)]
    pass: String,
    #[command(flatten)]
    site: SiteArguments,
}

/// What nginx takes behind `proxy_pass` and no more, so that nothing else gets into the configuration.
fn address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let is_name = |rest: &str| {
        !rest.is_empty() && rest.chars().all(|letter| letter.is_ascii_alphanumeric() || ".-_:[]/".contains(letter))
    };
    match rest {
        Some(rest) if is_name(rest) => Ok(text.to_owned()),
        Some(_) | None => Err("expected `http://HOST:PORT`".to_owned()),
    }
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    if args.check {
        return check::in_nginx(ui, &args.site);
    }
    let survey = survey::take(ui, &args.site, Processes::LeftOut, Libraries::LeftOut)?;
    let rules = check::rules(&survey)?;
    let begun = survey.begin(ui);
    let name = survey.register.as_ref().and_then(|register| register.service.as_ref()).map(|service| &service.name);
    let letters = name.into_iter().flat_map(|name| name.chars());
    let zone: String =
        letters.map(|letter| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' }).collect();
    let zone = if zone.is_empty() { "service".to_owned() } else { zone };
    ui.print(&cache::configuration(rules, &zone, &args.pass)?)?;
    Ok(begun)
}
