use super::Entry;
use crate::fields::Fields;
use crate::shapes::{
    Anything, ByteCount, FileMode, Flag, OneOrMany, Pairs, Pattern, RegularExpression, Said, Text, Time, Whole, Word,
};
use setpoint_model::register::{CommandCheck, DiskCheck, FileCheck, LogCheck, ProcessCheck, UnitCheck};

impl Entry for UnitCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let unit = fields.required("unit", Pattern::UNIT);
        fields.at_least_one_of(&["state", "enabled", "active_for", "restarts_at_most", "properties"]);
        let state = fields.optional("state", Word::new());
        let enabled = fields.optional("enabled", Flag);
        let active_for = fields.optional("active_for", Time);
        let restarts_at_most = fields.optional("restarts_at_most", Whole::between(0, u32::MAX));
        let properties = fields.optional("properties", Pairs(Anything)).unwrap_or_default();
        Some(UnitCheck { unit: unit?, state, enabled, active_for, restarts_at_most, properties })
    }
}

impl Entry for ProcessCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let process = fields.required("process", RegularExpression);
        let at_least = fields.optional("at_least", Whole::between(0, 100_000)).unwrap_or(1);
        let at_most = fields.optional("at_most", Whole::between(0, 100_000));
        let user = fields.optional("user", Text);
        let open_files_at_most = fields.optional("open_files_at_most", Whole::between(1, u32::MAX));
        let memory_at_most = fields.optional("memory_at_most", ByteCount);
        if at_most.is_some_and(|most| most < at_least) {
            let what = format!("there cannot be {at_least} processes or more and fewer at the same time");
            fields.senseless("at_most", what, "`at_most` no smaller than `at_least`, which is 1 where it is left out");
        }
        Some(ProcessCheck { process: process?, at_least, at_most, user, open_files_at_most, memory_at_most })
    }
}

impl Entry for FileCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let file = fields.required("file", Pattern::PATH);
        let check = FileCheck {
            file: String::new(),
            exists: fields.optional("exists", Flag).unwrap_or(true),
            is: fields.optional("is", Word::new()),
            mode: fields.optional("mode", FileMode),
            user: fields.optional("user", Text),
            group: fields.optional("group", Text),
            text: fields.optional("text", OneOrMany(Said)).unwrap_or_default(),
            age_at_most: fields.optional("age_at_most", Time),
            size_at_most: fields.optional("size_at_most", ByteCount),
            sha256: fields.optional("sha256", Pattern::SHA256),
        };
        Some(FileCheck { file: file?, ..check })
    }
}

impl Entry for CommandCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let command = fields.required("command", Text);
        let folder = fields.optional("folder", Pattern::PATH);
        let exit = fields.optional("exit", Whole::between(0, 255)).unwrap_or(0);
        let stdout = fields.optional("stdout", OneOrMany(Said)).unwrap_or_default();
        let stderr = fields.optional("stderr", OneOrMany(Said)).unwrap_or_default();
        let within = fields.optional("within", Time);
        Some(CommandCheck { command: command?, folder, exit, stdout, stderr, within })
    }
}

impl Entry for LogCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let log = fields.required("log", Pattern::LOG);
        fields.at_least_one_of(&["present", "absent"]);
        let present = fields.optional("present", RegularExpression);
        let absent = fields.optional("absent", RegularExpression);
        let last = fields.optional("last", Time).unwrap_or(LogCheck::LAST);
        Some(LogCheck { log: log?, present, absent, last })
    }
}

impl Entry for DiskCheck {
    fn read(fields: &mut Fields<'_, '_>) -> Option<Self> {
        let disk = fields.required("disk", Pattern::PATH);
        fields.at_least_one_of(&["free_at_least", "used_at_most", "inodes_used_at_most"]);
        let free_at_least = fields.optional("free_at_least", ByteCount);
        let used_at_most = fields.optional("used_at_most", Whole::between(1, 99));
        let inodes_used_at_most = fields.optional("inodes_used_at_most", Whole::between(1, 99));
        Some(DiskCheck { disk: disk?, free_at_least, used_at_most, inodes_used_at_most })
    }
}
