use crate::value::switch_of;
use crate::{Held, Mechanism, Value, bare_type, systemd_seconds};
use std::cmp::Ordering;

/// When two places give one default the same setting. A place may hold a number, a switch, or a text that the code has
/// yet to understand; what it will make of that is known only where the type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// The type is a number: `"10"` and `"10.0"` are the same.
    AsNumbers,
    /// The type is `bool`: `"1"`, `"True"` and true are the same.
    AsSwitches,
    /// The type is text: `1.1` and `"1.10"` differ.
    AsTexts,
    /// No type is known: two texts are the same only if they are equal, and a text is compared with a number or switch
    /// as it would be read, so that `"48"` and 48, `"False"` and false are the same.
    AsWritten,
    /// It is a length of time of systemd: `90`, `"90s"` and `"1min 30s"` are the same.
    AsTimeSpans,
}

impl Comparison {
    /// For a default of that name, whose type is in the words of its declaration.
    pub fn of_default(name: &str, mechanism: Mechanism, type_name: Option<&str>) -> Self {
        // systemd names every directive so that takes a time span; `systemctl show` writes them otherwise than the files.
        if mechanism == Mechanism::Systemd && name.ends_with("Sec") {
            return Self::AsTimeSpans;
        }
        Self::of_type(type_name)
    }

    /// For a type in the words of its declaration.
    pub fn of_type(type_name: Option<&str>) -> Self {
        match type_name.and_then(bare_type).map(|(name, _)| name) {
            Some(
                "int" | "float" | "Decimal" | "INT" | "FLOAT" | "PositiveInt" | "NonNegativeInt" | "NegativeInt"
                | "conint" | "PositiveFloat" | "NonNegativeFloat" | "NegativeFloat" | "confloat",
            ) => Self::AsNumbers,
            Some("bool" | "BOOL" | "StrictBool") => Self::AsSwitches,
            Some("str" | "STRING") => Self::AsTexts,
            Some(_) | None => Self::AsWritten,
        }
    }

    /// True if the two are the same setting.
    pub fn is_same(self, one: &Value, other: &Value) -> bool {
        one == other
            || match (one, other) {
                (one, other) if self == Self::AsTimeSpans => {
                    microseconds(one).is_some_and(|one| microseconds(other).is_some_and(|other| one.equals(other)))
                }
                (Value::Text(one), Value::Text(other)) => self.is_same_text(one, other),
                (Value::Text(text), typed) | (typed, Value::Text(text)) => self.reads_as(text, typed),
                (one, other) => {
                    number_of(one).is_some_and(|one| number_of(other).is_some_and(|other| one.equals(other)))
                }
            }
    }

    /// True if two places hold the same without doubt; of two constants, if they are the same setting.
    pub fn holds_same(self, one: &Held, other: &Held) -> bool {
        match (one.constant(), other.constant()) {
            (Some(one), Some(other)) => self.is_same(one, other),
            (Some(_) | None, _) => one == other,
        }
    }

    fn is_same_text(self, one: &str, other: &str) -> bool {
        match self {
            Self::AsNumbers => {
                read_number(one).is_some_and(|one| read_number(other).is_some_and(|other| one.equals(other)))
            }
            Self::AsSwitches => switch_of(one.trim()).is_some() && switch_of(one.trim()) == switch_of(other.trim()),
            Self::AsTexts | Self::AsWritten | Self::AsTimeSpans => false,
        }
    }

    /// True if code that expects the typed value would read it from the text.
    fn reads_as(self, text: &str, typed: &Value) -> bool {
        let trimmed = text.trim();
        match typed {
            Value::Bool(flag) if self == Self::AsSwitches => switch_of(trimmed) == Some(*flag),
            Value::Null | Value::Bool(_) => trimmed.eq_ignore_ascii_case(&typed.to_string()),
            Value::Integer(_) | Value::Float(_) if self == Self::AsTexts => text == typed.to_string(),
            Value::Integer(_) | Value::Float(_) => {
                read_number(trimmed).is_some_and(|text| number_of(typed).is_some_and(|typed| text.equals(typed)))
            }
            Value::List(_) | Value::Map(_) => Value::from_json(text).as_ref() == Some(typed),
            Value::Text(written) => self.is_same_text(text, written),
        }
    }
}

