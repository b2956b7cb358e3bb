//! The pages of the shop.
mod support;

#[test]
fn dump() {
    let shop = support::shop();
    for (name, text) in setpoint_docs::pages(shop.pages()) {
        std::fs::create_dir_all("/tmp/docs").unwrap();
        std::fs::write(format!("/tmp/docs/{name}"), text).unwrap();
    }
}
