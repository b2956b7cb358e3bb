//! `setpoint cache explain`: one request, and why it is cached or not.

use crate::assertions::{scrub_failure, scrub_text, with_scene};
use crate::cli::{Format, SiteArguments};
use crate::command_error::{CommandError, Exit};
use crate::report::columns::wrapped;
use crate::report::json_text;
use crate::survey;
use crate::terminal::{STRONG, Ui, styled, visible};
use setpoint_capture::{Libraries, Processes, nginx_configurations};
use setpoint_checks::cache::{self, Said};
use setpoint_model::Problem;

/// Explain why one request is cached or not
///
/// Says which rule decides, which bypass holds, what nginx's configuration makes of it and where that stands. Where the
/// URL names a host, or `--environment` one with a `url`, the request is sent as it is, and what came back is explained:
/// what the cache says that it did, and what RFC 9111 allows a shared cache. Methods that may change something are not
/// sent.
#[derive(clap::Args, Debug)]
#[command(after_help = "\
Examples:
  setpoint cache explain /catalog/1
  setpoint cache explain /catalog/1 --header 'Cookie: session=1'
  setpoint cache explain https://shop.example/catalog/1")]
pub(super) struct Args {
    /// A URL, or a path below the environment's
    #[arg(value_name = "URL", value_parser = target)]
    url: String,
    /// A header of the request: `NAME: VALUE`; can be given several times
    #[arg(long, value_name = "HEADER", value_parser = header)]
    header: Vec<(String, String)>,
    /// The method of the request
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    method: String,
    #[command(flatten)]
    site: SiteArguments,
    /// Lines for people, or the same as JSON
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

fn target(text: &str) -> Result<String, String> {
    let is_one = text.starts_with('/') || text.starts_with("http://") || text.starts_with("https://");
    if is_one { Ok(text.to_owned()) } else { Err("expected a path such as `/catalog/1`, or a URL".to_owned()) }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or_else(|| "expected `NAME: VALUE`".to_owned())?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

pub(super) fn run(ui: &Ui<'_>, args: &Args) -> Result<Exit, CommandError> {
    let survey = survey::take(ui, &args.site, Processes::LeftOut, Libraries::LeftOut)?;
    let rules = super::check::rules(&survey)?;
    let begun = survey.begin(ui);
    let (configurations, _) = nginx_configurations(ui.host, &survey.snapshot.site);
    let name = survey.snapshot.site.environment.as_deref();
    let environment = survey.register.as_ref().zip(name).and_then(|(register, name)| register.environment(name));
    let explained = with_scene(ui, &survey, environment, |scene| {
        cache::explain(scene, rules, &configurations, (&args.method, &args.url), &args.header)
    });
    let mut said = explained.map_err(|mut failure| {
        scrub_failure(&mut failure, &survey);
        Problem::machine(failure.message, failure.expected, failure.retry)
    })?;
    said.iter_mut().for_each(|said| scrub_text(&mut said.text, &survey));
    ui.print(&match args.format {
        Format::Text => table(ui, &said),
        Format::Json => json_text(&said)?,
    })?;
    Ok(begun)
}

/// Who says it, and beside that the sentence, broken to the line.
fn table(ui: &Ui<'_>, said: &[Said]) -> String {
    const INDENT: usize = 10;
    let line = |said: &Said| {
        let label = format!("{:INDENT$}", said.of);
        // The label is styled when the line is broken already, since a style has no width.
        let sentence = wrapped(&visible(&said.text), ui.width.saturating_sub(INDENT), 0);
        let sentence = sentence.trim_end().replace('\n', &format!("\n{:INDENT$}", ""));
        format!("{}{sentence}\n", styled(STRONG, label))
    };
    said.iter().map(line).collect()
}
