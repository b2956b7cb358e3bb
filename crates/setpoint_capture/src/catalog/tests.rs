mod installed;
mod versions;

use super::{FILES, Package};

#[test]
fn every_file_of_the_catalog_can_be_read() {
    for (name, text) in FILES {
        let package = Package::read(name, text).unwrap_or_else(|wrong| panic!("catalog/{name}.toml: {wrong}"));
        assert!(!package.entries.is_empty() || !package.calls.is_empty(), "{name}");
    }
}
