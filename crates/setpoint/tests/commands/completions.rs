#[test]
fn every_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let said = crate::empty().run(&format!("completions {shell}"));
        assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""));
        for command in ["capture", "explain", "check", "docs"] {
            assert!(said.stdout.contains(command), "{shell}: no {command}");
        }
    }
}
