//! A rule's page on a terminal: its paragraphs are broken anew for the line, everything else stays as it is written.

use super::columns::wrapped;

/// The page in lines of at most so many columns, but for what is code or longer than that by itself.
pub(crate) fn text(page: &str, line: usize) -> String {
    let mut broken = String::new();
    let mut paragraph = String::new();
    let mut is_code = false;
    for written in page.lines() {
        let is_fence = written.starts_with("```");
        let is_item = written.starts_with("- ");
        if is_code || is_fence || is_item || written.is_empty() || written.starts_with('#') {
            end(&mut broken, &mut paragraph, line);
        }
        if is_code || is_fence || written.is_empty() || written.starts_with('#') {
            is_code ^= is_fence;
            broken.push_str(written);
            broken.push('\n');
            continue;
        }
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(written.trim());
    }
    end(&mut broken, &mut paragraph, line);
    broken
}

/// Ends a paragraph or an item of a list, whose further lines are indented.
fn end(broken: &mut String, paragraph: &mut String, line: usize) {
    if paragraph.is_empty() {
        return;
    }
    let indent = if paragraph.starts_with("- ") { 2 } else { 0 };
    broken.push_str(&wrapped(paragraph, line, indent));
    broken.push('\n');
    paragraph.clear();
}

#[cfg(test)]
mod tests {
    use super::text;
    use insta::assert_snapshot;

    #[test]
    fn paragraphs_and_items_are_broken_and_code_is_not() {
        let page = "# SP101 keepalive-race\n\nAn app server that closes an idle\nconnection before nginx does.\n- the first item\n  and its second line\n- the second\n\n```nginx\nkeepalive 16;               # nginx keeps them for 60 s\n\n```\n";
        assert_snapshot!(text(page, 24), @"
        # SP101 keepalive-race

        An app server that
        closes an idle
        connection before nginx
        does.
        - the first item and
          its second line
        - the second

        ```nginx
        keepalive 16;               # nginx keeps them for 60 s

        ```
        ");
    }
}
