use insta::assert_snapshot;
use setpoint_testkit::{Sandbox, tool_is_here};

const CODE: &str =
    "import os\n\nSENDER = os.environ.get(\"MAIL_FROM\", \"shop@example.org\")\nREGION = os.environ[\"REGION\"]\n";
const PAGES: [&str; 3] = [".env.example", "defaults.md", "index.html"];

/// A service of one module.
fn mailer() -> Sandbox {
    crate::empty().file("mailer.py", CODE)
}

fn pages(sandbox: &Sandbox) -> [String; 3] {
    PAGES.map(|name| sandbox.read(&format!("docs/setpoint/{name}")))
}

#[test]
fn pages_that_were_just_written_are_fresh() {
    let mailer = mailer();
    assert_snapshot!(mailer.run("docs"), @r#"
    exit: 0
    --- stdout
    written docs/setpoint/.env.example
    written docs/setpoint/defaults.md
    written docs/setpoint/index.html
    "#);
    assert_eq!(mailer.run("docs --check").code, Some(0));
    // The pages themselves are no source of the next ones.
    assert_snapshot!(mailer.run("docs"), @r#"
    exit: 0
    --- stdout
    fresh   docs/setpoint/.env.example
    fresh   docs/setpoint/defaults.md
    fresh   docs/setpoint/index.html
    "#);
}

#[test]
fn a_stale_page_is_named_with_its_difference_and_the_way_to_mend_it() {
    let mailer = mailer();
    mailer.run("docs --root . --output pages");
    mailer.write("mailer.py", CODE.replace("shop@", "orders@"));
    std::fs::remove_file(mailer.path().join("pages/index.html")).unwrap();
    assert_snapshot!(mailer.run("docs --root . --output pages --check"), @r#"
    exit: 1
    --- stdout
    pages/.env.example is stale from line 12:
    - #MAIL_FROM=shop@example.org
    + #MAIL_FROM=orders@example.org
    pages/defaults.md is stale from line 18:
    - | `MAIL_FROM` | `shop@example.org` | code |  |
    + | `MAIL_FROM` | `orders@example.org` | code |  |
    pages/index.html is missing
    --- stderr

    hint: run `setpoint docs --root . --output pages` and commit the pages
    "#);
    mailer.run("docs --root . --output pages");
    assert_eq!(mailer.run("docs --root . --output pages --check").code, Some(0));
}

#[test]
fn an_edit_that_only_moves_lines_makes_nothing_stale() {
    let mailer = mailer();
    mailer.run("docs");
    mailer.write("mailer.py", format!("\"\"\"Sends mail.\"\"\"\n\n\n{CODE}"));
    assert_eq!(mailer.run("docs --check").code, Some(0));
}

#[test]
fn a_file_of_a_person_is_never_replaced() {
    let mailer = mailer().file("docs/setpoint/.env.example", "MAIL_FROM=me@example.org\n");
    assert_snapshot!(mailer.run("docs"), @"
    exit: 2
    --- stderr
    error: `docs/setpoint/.env.example` was not written by this command, and so is
      not replaced
      --> docs/setpoint/.env.example
    expected: no file of that name, or one that `setpoint docs` wrote
    retry: safe once this is mended; nothing was changed
    hint: choose another folder with `--output`, or move the file away
    ");
    assert_eq!(mailer.read("docs/setpoint/.env.example"), "MAIL_FROM=me@example.org\n");
    assert!(!mailer.path().join("docs/setpoint/index.html").exists(), "nothing is written by halves");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test makes the repository that the binary asks git about")]
fn what_git_ignores_is_not_in_the_pages_and_two_checkouts_agree() {
    if !tool_is_here("git") {
        return;
    }
    let (mine, theirs) = (mailer(), mailer());
    for checkout in [&mine, &theirs] {
        checkout.write(".gitignore", ".env\n");
        let git = std::process::Command::new("git").arg("-C").arg(checkout.path()).args(["init", "-q"]).status();
        assert!(git.unwrap().success());
    }
    mine.write(".env", "MAIL_FROM=me@example.org\nONLY_MINE=1\n");
    let said = mine.run("docs");
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), "`.env` is left out, since git ignores it\n"));
    assert_eq!(theirs.run("docs").code, Some(0));
    assert_eq!(pages(&mine), pages(&theirs));
}

#[test]
fn an_environment_that_the_register_lacks() {
    assert_snapshot!(mailer().run("docs --environment production"), @"
    exit: 2
    --- stderr
    error: there is no `setpoint.toml` here or above
    expected: one with `[environment.production]`
    retry: safe once this is mended; nothing was changed
    hint: go to the service's folder, or name it with `--root`; `setpoint capture
      --write` begins a register
    ");
}

#[test]
fn no_pages_go_into_a_file_and_none_are_made_of_nothing() {
    let shop = mailer().file("pages", "mine");
    assert_snapshot!(shop.run("docs --output pages"), @"
    exit: 2
    --- stderr
    error: `--output pages`: that is no folder
    expected: a folder, or a name that nothing has yet
    retry: safe once this is mended; nothing was changed
    ");
    let nothing = crate::empty().file("notes.txt", "nothing to capture");
    assert_snapshot!(nothing.run("docs"), @"
    exit: 2
    --- stderr
    error: no defaults were found in `[ROOT]`, and so nothing is
      written
    expected: the folder of a Python service
    retry: safe once this is mended; nothing was changed
    hint: name the service's folder with `--root`, or use `--unit` or
      `--container`
    ");
    assert_snapshot!(nothing.run("capture --write"), @"
    exit: 2
    --- stderr
    error: no defaults were found in `[ROOT]`, and so nothing is
      written
    expected: the folder of a Python service
    retry: safe once this is mended; nothing was changed
    hint: name the service's folder with `--root`, or use `--unit` or
      `--container`
    ");
}
