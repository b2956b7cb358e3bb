//! Finds texts in a text, many bytes at once.
//!
//! The searcher that compares many bytes at once takes few patterns, and stops less often the fewer they are. What the
//! texts have in common is therefore looked for in their place, and each text only around it.

use aho_corasick::{AhoCorasick, Input, MatchKind, Span, packed};
use memchr::memmem;

/// Patterns that the packed searcher takes (`Builder::build_imp` of "Teddy" in the sources of `aho-corasick`).
const AT_ONCE: usize = 64;

/// Bytes of a pattern that the packed searcher compares at once; patterns that begin with the same ones are one to it.
const COMPARED: usize = 4;

/// Texts past which passing over the text again and again costs more than looking for all of them in one go.
const MOST: usize = 3 * AT_ONCE;

/// Finds every one of its texts wherever it stands, also inside of another.
pub(super) enum Searcher {
    /// Each looks for some of them; for as many texts as that is worth, on processors that can.
    Packed(Vec<Pass>),
    /// For any texts on any processor.
    Automaton(AhoCorasick),
}

/// What one pass over the text looks for.
pub(super) struct Pass {
    parts: packed::Searcher,
    /// The texts that hold each part, by its number.
    around: Vec<Vec<Around>>,
}

/// A text around a part of it.
struct Around {
    number: usize,
    text: Vec<u8>,
    /// Where in the text the part begins.
    part: usize,
}

impl Searcher {
    /// `None` if the texts are too many or too long for any searcher.
    pub(super) fn new(texts: &[&str]) -> Option<Self> {
        if let Some(passes) = (texts.len() <= MOST).then(|| passes(texts)).flatten() {
            return Some(Self::Packed(passes));
        }
        AhoCorasick::builder().match_kind(MatchKind::Standard).build(texts).ok().map(Self::Automaton)
    }

    /// Gives the number, start and end of every text, in any order.
    pub(super) fn each(&self, text: &[u8], mut found: impl FnMut(usize, usize, usize)) {
        match self {
            Self::Packed(passes) => passes.iter().for_each(|pass| pass.each(text, &mut found)),
            Self::Automaton(automaton) => {
                let all = automaton.find_overlapping_iter(Input::new(text));
                all.for_each(|hit| found(hit.pattern().as_usize(), hit.start(), hit.end()));
            }
        }
    }
}

impl Pass {
    /// `None` where the processor cannot, or a part is empty.
    fn new(parts: &[&[u8]]) -> Option<Self> {
        let around = parts.iter().map(|_| Vec::new()).collect();
        Some(Self { parts: packed::Config::new().builder().extend(parts).build()?, around })
    }

    fn each(&self, text: &[u8], found: &mut impl FnMut(usize, usize, usize)) {
        let mut from = 0;
        while let Some(hit) = self.parts.find_in(text, Span::from(from..text.len())) {
            for Around { number, text: whole, part } in &self.around[hit.pattern().as_usize()] {
                if let Some(start) = hit.start().checked_sub(*part)
                    && text[start..].starts_with(whole)
                {
                    found(*number, start, start + whole.len());
                }
            }
            // Another part may begin inside of this one.
            from = hit.start() + 1;
        }
    }
}

fn passes(texts: &[&str]) -> Option<Vec<Pass>> {
    let parts = parts(texts);
    let a_pass = parts.len().div_ceil(parts.len().div_ceil(AT_ONCE).max(1)).max(1);
    let mut passes = parts.chunks(a_pass).map(Pass::new).collect::<Option<Vec<_>>>()?;
    for (number, text) in texts.iter().enumerate() {
        let text = text.as_bytes();
        let found = parts.iter().enumerate().find_map(|(part, bytes)| Some((part, memmem::find(text, bytes)?)));
        let (number_of_part, part) = found?;
        let around = &mut passes[number_of_part / a_pass].around[number_of_part % a_pass];
        around.push(Around { number, text: text.to_owned(), part });
    }
    Some(passes)
}

