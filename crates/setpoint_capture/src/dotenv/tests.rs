use super::{read, read_environment_file};
use crate::source::{Deployment, Origin};
use crate::{Clear, Target};
use setpoint_host::{FixtureHost, LiveHost};
use setpoint_model::Layer;
use std::path::Path;

fn file(text: &[u8]) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the test prepares the file that is read")]
    std::fs::write(file.path(), text).unwrap();
    file
}

fn picture(deployment: &Deployment) -> Vec<String> {
    let line = |assignment: &crate::Assignment| {
        let Target::Variable(name) = &assignment.target else { panic!("only variables stand in such a file") };
        let value = match &assignment.value {
            Clear::Constant(value) => value.reveal().to_string(),
            Clear::Dynamic => "(dynamic)".to_owned(),
            Clear::Nothing => "(nothing)".to_owned(),
        };
        format!("{}:{} {name}={value}", assignment.place.line, assignment.place.column)
    };
    deployment.assignments.iter().map(line).collect()
}

#[test]
fn the_same_text_is_read_by_the_rules_of_its_reader() {
    let text = b"export A='x' # why\nB=${A}y\nC=1 # why\nD=${HOME}/x\nE\n";
    let file = file(text);
    let origin = Origin { path: file.path(), shown: ".env", process: None };
    let dotenv = read(&LiveHost, origin);
    assert_eq!(picture(&dotenv), ["1:10 A=x", "2:3 B=xy", "3:3 C=1", "4:3 D=(dynamic)"]);
    let systemd = read_environment_file(&LiveHost, origin, Layer::EnvironmentFile);
    assert_eq!(picture(&systemd), ["2:3 B=${A}y", "3:3 C=1 # why", "4:3 D=${HOME}/x"]);
    assert_eq!((dotenv.problems.len(), systemd.problems.len()), (0, 2));
}

#[test]
fn a_file_that_is_too_long_is_said_and_not_read() {
    let file = tempfile::NamedTempFile::new().unwrap();
    file.as_file().set_len(200 << 20).unwrap();
    let read = read(&LiveHost, Origin { path: file.path(), shown: ".env", process: None });
    assert!(read.assignments.is_empty());
    let problem = read.problems[0].to_string();
    let name = file.path().display();
    assert_eq!(
        problem,
        format!(
            "`{name}` was not read: it has 209715200 bytes (.env:1:1); expected at most 4194304 bytes; \
             retry: safe once this is mended; nothing was changed"
        )
    );
}

#[test]
fn junk_gives_a_bounded_number_of_problems_in_little_time() {
    let junk: Vec<u8> =
        (0..2_000_000_u32).map(|at| b"a \xff'\n=\"\\$"[(at.wrapping_mul(2_654_435_761) >> 16) as usize % 9]).collect();
    let file = file(&junk);
    let origin = Origin { path: file.path(), shown: ".env", process: None };
    let started = std::time::Instant::now();
    for read in [read(&LiveHost, origin), read_environment_file(&LiveHost, origin, Layer::EnvironmentFile)] {
        assert!(read.problems.len() <= 21, "{}", read.problems.len());
    }
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn a_missing_file_is_a_problem_at_its_name_in_places() {
    let origin = Origin { path: Path::new("/etc/shop.env"), shown: "/etc/shop.env", process: None };
    let read = read(&FixtureHost::new("/nonexistent"), origin);
    assert_eq!(read.problems[0].place.as_ref().unwrap().file, "/etc/shop.env");
}
