//! Which findings and failed checks people have accepted for now.

use crate::{Facts, find};
use setpoint_model::register::{Register, Waiver};
use setpoint_model::{Conclusion, Finding, Outcome};

/// The findings, those that a waiver accepts marked with its reason.
pub(crate) fn apply(facts: Facts<'_>, mut findings: Vec<Finding>) -> Vec<Finding> {
    let waivers: Vec<&Waiver> = waivers(facts).filter(|waiver| holds(waiver, facts)).collect();
    for finding in &mut findings {
        let accepted = waivers.iter().find(|waiver| covers(waiver, finding));
        finding.waived = accepted.map(|waiver| waiver.reason.clone());
        finding.waived_until = accepted.map(|waiver| waiver.until.to_string());
    }
    findings
}

/// Marks the checks that failed and that a waiver accepts with its reason. A waiver of a check may be limited to an
/// environment.
pub fn waive(outcomes: &mut [Outcome], register: &Register, environment: Option<&str>, today: jiff::civil::Date) {
    for outcome in outcomes.iter_mut().filter(|outcome| has_failed(outcome)) {
        let accepts = |waiver: &&Waiver| waiver.until >= today && is_of(waiver, outcome, environment);
        outcome.waived = register.waivers.iter().find(accepts).map(|waiver| waiver.reason.clone());
    }
}

/// The outcomes of the check that the waiver names, where that was run and the waiver is for this environment; of a cache rule
/// there is one for each stage.
pub(crate) fn outcomes_of<'a>(waiver: &Waiver, facts: Facts<'a>) -> Vec<&'a Outcome> {
    let environment = facts.snapshot.site.environment.as_deref();
    facts.outcomes.iter().filter(|outcome| is_of(waiver, outcome, environment)).collect()
}

/// True if it was run, and nothing of it failed or was left out. Where a check and a cache rule have one name, the waiver is of
/// both, and they are never run together.
pub(crate) fn has_passed(waiver: &Waiver, facts: Facts<'_>) -> bool {
    let outcomes = outcomes_of(waiver, facts);
    let is_of_both = facts.register.is_some_and(|register| {
        register.caches.iter().any(|rule| rule.name == waiver.name)
            && register.checks.iter().any(|check| check.name == waiver.name)
    });
    !is_of_both && !outcomes.is_empty() && outcomes.iter().all(|outcome| outcome.conclusion == Conclusion::Passed)
}

/// True where nothing was as it should be, whoever accepts that.
pub(crate) fn has_failed(outcome: &Outcome) -> bool {
    matches!(outcome.conclusion, Conclusion::Failed { .. })
}

fn is_of(waiver: &Waiver, outcome: &Outcome, environment: Option<&str>) -> bool {
    waiver.name == outcome.check && waiver.where_.as_deref().is_none_or(|limit| Some(limit) == environment)
}

/// Every waiver of the register.
pub(crate) fn waivers(facts: Facts<'_>) -> impl Iterator<Item = &Waiver> {
    facts.register.map(|register| register.waivers.as_slice()).unwrap_or_default().iter()
}

/// True until the end of its last day.
pub(crate) fn holds(waiver: &Waiver, facts: Facts<'_>) -> bool {
    waiver.until >= facts.today
}

/// True if the finding is one that the waiver names: by its rule, and by default, file or unit where it is limited.
pub(crate) fn covers(waiver: &Waiver, finding: &Finding) -> bool {
    let named = find(&waiver.name).is_some_and(|rule| rule.code == finding.code);
    named
        && waiver.where_.as_deref().is_none_or(|limit| {
            finding.subject.as_deref() == Some(limit)
                || finding.process.as_deref() == Some(limit)
                || finding.places.iter().any(|place| is_file(&place.file, limit))
        })
}

/// True if `limit` names the file, by its whole path or by its end.
fn is_file(file: &str, limit: &str) -> bool {
    file.strip_suffix(limit).is_some_and(|before| before.is_empty() || before.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use crate::testing::findings;
    use insta::assert_snapshot;

    const TWO_TYPES: &str = "
        SHOP_POOL_SIZE    pydantic-settings int
          environment-file  ten     deploy/shop.env:3
        SHOP_TIMEOUT      pydantic-settings float
          unit-environment  soon    deploy/worker.service:9  worker.service
    ";

    #[test]
    fn a_waiver_accepts_what_it_names_until_its_last_day() {
        for accepted in ["SP007", "wrong-type", "SP007 where SHOP_POOL_SIZE", "SP007 where shop.env"] {
            let found =
                findings("wrong-type", &format!("{TWO_TYPES}\ntoday 2026-11-01\nwaiver {accepted} until 2026-11-01"));
            assert!(
                found.contains("SHOP_POOL_SIZE` is `ten`, which is no `int` (waived: a reason)"),
                "{accepted}:\n{found}"
            );
        }
        for not_accepted in ["SP008", "SP007 where hop.env", "SP007 where SHOP_TIMEOUT", "SP007 where worker.service"] {
            let found = findings(
                "wrong-type",
                &format!("{TWO_TYPES}\ntoday 2026-11-01\nwaiver {not_accepted} until 2026-11-01"),
            );
            assert!(found.contains("SHOP_POOL_SIZE` is `ten`, which is no `int`\n"), "{not_accepted}:\n{found}");
        }
    }

    #[test]
    fn an_expired_waiver_does_not_hold() {
        assert_snapshot!(findings("wrong-type", &format!("{TWO_TYPES}\ntoday 2026-11-01\nwaiver SP007 until 2026-10-31")), @"
        error: `SHOP_POOL_SIZE` is `ten`, which is no `int`
          --> deploy/shop.env:3
          expected: a whole number without separators or units: `1000`
          hint: correct the value in `deploy/shop.env`
        error: `SHOP_TIMEOUT` is `soon`, which is no `float`
          --> deploy/worker.service:9
          expected: a number without a unit: `1.5`
          hint: correct the value in `deploy/worker.service`
        ");
    }
}
