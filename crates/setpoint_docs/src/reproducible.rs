use setpoint_model::{Effective, Layer, NamedDefault, ProblemKind, ProcessState, Reading, Snapshot};

/// The same snapshot without what another checkout of the same tree would not show: the running process, the
/// machine and what it refused, and the files for which `is_private` says so (a developer's own `.env`, which git ignores). Where the
/// winning reading goes, the strongest that is left wins.
#[must_use]
pub fn reproducible(snapshot: &Snapshot, is_private: &dyn Fn(&str) -> bool) -> Snapshot {
    let stays = |reading: &Reading| match reading.layer {
        Layer::Process | Layer::Host => false,
        // A virtual environment is ignored by git, and yet the same for everyone who installs the locked versions.
        Layer::Library => true,
        Layer::Code
        | Layer::ConfigurationFile
        | Layer::Dotenv
        | Layer::Image
        | Layer::UnitEnvironment
        | Layer::EnvironmentFile
        | Layer::CommandLine
        | Layer::Unit
        | Layer::Proxy => !is_private(&reading.place.file),
    };
    let mut snapshot = snapshot.clone();
    snapshot.site.root.clear();
    // A checkout keeps no modes, and who may read the machine's own files is the machine's business.
    snapshot.site.readable_by_all.clear();
    snapshot.site.files.retain(|file| !is_private(file));
    snapshot.site.unread_files.retain(|unread| !is_private(&unread.file));
    // A file that git ignores is there for one person and not for the next.
    snapshot.site.absent_files.clear();
    for ProcessState { pid, live, needs_daemon_reload, .. } in &mut snapshot.site.processes {
        (*pid, *live, *needs_daemon_reload) = (None, false, false);
    }
    snapshot.defaults.retain_mut(|default| {
        let before = default.readings.len();
        default.readings.retain(&stays);
        if default.readings.len() < before {
            choose_again(default);
        }
        before == 0 || !default.readings.is_empty()
    });
    snapshot.problems.retain(|problem| match problem.kind {
        ProblemKind::Machine => false,
        ProblemKind::Input => problem.place.as_ref().is_none_or(|place| !is_private(&place.file)),
    });
    snapshot
}

/// Sets what is effective after readings went: an effective one whose reading is still there stays as it is.
fn choose_again(default: &mut NamedDefault) {
    let readings = &default.readings;
    let choice = |old: Option<&Effective>, process: Option<&str>| {
        let is_there = |effective: &&Effective| {
            readings.iter().any(|reading| reading.layer == effective.layer && reading.place == effective.place)
        };
        let concerns = |reading: &&Reading| reading.process.is_none() || reading.process.as_deref() == process;
        let strongest = readings.iter().rev().find(concerns).map(|reading| Effective {
            value: reading.value.clone(),
            layer: reading.layer,
            place: reading.place.clone(),
        });
        old.filter(is_there).cloned().or(strongest)
    };
    let effective = choice(default.effective.as_ref(), None);
    let per_process = default
        .per_process
        .iter()
        .filter_map(|(process, old)| Some((process.clone(), choice(Some(old), Some(process))?)))
        .filter(|(_, chosen)| effective.as_ref() != Some(chosen))
        .collect();
    (default.effective, default.per_process) = (effective, per_process);
}
