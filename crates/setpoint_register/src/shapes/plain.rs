use super::Shape;
use crate::node::Node;
use crate::report::Report;
use crate::value;
use crate::words::listed;
use serde_json::{Value as Json, json};
use setpoint_model::register::Worded;
use setpoint_model::{Value, nearest};
use std::marker::PhantomData;
use std::ops::RangeInclusive;
use toml::de::DeValue;

/// Text that says something.
pub(crate) struct Text;

impl Shape for Text {
    type Read = String;

    fn expected(&self) -> String {
        "a text that is not empty".to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": "string", "pattern": r"\S" })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<String> {
        match node.value.as_str() {
            Some(text) if !text.trim().is_empty() => Some(text.to_owned()),
            Some(_) | None => {
                report.wrong(node, self.expected());
                None
            }
        }
    }
}

/// True or false.
pub(crate) struct Flag;

impl Shape for Flag {
    type Read = bool;

    fn expected(&self) -> String {
        "true or false".to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": "boolean" })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<bool> {
        let flag = node.value.as_bool();
        if flag.is_none() {
            report.wrong(node, self.expected());
        }
        flag
    }
}

/// A whole number between two others.
pub(crate) struct Whole<T> {
    range: RangeInclusive<i64>,
    read_into: PhantomData<T>,
}

impl<T: TryFrom<i64>> Whole<T> {
    pub(crate) fn between(least: u32, most: u32) -> Self {
        Self { range: i64::from(least)..=i64::from(most), read_into: PhantomData }
    }
}

impl<T: TryFrom<i64>> Shape for Whole<T> {
    type Read = T;

    fn expected(&self) -> String {
        format!("a whole number from {} to {}", self.range.start(), self.range.end())
    }

    fn schema(&self) -> Json {
        json!({ "type": "integer", "minimum": self.range.start(), "maximum": self.range.end() })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<T> {
        let number =
            node.value.as_integer().and_then(|number| i64::from_str_radix(number.as_str(), number.radix()).ok());
        let number = number.filter(|number| self.range.contains(number)).and_then(|number| T::try_from(number).ok());
        if number.is_none() {
            report.wrong(node, self.expected());
        }
        number
    }
}

/// Any number.
pub(crate) struct Number;

impl Shape for Number {
    type Read = f64;

    fn expected(&self) -> String {
        "a number".to_owned()
    }

    fn schema(&self) -> Json {
        json!({ "type": "number" })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<f64> {
        let number = match node.value {
            DeValue::Integer(_) | DeValue::Float(_) => value::read(node.value).to_string().parse::<f64>().ok(),
            DeValue::String(_) | DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                None
            }
        };
        // Nothing compares with what is not a number, and JSON cannot write it.
        let number = number.filter(|number| number.is_finite());
        if number.is_none() {
            report.wrong(node, self.expected());
        }
        number
    }
}

/// A value of any kind.
pub(crate) struct Anything;

impl Shape for Anything {
    type Read = Value;

    fn expected(&self) -> String {
        "a value".to_owned()
    }

    fn schema(&self) -> Json {
        json!({})
    }

    fn read(&self, node: &Node<'_>, _report: &mut Report) -> Option<Value> {
        Some(value::read(node.value))
    }
}

/// One of a closed set of words.
pub(crate) struct Word<W>(PhantomData<W>);

impl<W: Worded> Word<W> {
    pub(crate) fn new() -> Self {
        Self(PhantomData)
    }

    fn words() -> impl Iterator<Item = &'static str> {
        W::ALL.iter().map(|word| word.as_str())
    }
}

impl<W: Worded> Shape for Word<W> {
    type Read = W;

    fn expected(&self) -> String {
        format!("one of {}", listed(Self::words()))
    }

    fn schema(&self) -> Json {
        json!({ "enum": Self::words().collect::<Vec<_>>() })
    }

    fn read(&self, node: &Node<'_>, report: &mut Report) -> Option<W> {
        let typed = node.value.as_str().unwrap_or_default();
        let word = W::ALL.iter().copied().find(|word| word.as_str() == typed);
        if word.is_none() {
            let hint = nearest(typed, Self::words()).map(|word| format!("did you mean `{word}`?"));
            report.misshapen(node.span, format!("{node} is {}", node.shown()), self.expected(), hint);
        }
        word
    }
}
