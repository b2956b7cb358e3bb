//! `docs/cli.md`: the help of every command, as the binary prints it.

use std::fmt::Write as _;

/// The page.
pub(crate) fn text(command: &clap::Command) -> String {
    let mut text = "# The command line\n\n\
        Made from the binary's own help by `cargo run -p xtask -- generate`.\n"
        .to_owned();
    section(command.clone().bin_name("setpoint"), "##", &mut text);
    for subcommand in command.get_subcommands() {
        let name = format!("setpoint {}", subcommand.get_name());
        section(subcommand.clone().bin_name(&name), "##", &mut text);
        for nested in subcommand.get_subcommands() {
            let name = format!("{name} {}", nested.get_name());
            section(nested.clone().bin_name(name), "###", &mut text);
        }
    }
    text
}

fn section(command: clap::Command, heading: &str, text: &mut String) {
    let mut command = command.term_width(80);
    let help = command.render_long_help().to_string();
    let name = command.get_bin_name().unwrap_or_default();
    let lines: Vec<&str> = help.trim_end().lines().map(str::trim_end).collect();
    let _ = write!(text, "\n{heading} `{name}`\n\n```text\n{}\n```\n", lines.join("\n"));
}
