//! For which environment a file is meant, by its name: `.env.staging`, `docker-compose.dev.yml`, `deploy/test/`.

use std::path::Path;

/// The words for one environment each, the usual one first.
const ENVIRONMENTS: [&[&str]; 4] = [
    &["production", "prod", "live"],
    &["staging", "stage", "preprod", "preproduction"],
    &["development", "dev", "devel", "local"],
    &["test", "tests", "testing", "ci", "qa", "e2e"],
];

/// True unless a word of the path names another environment than `wanted`, which is production where nobody says.
pub(crate) fn concerns(path: &Path, wanted: Option<&str>) -> bool {
    let wanted = wanted.unwrap_or("production").to_ascii_lowercase();
    // A name of one's own, `production-eu`, is a kind of the environment whose word it has.
    let wanted = words(&wanted).find_map(environment).unwrap_or(0);
    let folders = path.parent().into_iter().flat_map(Path::iter).filter_map(|folder| folder.to_str());
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_ascii_lowercase();
    let of_folders = folders.filter_map(|folder| environment(&folder.to_ascii_lowercase()));
    let of_name = words(&name).filter_map(environment);
    let mut named = of_folders.chain(of_name).peekable();
    named.peek().is_none() || named.any(|environment| environment == wanted)
}

fn environment(word: &str) -> Option<usize> {
    ENVIRONMENTS.iter().position(|words| words.contains(&word))
}

fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(['.', '-', '_'])
}

#[cfg(test)]
mod tests {
    use super::concerns;
    use std::path::Path;

    #[test]
    fn a_file_of_another_environment_is_left_out() {
        for (path, production, staging) in [
            (".env", true, true),
            (".env.production", true, false),
            (".env.staging", false, true),
            ("deploy/staging/shop.env", false, true),
            ("deploy/prod/.env", true, false),
            ("docker-compose.dev.yml", false, false),
            ("deploy/shop-test.service", false, false),
            ("deploy/latest/shop.env", true, true),
        ] {
            assert_eq!(concerns(Path::new(path), None), production, "{path}");
            assert_eq!(concerns(Path::new(path), Some("staging")), staging, "{path}");
            assert_eq!(concerns(Path::new(path), Some("production-eu")), production, "{path}");
        }
    }
}
