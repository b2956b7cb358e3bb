use crate::shop::{self, shop, text};
use base64::Engine as _;
use setpoint_docs::html;
use setpoint_model::{Held, Layer, Mechanism, Value};
use sha2::Digest as _;
use std::collections::BTreeSet;

const EVIL: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&";

/// Everything that stands between `before` and `after`.
fn between<'a>(page: &'a str, before: &str, after: &str) -> Vec<&'a str> {
    page.split(before).skip(1).filter_map(|rest| rest.split_once(after)).map(|(inner, _)| inner).collect()
}

#[test]
fn nothing_that_a_place_holds_becomes_markup() {
    let mut shop = shop();
    let mut evil = shop::default(EVIL, Mechanism::Environ, Layer::Code, text(EVIL), EVIL, EVIL);
    evil.description = Some(EVIL.to_owned());
    evil.type_name = Some(EVIL.to_owned());
    evil.aliases = vec![EVIL.to_owned()];
    let nginx = shop::default("nginx.proxy_read_timeout", Mechanism::Nginx, Layer::Proxy, text(EVIL), EVIL, EVIL);
    shop.snapshot.defaults = vec![evil, nginx];
    shop.snapshot.site.processes[0].app = Some(EVIL.to_owned());
    shop.snapshot.site.environment = Some(EVIL.to_owned());
    shop.findings = vec![shop::finding("SP999", setpoint_model::Severity::Error, EVIL, EVIL, EVIL)];
    shop.register.defaults[0].name = EVIL.to_owned();
    shop.register.defaults[0].documentation.why = Some(format!("`{EVIL}` {EVIL}"));
    let page = html(shop.pages());
    assert_eq!(page.matches("<script").count(), 1, "{page}");
    assert_eq!(page.matches("</script").count(), 1, "{page}");
    assert!(!page.contains("<img"), "{page}");
    assert!(page.contains("alert(1)"), "the value itself is shown");
    // The anchor is an attribute and a fragment: nothing of the name but letters may be in it.
    assert!(between(&page, "id=\"d-", "\"").iter().all(|id| !id.contains(['<', '&', '\'', ' '])), "{page}");
}

#[test]
fn the_policy_allows_the_style_and_the_program_of_the_page_and_nothing_else() {
    let page = html(shop().pages());
    let policy = between(&page, "Content-Security-Policy\" content=\"", "\"")[0];
    let hash = |text: &str| base64::prelude::BASE64_STANDARD.encode(sha2::Sha256::digest(text));
    let style = hash(between(&page, "<style>", "</style>")[0]);
    let script = hash(between(&page, "<script>", "</script>")[0]);
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; \
             form-action 'none'"
        )
    );
    // What the policy forbids is not in the page either: nothing is fetched, and no element styles or runs itself.
    for forbidden in ["src=", "<link", "style=", "onclick", "onload", "@import", "url("] {
        let outside = page.replace("url(#arrow", "");
        assert!(!outside.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn every_link_leads_somewhere_in_the_page() {
    let page = html(shop().pages());
    let ids: Vec<&str> = between(&page, " id=\"", "\"");
    let unique: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "an id is given twice");
    let links = between(&page, "href=\"", "\"");
    assert!(links.len() > 40, "the picture links its values: {}", links.len());
    for link in links {
        assert!(unique.contains(link.trim_start_matches('#')), "{link}");
    }
}

#[test]
fn the_pictures_are_well_formed_and_nothing_sticks_out() {
    let page = html(shop().pages());
    let pictures = between(&page, "<svg ", "</svg>");
    assert_eq!(pictures.len(), 2, "one beside each other, one below each other");
    for picture in pictures {
        let picture = format!("<svg {picture}</svg>");
        let tree = roxmltree::Document::parse(&picture).unwrap_or_else(|error| panic!("{error}\n{picture}"));
        let number = |node: roxmltree::Node<'_, '_>, name: &str| -> f64 {
            node.attribute(name).unwrap().parse().unwrap_or_else(|error| panic!("{error}: {name}"))
        };
        let (width, height) = (number(tree.root_element(), "width"), number(tree.root_element(), "height"));
        let cards: Vec<_> = tree.descendants().filter(|node| node.has_tag_name("rect")).collect();
        assert_eq!(cards.len(), 6, "client, nginx, uvicorn, application, database, gateway");
        let mut taken: Vec<[f64; 4]> = Vec::new();
        for card in cards {
            let parent = card.parent_element().unwrap();
            let offset = parent.attribute("transform").unwrap().trim_start_matches("translate(").trim_end_matches(')');
            let (x, y) = offset.split_once(' ').unwrap();
            let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
            let (right, bottom) = (x + number(card, "width"), y + number(card, "height"));
            assert!(right <= width && bottom <= height, "{offset}");
            for text in parent.descendants().filter(|node| node.has_tag_name("text")) {
                assert!(number(text, "y") < bottom - y, "a row below its card: {text:?}");
            }
            for [left, top, far, low] in &taken {
                assert!(x >= *far || *left >= right || y >= *low || *top >= bottom, "two cards on one place");
            }
            taken.push([x, y, right, bottom]);
        }
    }
}

/// Nine hundred defaults as a large service has them.
pub(crate) fn many() -> shop::Shop {
    let mut shop = shop();
    shop.snapshot.defaults.extend((0..900).map(|number| {
        let file = format!("shop/part{}/settings.py", number % 30);
        let name = format!("SHOP_PART_{number:03}_RETRY_LIMIT");
        let value = Held::Constant(Value::Integer(number));
        let mut default = shop::default(&name, Mechanism::Environ, Layer::Code, value, &file, "Settings.retry_limit");
        default.description = Some("How often a delivery is tried before the order is put aside.".to_owned());
        default.type_name = Some("int".to_owned());
        default
    }));
    shop
}

#[test]
fn nine_hundred_defaults_stay_a_small_page() {
    let page = html(many().pages());
    assert_eq!(page.matches("<details id").count(), 933);
    assert!(page.len() < 500_000, "{} bytes", page.len());
}

#[test]
fn a_site_of_which_nothing_is_known_has_a_page_too() {
    let mut shop = shop();
    shop.snapshot.defaults.clear();
    shop.snapshot.site.processes.clear();
    shop.findings.clear();
    let page = html(setpoint_docs::Pages { register: None, ..shop.pages() });
    assert!(page.contains("<h1>Production defaults</h1>"), "{page}");
    for picture in between(&page, "<svg ", "</svg>") {
        roxmltree::Document::parse(&format!("<svg {picture}</svg>")).unwrap();
    }
}
