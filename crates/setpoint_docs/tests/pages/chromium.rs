//! The page in a real browser, which also enforces the page's content security policy: with a wrong hash the program
//! would not run and nothing would be filtered.

use crate::html::many;
use crate::shop::shop;
use setpoint_docs::html;
use setpoint_testkit::tool_is_here;

/// The page's document after its program has run, opened with that fragment; `None` where there is no browser.
#[expect(clippy::disallowed_methods, reason = "the test starts the browser that reads the page")]
fn opened(page: &str, fragment: &str) -> Option<String> {
    if !tool_is_here("chromium") {
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("index.html");
    std::fs::write(&file, page).unwrap();
    let said = std::process::Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args(["--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("file://{}#{fragment}", file.display()))
        .output()
        .unwrap();
    let document = String::from_utf8(said.stdout).unwrap();
    assert!(document.contains("</html>"), "{}", String::from_utf8_lossy(&said.stderr));
    Some(document)
}

/// The names of the rows that can be seen.
fn seen(document: &str) -> Vec<&str> {
    let rows = document.split("<details id").skip(1).map(|row| row.split_once('>').unwrap());
    let visible = rows.filter(|(attributes, _)| !attributes.contains("hidden"));
    visible.map(|(_, row)| row.split_once("<code>").unwrap().1.split_once("</code>").unwrap().0).collect()
}

#[test]
fn a_search_is_a_link() {
    let Some(document) = opened(&html(shop().pages()), "q=gateway+timeout") else { return };
    // The second is found by the advice of its finding.
    assert_eq!(seen(&document), ["SHOP_GATEWAY_TIMEOUT", "SHOP_GATEWAY_TIMOUT"]);
    assert!(document.contains(">2 of 33 defaults</output>"), "{document}");
}

#[test]
fn layer_and_state_filter_together() {
    let Some(document) = opened(&html(shop().pages()), "layer=environment-file&show=secret") else { return };
    assert_eq!(seen(&document), ["SHOP_SECRET_KEY"]);
}

#[test]
fn a_search_without_a_match_says_so() {
    let Some(document) = opened(&html(shop().pages()), "q=no-such-default") else { return };
    assert!(seen(&document).is_empty());
    assert!(document.contains("<p id=\"none\">No default matches."), "{document}");
}

#[test]
fn a_link_to_a_default_opens_it() {
    let Some(document) = opened(&html(shop().pages()), "d-SHOP_POOL_SIZE") else { return };
    let row = document.split("<details").find(|row| row.contains("id=\"d-SHOP_POOL_SIZE\"")).unwrap();
    assert!(row.split_once('>').unwrap().0.contains("open"), "{row}");
    assert_eq!(seen(&document).len(), 33);
}

#[test]
fn nine_hundred_defaults_are_searched() {
    let Some(document) = opened(&html(many().pages()), "q=part_123") else { return };
    assert_eq!(seen(&document), ["SHOP_PART_123_RETRY_LIMIT"]);
}
