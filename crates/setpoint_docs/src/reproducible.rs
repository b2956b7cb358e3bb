use setpoint_model::{Origin, ProblemKind, ProcessState, Reading, SiteProcesses, Snapshot};

/// The same snapshot without what another checkout of the same tree would not show: the running process, the
/// machine and what it refused, and the files for which `is_private` says so (a developer's own `.env`, which git
/// ignores). What is effective is chosen among the readings that are left.
#[must_use]
pub fn reproducible(snapshot: &Snapshot, is_private: &dyn Fn(&str) -> bool) -> Snapshot {
    let stays = |reading: &Reading| match reading.layer.origin() {
        Origin::File => !is_private(&reading.place.file),
        Origin::Installation => true,
        Origin::Machine => false,
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
    let processes = SiteProcesses::of_files(&snapshot.site);
    snapshot.defaults.retain_mut(|default| {
        let before = default.readings.len();
        default.readings.retain(&stays);
        default.choose_again(&processes);
        before == 0 || !default.readings.is_empty()
    });
    snapshot.problems.retain(|problem| match problem.kind {
        ProblemKind::Machine => false,
        ProblemKind::Input => problem.place.as_ref().is_none_or(|place| !is_private(&place.file)),
    });
    snapshot
}
