use crate::shop::{self, shop, text};
use insta::assert_snapshot;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};
use setpoint_docs::markdown;
use setpoint_model::{Layer, Mechanism};

#[test]
fn the_shop() {
    assert_snapshot!(markdown(shop().pages()), @"");
}

/// The cells of every table, as a reader sees them.
fn cells(page: &str) -> Vec<String> {
    let mut cells: Vec<String> = Vec::new();
    let mut is_open = false;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::TableCell) => {
                cells.push(String::new());
                is_open = true;
            }
            Event::End(TagEnd::TableCell) => is_open = false,
            Event::Text(text) | Event::Code(text) | Event::InlineHtml(text) if is_open => {
                cells.last_mut().unwrap().push_str(&text);
            }
            _ => {}
        }
    }
    cells
}

#[test]
fn whatever_a_value_holds_it_is_shown_whole_in_one_cell() {
    let values =
        ["a|b", "`x`", "``|``", "<script>alert(1)</script>", "**bold** _under_", "\\|", "[a](b)", "| --- |", "a\\"];
    let mut shop = shop();
    shop.snapshot.defaults = values
        .iter()
        .enumerate()
        .map(|(number, value)| {
            let name = format!("V{number}");
            let mut default = shop::default(&name, Mechanism::Environ, Layer::Code, text(value), "shop/a.py", "");
            default.description = Some((*value).to_owned());
            default
        })
        .collect();
    let page = markdown(shop.pages());
    let cells = cells(&page);
    for (number, value) in values.iter().enumerate() {
        let row = cells.iter().position(|cell| *cell == format!("V{number}")).unwrap_or_else(|| panic!("{page}"));
        assert_eq!(cells[row + 1], *value, "{page}");
        // Code between backticks is code in a description, and so loses them.
        assert_eq!(cells[row + 3], value.replace('`', ""), "{page}");
    }
}
