//! How a change goes on, as a table: the state that it is in and what happened give the state that it is in then.

use crate::Step;

/// Where a change stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Nothing is written down yet.
    New,
    /// It is known what is to be done; nothing was done.
    Planned,
    /// What was there before is written down.
    Captured,
    /// The backup is safe: it was restored and compared.
    BackedUp,
    /// Between as found and as left: something may have been done, or all of it.
    Applying,
    /// As left, and watched.
    Applied,
    /// The watch ended well, or somebody confirmed.
    Watched,
    /// As left, for good.
    Kept,
    /// Between as left and as found.
    Undoing,
    /// As found, and that was compared.
    RolledBack,
    /// Undone as far as it went, and something is not as it was found.
    RolledBackUnverified,
    /// As found, since nothing was ever done.
    NeverApplied,
    /// The journal says what cannot follow. Nothing is done on such a ground.
    Stuck {
        /// Where it stood.
        at: &'static str,
        /// What was said to happen.
        on: &'static str,
    },
}

/// What can happen to a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It was planned.
    Planned,
    /// A step was begun, perhaps again.
    Started(Step),
    /// A step ended well.
    Done(Step),
    /// Something that changes no state: a command was run, the watch was made longer.
    Remarked,
    /// A step failed, or the process ended in the middle of it.
    Failed,
    /// Nothing is to be undone any more.
    Kept,
    /// Somebody wants a change back that was kept.
    UndoAsked,
    /// Everything was put back; whether it is as found.
    Restored {
        /// It was compared, and is.
        verified: bool,
    },
}

/// The state after something happened.
pub fn next(state: State, happening: Happening) -> State {
    use {Happening as H, State as S};
    match (state, happening) {
        (S::New, H::Planned) => S::Planned,
        (S::Planned, H::Done(Step::Capture)) => S::Captured,
        (S::Captured, H::Done(Step::Backup)) => S::BackedUp,
        (S::BackedUp, H::Started(Step::Test)) => S::Applying,
        (S::Applying, H::Done(Step::Test)) => S::Applied,
        (S::Applied, H::Done(Step::Watch)) => S::Watched,
        (S::Watched, H::Kept) => S::Kept,
        (S::Planned | S::Captured | S::BackedUp, H::Failed) => S::NeverApplied,
        (S::Applying | S::Applied | S::Watched, H::Failed) => S::Undoing,
        // A rehearsal ends with its way back.
        (S::Kept | S::Watched, H::UndoAsked) => S::Undoing,
        (S::Undoing, H::Restored { verified: true }) => S::RolledBack,
        (S::Undoing, H::Restored { verified: false }) => S::RolledBackUnverified,
        // Undoing can be tried again after a part of it was refused.
        (S::RolledBackUnverified | S::Undoing, H::UndoAsked) => S::Undoing,
        // A step is begun where it stands, and again after a crash; the note is written of what has ended.
        (state, H::Started(step)) if state.is_ready_for(step) => state,
        (state, H::Done(Step::Note)) if state.is_ended() => state,
        (state, H::Remarked) if state != S::New => state,
        (state, happening) => S::Stuck { at: state.name(), on: happening.name() },
    }
}

impl State {
    /// True where nothing goes on by itself any more.
    pub fn is_ended(self) -> bool {
        matches!(self, Self::Kept | Self::RolledBack | Self::RolledBackUnverified | Self::NeverApplied)
    }

    /// True where it has begun and not ended.
    pub fn is_pending(self) -> bool {
        self != Self::New && !self.is_ended()
    }

    /// True where the machine may be neither as found nor as left, so that whoever finds it so undoes.
    pub fn is_to_be_undone(self) -> bool {
        matches!(self, Self::Applying | Self::Applied | Self::Watched | Self::Undoing)
    }

    /// True where it was applied, or in a part, and is so no more.
    pub fn is_put_back(self) -> bool {
        matches!(self, Self::RolledBack | Self::RolledBackUnverified)
    }