/// Parts of the texts, in order, so that each text holds one of them and no part holds another: at one place only one
/// can stand.
fn parts<'t>(texts: &[&'t str]) -> Vec<&'t [u8]> {
    let mut whole: Vec<&[u8]> = texts.iter().map(|text| without_keywords(text).as_bytes()).collect();
    whole.sort_unstable_by_key(|part| part.len());
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in whole {
        if !parts.iter().any(|inner| memmem::find(part, inner).is_some()) {
            parts.push(part);
        }
    }
    parts.sort_unstable();
    while parts.len() > AT_ONCE {
        let beginnings = parts.windows(2).map(|pair| common_beginning(pair[0], pair[1]));
        let Some(longest) = beginnings.max_by_key(|common| common.len()).filter(|common| common.len() >= COMPARED)
        else {
            break;
        };
        parts.retain(|part| memmem::find(part, longest).is_none());
        parts.insert(parts.partition_point(|part| *part < longest), longest);
    }
    parts
}

/// What is rare of `import redis` and `from redis`, if that is not too short.
fn without_keywords(text: &str) -> &str {
    let start = ["import ", "from "].iter().find_map(|keyword| text.strip_prefix(keyword)).unwrap_or(text);
    let inner = start.strip_suffix(" import").unwrap_or(start);
    if inner.len() < COMPARED { text } else { inner }
}

fn common_beginning<'t>(one: &'t [u8], other: &[u8]) -> &'t [u8] {
    let length = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    &one[..length]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(searcher: &Searcher, texts: &[&str], text: &str) -> String {
        let mut found = Vec::new();
        searcher.each(text.as_bytes(), |number, start, end| {
            assert_eq!(texts[number], &text[start..end]);
            found.push((start, texts[number]));
        });
        found.sort_unstable();
        found.iter().map(|(start, text)| format!("{start} {text}")).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_texts_have_in_common_is_looked_for_once() {
        let texts = ["environ", "environ.Env", "load_dotenv", "dotenv", "import redis", "from redis", "import rq", "é"];
        let parts: Vec<_> = parts(&texts).into_iter().map(String::from_utf8_lossy).collect();
        insta::assert_snapshot!(parts.join("\n"), @"
        dotenv
        environ
        import rq
        redis
        é
        ");
    }

    #[test]
    fn texts_that_begin_alike_are_one_where_they_are_too_many() {
        let many: Vec<String> = (b'0'..b'0' + 63).map(|byte| format!("{0}{0}{0}{0}", char::from(byte))).collect();
        let alike = ["from_object", "from_pyfile", "a_from_b"];
        let texts: Vec<&str> = many.iter().map(String::as_str).chain(alike).collect();
        let parts = parts(&texts);
        let shown: Vec<_> =
            parts.iter().filter(|part| part.len() > 4).map(|part| String::from_utf8_lossy(part)).collect();
        insta::assert_snapshot!(format!("{} parts, with {shown:?}", parts.len()), @r#"64 parts, with ["from_"]"#);
    }

    #[test]
    fn every_text_is_found_wherever_it_stands() {
        let texts = ["environ", "environ.Env", "Env(", "_env", "env_file", "import redis", "from redis"];
        let text = "environ.Env(environs)_env_file=1 from redis import redis, env";
        let packed = Searcher::new(&texts).unwrap();
        let automaton = Searcher::Automaton(AhoCorasick::new(texts).unwrap());
        assert_eq!(found(&packed, &texts, text), found(&automaton, &texts, text));
        insta::assert_snapshot!(found(&packed, &texts, text), @"
        0 environ
        0 environ.Env
        8 Env(
        12 environ
        21 _env
        22 env_file
        33 from redis
        44 import redis
        ");
    }

    proptest::proptest! {
        #[test]
        fn many_texts_in_several_passes_are_found_as_one_by_one(
            texts in proptest::collection::hash_set("[ab._]{1,5}", 1..200),
            text in "[ab._]{0,200}",
        ) {
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut expected: Vec<(usize, usize)> = Vec::new();
            for (number, each) in texts.iter().enumerate() {
                expected.extend((0..text.len()).filter(|at| text[*at..].starts_with(each)).map(|at| (number, at)));
            }
            let mut found = Vec::new();
            Searcher::new(&texts).unwrap().each(text.as_bytes(), |number, start, _| found.push((number, start)));
            found.sort_unstable();
            proptest::prop_assert_eq!(found, expected);
        }
    }
}
