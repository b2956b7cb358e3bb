use super::{Service, TakenAway};

/// The files that Compose looks for in a folder; it takes the first (`DefaultFileNames` of compose-go's
/// `cli/options.go`).
pub const DEFAULT_NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];
/// The files beside it that it lays over it; again the first (`DefaultOverrideFileNames`, there).
pub const OVERRIDE_NAMES: [&str; 4] =
    ["compose.override.yml", "compose.override.yaml", "docker-compose.override.yml", "docker-compose.override.yaml"];

/// Takes from what several files say of one service, the weakest first, what a stronger one takes away or replaces
/// (Compose specification, "Merge"): lists grow, of commands the last counts. A variable that comes again stays where
/// it is, so that both places are known; the later one wins. True if the service is left.
pub fn merge<'s>(parts: impl IntoIterator<Item = &'s mut Service>) -> bool {
    let mut parts: Vec<&mut Service> = parts.into_iter().collect();
    let mut is_left = false;
    for at in 0..parts.len() {
        let (weaker, stronger) = parts.split_at_mut(at);
        is_left = !stronger[0].takes_away.contains(&TakenAway::Service);
        for part in weaker {
            part.without(&stronger[0].takes_away);
            if stronger[0].entrypoint.is_some() {
                part.entrypoint = None;
            }
            if stronger[0].command.is_some() {
                part.command = None;
            }
        }
    }
    is_left
}

impl Service {
    fn without(&mut self, taken_away: &[TakenAway]) {
        for taken in taken_away {
            match taken {
                TakenAway::Everything | TakenAway::Service => {
                    *self = Service { name: std::mem::take(&mut self.name), ..Service::default() };
                }
                TakenAway::Environment => self.environment.clear(),
                TakenAway::Variable(name) => self.environment.retain(|variable| variable.name != *name),
                TakenAway::EnvFiles => self.env_files.clear(),
                TakenAway::Profiles => self.profiles.clear(),
                TakenAway::Property(key) => {
                    self.properties.retain(|property| !property.is_below(key));
                    self.build.take_if(|_| key == "build");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::merge;
    use crate::compose::{Start, parse};

    /// What is left of the service `web` of each file, the weakest first.
    fn merged(files: &[&str]) -> String {
        let parsed = files.iter().map(|text| parse(format!("services:\n  web:{text}").as_bytes()).0.services.remove(0));
        let mut parts: Vec<_> = parsed.collect();
        if !merge(&mut parts) {
            return "(no service)".to_owned();
        }
        let lines = parts.iter().map(|part| {
            let variables = part.environment.iter().map(|one| one.name.as_str());
            let files = part.env_files.iter().map(|file| file.path.as_str());
            let words = |start: &Option<Start>| {
                start.as_ref().map(|start| start.words().iter().map(crate::Word::as_str).collect::<Vec<_>>().join(" "))
            };
            let properties = part.properties.iter().map(|one| format!("{}={}", one.key, one.value.as_str()));
            let line = format!(
                "{:?} {:?} {:?} {:?} {:?} {}",
                variables.collect::<Vec<_>>(),
                files.collect::<Vec<_>>(),
                words(&part.entrypoint),
                words(&part.command),
                part.profiles,
                properties.collect::<Vec<_>>().join(" ")
            );
            line.trim_end().to_owned()
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn lists_grow_and_of_commands_the_last_counts() {
        insta::assert_snapshot!(merged(&[
            "\n    environment: {A: 1, B: 2}\n    env_file: [a.env, b.env]\n    entrypoint: run\n    command: one two",
            "\n    environment: [B=3]\n    env_file: a.env\n    command: [three]\n    profiles: [tools]",
        ]), @r#"
        ["A", "B"] ["a.env", "b.env"] Some("run") None []
        ["B"] ["a.env"] None Some("three") ["tools"]
        "#);
    }

    #[test]
    fn a_stronger_file_takes_away() {
        insta::assert_snapshot!(merged(&[
            "\n    environment: {A: 1, B: 2}\n    env_file: a.env\n    command: one\n    profiles: [x]",
            "\n    environment: {A: !reset null, C: 3}\n    env_file: !override [c.env]\n    command: !reset null\n    profiles: !reset []",
        ]), @r#"
        ["B"] [] None None []
        ["C"] ["c.env"] None Some("") []
        "#);
        insta::assert_snapshot!(merged(&["\n    environment: {A: 1}\n    command: one", " !override\n    environment: [B=1]"]), @r#"
        [] [] None None []
        ["B"] [] None None []
        "#);
        insta::assert_snapshot!(merged(&["\n    environment: {A: 1}", " !reset null"]), @"(no service)");
    }

    #[test]
    fn properties_are_taken_away_by_their_keys() {
        insta::assert_snapshot!(merged(&[
            "\n    image: a\n    build: .\n    ports: ['80:80']\n    deploy: {restart_policy: {condition: any}, resources: {limits: {memory: 1g}}}\n    ulimits: {nofile: 1, nproc: 2}",
            "\n    build: !reset null\n    ports: !override ['81:80']\n    deploy: {resources: {limits: !reset {}}}\n    ulimits: {nofile: !reset 1}",
        ]), @"
        [] [] None None [] image=a deploy.restart_policy=any ulimits.nproc=2
        [] [] None None [] ports=81:80
        ");
    }
}