    /// The steps that are still to be done on the way forward; one that was begun is done again.
    pub(crate) fn ahead(self) -> &'static [Step] {
        match self {
            Self::New | Self::Planned => &[Step::Capture, Step::Backup, Step::Test, Step::Watch],
            Self::Captured => &[Step::Backup, Step::Test, Step::Watch],
            Self::BackedUp | Self::Applying => &[Step::Test, Step::Watch],
            Self::Applied => &[Step::Watch],
            Self::Watched
            | Self::Kept
            | Self::Undoing
            | Self::RolledBack
            | Self::RolledBackUnverified
            | Self::NeverApplied
            | Self::Stuck { .. } => &[],
        }
    }

    fn is_ready_for(self, step: Step) -> bool {
        match step {
            Step::Capture => self == Self::Planned,
            Step::Backup => self == Self::Captured,
            Step::Test => self == Self::Applying,
            Step::Watch => self == Self::Applied,
            Step::Note => self.is_ended(),
        }
    }

    /// A word for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Planned => "planned",
            Self::Captured => "captured",
            Self::BackedUp => "backed up",
            Self::Applying => "being applied",
            Self::Applied => "applied, being watched",
            Self::Watched => "watched",
            Self::Kept => "applied and kept",
            Self::Undoing => "being rolled back",
            Self::RolledBack => "rolled back and verified",
            Self::RolledBackUnverified => "rolled back, not verified",
            Self::NeverApplied => "never applied",
            Self::Stuck { .. } => "stuck",
        }
    }
}

impl Happening {
    fn name(self) -> &'static str {
        match self {
            Self::Planned => "planned",
            Self::Started(_) => "step started",
            Self::Done(_) => "step done",
            Self::Remarked => "remark",
            Self::Failed => "failed",
            Self::Kept => "kept",
            Self::UndoAsked => "undo asked for",
            Self::Restored { .. } => "restored",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Happening as H, State, next};
    use crate::Step;

    const STEPS: [Step; 5] = [Step::Capture, Step::Backup, Step::Test, Step::Watch, Step::Note];
    const STATES: [State; 12] = [
        State::New,
        State::Planned,
        State::Captured,
        State::BackedUp,
        State::Applying,
        State::Applied,
        State::Watched,
        State::Kept,
        State::Undoing,
        State::RolledBack,
        State::RolledBackUnverified,
        State::NeverApplied,
    ];

    fn happenings() -> Vec<H> {
        let mut all = vec![H::Planned, H::Remarked, H::Failed, H::Kept, H::UndoAsked];
        all.extend([H::Restored { verified: true }, H::Restored { verified: false }]);
        all.extend(STEPS.iter().flat_map(|step| [H::Started(*step), H::Done(*step)]));
        all
    }

    /// Every row of the table that leads anywhere, so that a change of it is seen.
    #[test]
    fn the_whole_table() {
        let mut rows = String::new();
        for state in STATES {
            for happening in happenings() {
                let then = next(state, happening);
                if !matches!(then, State::Stuck { .. }) && then != state {
                    rows += &format!("{state:?} + {happening:?} = {then:?}\n");
                }
            }
        }
        insta::assert_snapshot!(rows, @"
    New + Planned = Planned
    Planned + Failed = NeverApplied
    Planned + Done(Capture) = Captured
    Captured + Failed = NeverApplied
    Captured + Done(Backup) = BackedUp
    BackedUp + Failed = NeverApplied
    BackedUp + Started(Test) = Applying
    Applying + Failed = Undoing
    Applying + Done(Test) = Applied
    Applied + Failed = Undoing
    Applied + Done(Watch) = Watched
    Watched + Failed = Undoing
    Watched + Kept = Kept
    Watched + UndoAsked = Undoing
    Kept + UndoAsked = Undoing
    Undoing + Restored { verified: true } = RolledBack
    Undoing + Restored { verified: false } = RolledBackUnverified
    RolledBackUnverified + UndoAsked = Undoing
    ");
    }

    #[test]
    fn nothing_leaves_a_dead_end() {
        let stuck = State::Stuck { at: "", on: "" };
        assert!(happenings().into_iter().all(|happening| matches!(next(stuck, happening), State::Stuck { .. })));
        let ends = [State::RolledBack, State::NeverApplied];
        for (end, happening) in ends.into_iter().flat_map(|end| happenings().into_iter().map(move |what| (end, what))) {
            let then = next(end, happening);
            assert!(then == end || matches!(then, State::Stuck { .. }), "{end:?} + {happening:?} = {then:?}");
        }
    }
}
