//! What a rehearsal is to do, what it has shown, and which there were.

use crate::report::columns::{Cell, Fit, Layout};
use crate::terminal::{ERROR, Ui, styled, visible};
use anstyle::{AnsiColor, Style};
use setpoint_change::{Copied, Plan, Proof, Settle};
use setpoint_model::register::Environment;

const PROVEN: Style = AnsiColor::Green.on_default().bold();

/// What is copied, and what is run.
pub(crate) fn plan(environment: &Environment, copied: &Copied, plan: &Plan) -> String {
    let mut text = String::new();
    for (from, to) in &copied.pairs {
        text += &format!("copy  {} → {}\n", from.display(), to.display());
    }
    for file in &copied.left_out {
        text += &format!("leave {}: no file of {} stands for it\n", file.display(), environment.name);
    }
    if copied.plan.is_none() {
        text += &format!("      {} has it all already\n", environment.name);
    }
    for settle in &plan.settle {
        if let Settle::Command { forward, back, variables, .. } = settle {
            let variables: Vec<String> =
                variables.iter().map(|(name, value)| visible(&format!("{name}={value}"))).collect();
            text += &format!("run   {forward}\nback  {back}\nwith  {}\n", variables.join(" "));
        }
    }
    if !copied.differing.is_empty() {
        text += &format!("otherwise than in production: {}\n", copied.differing.join(", "));
    }
    let guarded: Vec<String> = plan.guards.iter().map(|guard| format!("keep  {}\n", guard.path.display())).collect();
    text + &guarded.concat() + &format!("watched for {} s before the way back\n", plan.window.as_secs())
}

/// What it has shown.
pub(crate) fn proof(proof: &Proof) -> String {
    let mut text = format!("{}\n", verdict(proof));
    for why in &proof.void {
        text += &format!("  {}\n", visible(why));
    }
    for compared in &proof.compared {
        text += &format!("  compared: {compared}\n");
    }
    text
}

fn verdict(proof: &Proof) -> String {
    if proof.holds() {
        styled(PROVEN, format_args!("the way back works: rehearsal {}", proof.id))
    } else {
        styled(ERROR, format_args!("no proof: rehearsal {}", proof.id))
    }
}

/// A line for each, and under one that proves nothing why.
pub(crate) fn list(ui: &Ui<'_>, proofs: &[Proof]) -> String {
    if proofs.is_empty() {
        return "nothing was rehearsed on this machine\n".to_owned();
    }
    let row = |proof: &Proof| {
        let at = proof.at.to_string().chars().take(16).collect::<String>().replace('T', " ");
        let (style, word) = if proof.holds() { (PROVEN, "proven") } else { (ERROR, "void") };
        let what = format!("{} in {}", proof.commands.deploy, proof.environment);
        [Cell::plain(&proof.id.to_string()), Cell::plain(&at), Cell::new(style, word), Cell::plain(&visible(&what))]
    };
    let rows: Vec<[Cell; 4]> = proofs.iter().map(row).collect();
    let layout = Layout::of(&rows, [Fit::Whole(6), Fit::Whole(16), Fit::Whole(6), Fit::Cut(20)], ui.width);
    let mut text = String::new();
    for (row, proof) in rows.iter().zip(proofs) {
        text += &layout.row(row);
        text.extend(proof.void.iter().map(|why| format!("        {}\n", visible(why))));
    }
    text
}
