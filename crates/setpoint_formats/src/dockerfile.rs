//! Dockerfiles, as far as they set a service's defaults: `ENV`, `CMD`, `ENTRYPOINT` and `WORKDIR` of the last stage
//! and of the stages that it builds on (Dockerfile reference).

mod image;

pub use image::{Image, Start, image, last_image};

use crate::{Complaint, Traced, lossy};
use setpoint_model::ByteSpan;
use std::collections::VecDeque;

/// One instruction with its lines joined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// `ENV`, in capitals however it is written.
    pub keyword: String,
    /// What stands behind it, without comments and line breaks.
    pub arguments: Traced,
    /// The keyword as written.
    pub span: ByteSpan,
}

/// Reads every instruction. The bodies of here-documents are left out.
pub fn parse(bytes: &[u8]) -> (Vec<Instruction>, Vec<Complaint>) {
    let (text, bad_byte) = lossy::text(bytes);
    let bad_byte = bad_byte.map(|span| Complaint::new("a byte is not UTF-8", "UTF-8 text", span));
    let complaints = Vec::from_iter(bad_byte);
    let escape = escape_character(&text);
    let mut instructions = Vec::new();
    let mut logical = Traced::default();
    let mut here_documents: VecDeque<String> = VecDeque::new();
    let mut start = text.len() - text.trim_start_matches('\u{feff}').len();
    for line in text[start..].split_inclusive('\n') {
        let at = start;
        start += line.len();
        let line = line.trim_end_matches(['\n', '\r']);
        if let Some(end) = here_documents.front() {
            if line.trim_start_matches('\t') == end {
                here_documents.pop_front();
            }
            continue;
        }
        // Comments and empty lines inside an instruction are left out and do not end it.
        if line.trim().is_empty() || line.trim_start().starts_with('#') {
            continue;
        }
        let continued = line.trim_end_matches([' ', '\t']).strip_suffix(escape);
        logical.append(&Traced::verbatim(continued.unwrap_or(line), at));
        if continued.is_none()
            && let Some(instruction) = instruction(&std::mem::take(&mut logical))
        {
            here_documents = here_documents_of(&instruction);
            instructions.push(instruction);
        }
    }
    instructions.extend(instruction(&logical));
    (instructions, complaints)
}

/// Splits the keyword off.
fn instruction(logical: &Traced) -> Option<Instruction> {
    let line = logical.trimmed();
    let keyword = line.as_str().split_whitespace().next()?;
    let span = line.part(0..keyword.len()).span()?;
    let arguments = line.part(keyword.len()..line.as_str().len()).trimmed();
    Some(Instruction { keyword: keyword.to_ascii_uppercase(), arguments, span })
}

/// The directive `# escape=` at the top changes what joins lines.
fn escape_character(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim_start_matches('\u{feff}').strip_prefix('#'));
    let escape = directives
        .filter_map(|directive| directive.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    escape.and_then(|(_, value)| value.trim().chars().next()).filter(|letter| *letter == '`').unwrap_or('\\')
}

/// The words that end the here-documents which an instruction starts: `<<EOF`, `<<-"EOF"`.
fn here_documents_of(instruction: &Instruction) -> VecDeque<String> {
    if !["RUN", "COPY", "ADD"].contains(&instruction.keyword.as_str()) {
        return VecDeque::new();
    }
    let starts = instruction.arguments.as_str().split("<<").skip(1);
    let words = starts.filter_map(|rest| {
        let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(['"', '\'']);
        let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_').count();
        (length > 0).then(|| rest[..length].to_owned())
    });
    words.collect()
}

#[cfg(test)]
mod tests;
