//! What a service says of the container around its process, as what the engine then has of it: the readings are those
//! that a container gives when it is looked at.

use super::{Part, Project};
use crate::launch::Standing;
use crate::{Assignment, Clear, Target};
use setpoint_formats::Complaint;
use setpoint_formats::compose::{self, Property, PropertyKind};
use setpoint_model::{ByteSpan, Layer, Mechanism, Value};

impl Project<'_> {
    pub(super) fn properties(&mut self, process: &str, parts: &[Part]) {
        let of_parts = parts.iter().flat_map(|part| part.service.properties.iter().map(move |one| (part, one)));
        let mut properties: Vec<(&Part, &Property)> = of_parts.collect();
        // It wins over `restart`, whichever file says that.
        properties.sort_by_key(|(_, property)| property.kind == PropertyKind::RestartPolicy);
        for (part, property) in properties.into_iter().filter(|(_, property)| property.kind != PropertyKind::Publish) {
            let value = self.value(part, property);
            self.set(process, part, property, value, property.span);
        }
        self.published(process, parts);
    }

    /// The ports, to whose list each file adds its own. A list is known where all of it is.
    fn published(&mut self, process: &str, parts: &[Part]) {
        let mut all = Some(Vec::new());
        for part in parts {
            let published = || part.service.properties.iter().filter(|property| property.kind == PropertyKind::Publish);
            let (Some(first), Some(last)) = (published().next(), published().next_back()) else { continue };
            for port in published() {
                match self.value(part, port) {
                    Some(Value::Null) => {}
                    Some(address) => all.iter_mut().for_each(|all| all.push(address.clone())),
                    None => all = None,
                }
            }
            let span = ByteSpan { start: first.span.start, end: last.span.end.max(first.span.start) };
            if all.as_ref().is_none_or(|all| !all.is_empty()) {
                self.set(process, part, first, all.clone().map(Value::List), span);
            }
        }
    }

    /// What it holds; `None` where nobody knows.
    fn value(&mut self, part: &Part, property: &Property) -> Option<Value> {
        let resolved = compose::interpolate(&property.value, part.scope.look_up());
        if !resolved.is_known {
            return None;
        }
        let value = property.kind.value(resolved.text.as_str());
        if value.is_none() && property.kind != PropertyKind::RestartPolicy {
            let what = format!("Compose does not take this for `{}`", property.key);
            let complaint = Complaint::new(what, property.kind.expected(), property.span);
            self.started.deployment.problems.push(complaint.problem(&part.file.shown, &part.file.bytes));
        }
        value
    }

    fn set(&mut self, process: &str, part: &Part, property: &Property, value: Option<Value>, span: ByteSpan) {
        let file = &part.file;
        let symbol = format!("services.{process}.{}", property.key);
        let standing = Standing {
            shown: &file.shown,
            text: Some((&file.bytes, &file.lines)),
            layer: Layer::Unit,
            symbol: Some(&symbol),
            process: Some(process),
        };
        let target = Target::Default(format!("{}.{}", Mechanism::Container, property.kind.option()));
        let written = file.bytes.get(span.start..span.end).unwrap_or_default();
        let text = String::from_utf8_lossy(written).trim_end().to_owned();
        let is_known = value.is_some();
        let assignment = standing.assignment(target, Mechanism::Container, value.unwrap_or(Value::Null), text, span);
        let value = if is_known { assignment.value } else { Clear::Dynamic };
        self.started.deployment.assignments.push(Assignment { value, ..assignment });
    }
}