/// A number, whole where it can be, since not every whole number is one with a fraction.
#[derive(Clone, Copy)]
enum Number {
    Whole(i128),
    Fraction(f64),
}

impl Number {
    fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Whole(one), Self::Whole(other)) => one == other,
            (Self::Fraction(one), Self::Fraction(other)) => one.partial_cmp(&other) == Some(Ordering::Equal),
            #[expect(clippy::cast_precision_loss, reason = "a fraction next to it is no more precise")]
            (Self::Whole(whole), Self::Fraction(fraction)) | (Self::Fraction(fraction), Self::Whole(whole)) => {
                (whole as f64).partial_cmp(&fraction) == Some(Ordering::Equal)
            }
        }
    }
}

fn number_of(value: &Value) -> Option<Number> {
    match value {
        Value::Integer(number) => Some(Number::Whole(*number)),
        Value::Float(number) => Some(Number::Fraction(*number)),
        Value::Null | Value::Bool(_) | Value::Text(_) | Value::List(_) | Value::Map(_) => None,
    }
}

/// How long, in whole microseconds, which is how precise systemd is.
fn microseconds(value: &Value) -> Option<Number> {
    Some(Number::Fraction((systemd_seconds(&value.to_string())? * 1e6).round()))
}

/// As Python reads it, underscores between digits among it.
fn read_number(text: &str) -> Option<Number> {
    let text = text.trim().replace('_', "");
    let whole = text.parse().ok().map(Number::Whole);
    whole.or_else(|| text.parse().ok().filter(|number: &f64| number.is_finite()).map(Number::Fraction))
}

#[cfg(test)]
mod tests {
    use super::Comparison;
    use crate::{Mechanism, Value};

    fn same(type_name: &str, one: &str, other: &str) -> bool {
        let [one, other] = [one, other].map(|json| Value::from_json(json).unwrap());
        let comparison = Comparison::of_type(Some(type_name));
        assert_eq!(comparison.is_same(&one, &other), comparison.is_same(&other, &one));
        comparison.is_same(&one, &other)
    }

    #[test]
    fn the_same_setting() {
        for (type_name, one, other) in [
            ("", r#""5""#, "5"),
            ("", r#""5.0""#, "5"),
            ("", r#""1_000""#, "1000"),
            ("", r#""False""#, "false"),
            ("", "5", "5.0"),
            ("", r#""[1, 2]""#, "[1, 2]"),
            ("Optional[int]", r#""10""#, r#""10.0""#),
            ("float", r#""1.1""#, r#""1.10""#),
            ("bool", r#""1""#, r#""True""#),
            ("bool", r#""on""#, "true"),
            ("str", r#""48""#, "48"),
            ("str", r#""False""#, "false"),
        ] {
            assert!(same(type_name, one, other), "{type_name}: {one} {other}");
        }
    }

    #[test]
    fn lengths_of_time_of_systemd() {
        let comparison = Comparison::of_default("systemd.TimeoutStopSec", Mechanism::Systemd, None);
        let same = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|json| Value::from_json(json).unwrap());
            comparison.is_same(&one, &other)
        };
        assert!(same(r#""1min 30s""#, r#""90s""#));
        assert!(same("90", r#""1min 30s""#));
        assert!(same("0.1", r#""100ms""#));
        assert!(same(r#""infinity""#, r#""infinity""#));
        assert!(!same(r#""1min 30s""#, r#""91s""#));
        assert!(!same(r#""90""#, r#""infinity""#));
        assert!(!same(r#""soon""#, r#""90s""#));
    }

    #[test]
    fn another_setting() {
        for (type_name, one, other) in [
            ("", r#""5""#, "6"),
            ("", r#""""#, "null"),
            ("", r#""1.1""#, r#""1.10""#),
            ("", r#""Admin""#, r#""admin""#),
            ("", r#""INFO""#, r#""info""#),
            ("", r#""1""#, "true"),
            ("str", r#""1.1""#, r#""1.10""#),
            ("str", r#""1.10""#, "1.1"),
            ("int", r#""9007199254740993""#, r#""9007199254740992""#),
            ("int", r#""INFO""#, r#""info""#),
            ("bool", r#""maybe""#, r#""Maybe""#),
            ("bool", r#""0""#, "true"),
            ("list[str]", r#""a,b""#, r#"["a", "b"]"#),
        ] {
            assert!(!same(type_name, one, other), "{type_name}: {one} {other}");
        }
    }
}
