use super::Variable;
use crate::{Complaint, Traced, lossy};
use setpoint_model::ByteSpan;

/// Reads a file of `env_file` with `format: raw`: `NAME=value` lines whose values are taken as they stand, quotes, `$`
/// and white space included (Compose specification, "format", and docker/cli's `pkg/kvfile/kvfile.go`). A name alone
/// passes the variable of whoever starts the service.
pub fn raw(bytes: &[u8]) -> (Vec<Variable>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let mut complaints: Vec<_> =
        bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span)).into_iter().collect();
    let mut variables = Vec::new();
    let mut next = 0;
    for line in text.split_inclusive('\n') {
        let mut start = next;
        next += line.len();
        if start == 0 && line.starts_with('\u{feff}') {
            start = '\u{feff}'.len_utf8();
        }
        let line = &text[start..next];
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let bare = line.trim_start();
        let start = start + line.len() - bare.len();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        let (name, value) = bare.split_once('=').map_or((bare, None), |(name, value)| (name, Some(value)));
        let whole = ByteSpan { start, end: start + bare.len() };
        if name.is_empty() || name.contains([' ', '\t']) {
            complaints.push(Complaint::new("Docker refuses this line and the file with it", "`NAME=value`", whole));
            continue;
        }
        let behind = start + name.len() + 1;
        variables.push(Variable {
            name: name.to_owned(),
            value: value.map(|value| Traced::verbatim(value, behind)),
            span: value.map_or(whole, |value| ByteSpan { start: behind, end: behind + value.len() }),
        });
    }
    (variables, complaints)
}

#[cfg(test)]
mod tests {
    use super::raw;
    use crate::Traced;

    #[test]
    fn values_are_taken_as_they_stand() {
        let text = "\u{feff}A='quoted' # no comment\n  # a comment\n\n  B=$C=${D} \r\nE=\nPASSED\nA B=1\n=x";
        let (variables, complaints) = raw(text.as_bytes());
        let shown = variables.iter().map(|one| {
            format!(
                "{}={:?} `{}`",
                one.name,
                one.value.as_ref().map(Traced::as_str),
                &text[one.span.start..one.span.end]
            )
        });
        let faults = complaints.iter().map(|one| format!("{} `{}`", one.what, &text[one.span.start..one.span.end]));
        insta::assert_snapshot!(shown.chain(faults).collect::<Vec<_>>().join("\n"), @r#"
        A=Some("'quoted' # no comment") `'quoted' # no comment`
        B=Some("$C=${D} ") `$C=${D} `
        E=Some("") ``
        PASSED=None `PASSED`
        Docker refuses this line and the file with it `A B=1`
        Docker refuses this line and the file with it `=x`
        "#);
    }
}
