use crate::entries::Entry as _;
use crate::fields::Fields;
use crate::report::Report;
use crate::{references, syntax, unsound};
use setpoint_model::Problem;
use setpoint_model::register::{Documentation, Register, UnsoundCheck};

/// Reads a register. Every problem is found at once, in the order of the file, and whatever is sound is in the
/// register; an entry is left out only where something that it cannot be without is missing or wrong, and a check, which
/// would be run as something that nobody wrote, wherever something is. `file` is the name for messages.
pub fn load(file: &str, text: &str) -> (Register, Vec<Problem>) {
    let mut report = Report::new(file, text);
    let (mut register, checks) = read(file, text, &mut report);
    let is_lost = |check: &&UnsoundCheck| register.checks.iter().all(|read| read.place != check.place);
    let lost: Vec<&str> = checks.iter().filter(is_lost).map(|check| check.name.as_str()).collect();
    references::check(&register, &lost, &mut report);
    unsound::set_apart(&mut register, checks, text, report.reported());
    (register, report.into_problems())
}

/// The register as its entries declare it, before they are compared with one another, and what is to be known of each check
/// where its entry turns out to be wrong.
pub(crate) fn read(file: &str, text: &str, report: &mut Report) -> (Register, Vec<UnsoundCheck>) {
    let table = syntax::parse(text, report);
    let mut fields = Fields::over_root::<Register>(&table, report);
    let register = Register::read(&mut fields).unwrap_or_default();
    fields.finish();
    let mut register = Register { file: file.to_owned(), ..register };
    let mut checks = report.take_checks();
    checks.extend(unsound::without_table(&table, &checks, report));
    fill_in_owner(&mut register, &mut checks);
    (register, checks)
}

/// The service's owner answers for every entry that names nobody.
fn fill_in_owner(register: &mut Register, unsound: &mut [UnsoundCheck]) {
    let Some(owner) = register.service.as_ref().and_then(|service| service.owner.clone()) else { return };
    let defaults = register.defaults.iter_mut().map(|entry| &mut entry.documentation);
    let checks = register.checks.iter_mut().map(|entry| &mut entry.documentation);
    let unsound = unsound.iter_mut().map(|entry| &mut entry.documentation);
    let caches = register.caches.iter_mut().map(|entry| &mut entry.documentation);
    let jobs = register.jobs.iter_mut().map(|entry| &mut entry.documentation);
    let release = register.release.iter_mut().map(|entry| &mut entry.documentation);
    let backup = register.backup.iter_mut().map(|entry| &mut entry.documentation);
    let waivers = register.waivers.iter_mut().map(|waiver| &mut waiver.owner);
    defaults
        .chain(checks)
        .chain(unsound)
        .chain(caches)
        .chain(jobs)
        .chain(release)
        .chain(backup)
        .map(|documentation: &mut Documentation| &mut documentation.owner)
        .chain(waivers)
        .for_each(|named| {
            named.get_or_insert_with(|| owner.clone());
        });
}
