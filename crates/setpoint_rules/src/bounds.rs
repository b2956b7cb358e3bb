//! The least and the greatest number that a declaration allows, as far as its type or the program's own table says so.

use setpoint_model::NamedDefault;
use std::fmt;

/// Where numbers end. An end is one that is allowed itself, unless `excludes` it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Bounds {
    least: Option<Bound>,
    greatest: Option<Bound>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Bound {
    at: f64,
    excludes: bool,
}

/// The highest port that TCP has.
const LAST_PORT: f64 = 65_535.0;

impl Bounds {
    /// Of a type: pydantic's own limited types, and `Field(gt=0)` inside of `Annotated`, or `conint(gt=0)`. Where an end is
    /// no plain number it is not known.
    pub(crate) fn of_type(type_name: &str, base: &str) -> Option<Self> {
        let zero = |excludes| Some(Bound { at: 0.0, excludes });
        let mut bounds = Self::default();
        match base {
            "PositiveInt" | "PositiveFloat" => bounds.least = zero(true),
            "NonNegativeInt" | "NonNegativeFloat" => bounds.least = zero(false),
            "NegativeInt" | "NegativeFloat" => bounds.greatest = zero(true),
            "NonPositiveInt" | "NonPositiveFloat" => bounds.greatest = zero(false),
            _ => {}
        }
        let given = |word| limit(type_name, word);
        let end = |at: Option<f64>, excludes| at.map(|at| Bound { at, excludes });
        bounds.least = end(given("gt"), true).or(end(given("ge"), false)).or(bounds.least);
        bounds.greatest = end(given("lt"), true).or(end(given("le"), false)).or(bounds.greatest);
        (bounds != Self::default()).then_some(bounds)
    }

    /// Of an option of a server: there is no port above the last one, and gunicorn without a worker answers nobody.
    pub(crate) fn of_option(default: &NamedDefault) -> Option<Self> {
        let including = |at| Some(Bound { at, excludes: false });
        match default.name.as_str() {
            "uvicorn.port" | "granian.port" => Some(Self { least: including(0.0), greatest: including(LAST_PORT) }),
            "gunicorn.workers" | "granian.workers" => Some(Self { least: including(1.0), greatest: None }),
            _ => None,
        }
    }

    /// True if the text is no number at all, which is for others to say, or one within.
    pub(crate) fn hold(self, text: &str) -> bool {
        let Ok(number) = text.trim().replace('_', "").parse::<f64>() else { return true };
        let above = |bound: Bound| number > bound.at || (!bound.excludes && number >= bound.at);
        let below = |bound: Bound| number < bound.at || (!bound.excludes && number <= bound.at);
        self.least.is_none_or(above) && self.greatest.is_none_or(below)
    }
}

/// The number that `WORD=` is given in a type's text.
fn limit(type_name: &str, word: &str) -> Option<f64> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut found = type_name.match_indices(word).filter_map(|(at, _)| {
        let stands_alone = !type_name[..at].ends_with(is_word);
        let given = type_name[at + word.len()..].trim_start().strip_prefix('=')?.trim_start();
        let end = given.find([',', ')', ']']).unwrap_or(given.len());
        stands_alone.then(|| given[..end].trim().replace('_', "").parse().ok()).flatten()
    });
    found.next()
}

/// For a person: `at least 1 and at most 65535`.
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = self.least.map(|end| format!("{} {}", if end.excludes { "above" } else { "at least" }, end.at));
        let greatest =
            self.greatest.map(|end| format!("{} {}", if end.excludes { "below" } else { "at most" }, end.at));
        let ends: Vec<String> = least.into_iter().chain(greatest).collect();
        f.write_str(&ends.join(" and "))
    }
}

#[cfg(test)]
mod tests {
    use super::Bounds;

    #[test]
    fn the_limits_that_a_type_says() {
        let of = |type_name, base, text| Bounds::of_type(type_name, base).is_none_or(|bounds| bounds.hold(text));
        assert!(of("PositiveInt", "PositiveInt", "1") && !of("PositiveInt", "PositiveInt", "0"));
        assert!(of("NonNegativeInt", "NonNegativeInt", "0") && !of("NonNegativeInt", "NonNegativeInt", "-1"));
        let port = "Annotated[int, Field(ge=1, le=65_535)]";
        assert!(of(port, "int", "65535") && !of(port, "int", "65536") && !of(port, "int", "0"));
        let share = "confloat(gt = 0, lt=1)";
        assert!(of(share, "confloat", "0.5") && !of(share, "confloat", "1") && !of(share, "confloat", "0"));
        // Only running the code tells.
        assert_eq!(Bounds::of_type("Annotated[int, Field(le=MOST)]", "int"), None);
        assert_eq!(Bounds::of_type("int", "int"), None);
    }
}
