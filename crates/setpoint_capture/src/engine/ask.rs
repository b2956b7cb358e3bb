use super::{Config, Container, Engine, Inspected};
use serde::Deserialize;
use setpoint_host::{Host, Refusal};
use setpoint_model::{Problem, Retry};
use std::time::Duration;

/// Longer than an engine takes for anything but a hang.
const PATIENCE: Duration = Duration::from_secs(10);

/// Asks the engines of this machine for a container, Docker first. `again` is the command that asks with more rights.
pub(crate) fn ask(host: &dyn Host, name: &str, again: &str) -> Result<Container, Problem> {
    let mut refusals = Vec::new();
    for engine in [Engine::Docker, Engine::Podman] {
        match inspect(host, engine, name) {
            Ok(container) => return Ok(container),
            Err(refused) => refusals.push((engine, refused)),
        }
    }
    Err(problem(name, &refusals, again))
}

/// Why an engine does not tell of a container.
enum Refused {
    /// It is not installed.
    Missing,
    /// It has no container of that name.
    NoContainer,
    /// This user may not ask it.
    Denied,
    /// It cannot be asked at all, or says something else than expected; its own words.
    Failed(String),
}

fn inspect(host: &dyn Host, engine: Engine, name: &str) -> Result<Container, Refused> {
    let mut inspected: Vec<Inspected> = run(host, engine, &["inspect", "--type", "container", "--", name])?;
    let inspected = inspected.pop().ok_or(Refused::NoContainer)?;
    let image = inspected.image.as_deref().filter(|image| !image.is_empty());
    // Without its image nobody knows which variables are the container's own, and all of them are.
    let images: Vec<Image> =
        image.and_then(|image| run(host, engine, &["image", "inspect", "--", image]).ok()).unwrap_or_default();
    let of_image = images.into_iter().find_map(|image| image.config?.env).unwrap_or_default();
    Ok(inspected.container(engine, &of_image))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Image {
    config: Option<Config>,
}

fn run<T: serde::de::DeserializeOwned>(host: &dyn Host, engine: Engine, arguments: &[&str]) -> Result<T, Refused> {
    let output = host.run(engine.program(), arguments, PATIENCE).map_err(|refusal| match refusal {
        Refusal::Missing(_) => Refused::Missing,
        Refusal::Denied(_) => Refused::Denied,
        Refusal::TooLong { .. }
        | Refusal::NotWritable(_)
        | Refusal::Circle(_)
        | Refusal::TimedOut(_)
        | Refusal::Failed { .. } => Refused::Failed(refusal.to_string()),
    })?;
    if output.succeeded() {
        // What stands in the answer may be secret, so that a fault of it is not quoted.
        return serde_json::from_slice(&output.stdout)
            .map_err(|_| Refused::Failed("its answer is not understood".into()));
    }
    Err(refused(&String::from_utf8_lossy(&output.stderr)))
}

/// What an engine means by what it says on standard error.
fn refused(said: &str) -> Refused {
    let lower = said.to_ascii_lowercase();
    // A daemon that does not run is "no such file or directory".
    if ["no such container", "no such object"].iter().any(|none| lower.contains(none)) {
        Refused::NoContainer
    } else if lower.contains("permission denied") {
        Refused::Denied
    } else {
        let first = said.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        Refused::Failed(first.trim_start_matches("Error: ").trim_end_matches('.').to_owned())
    }
}

/// One problem of what all engines said: the first that could have known the container says most.
fn problem(name: &str, refusals: &[(Engine, Refused)], again: &str) -> Problem {
    let could_not = |engine: Engine| format!("{} could not be asked for the container `{name}`", engine.name());
    for (engine, refused) in refusals {
        let (program, service) = (engine.program(), engine.name());
        match refused {
            Refused::Missing | Refused::NoContainer => {}
            Refused::Denied => {
                let what = format!("{}: permission denied", could_not(*engine));
                return Problem::machine(what, format!("a user who may ask {service}"), Retry::Safe)
                    .hint(format!("run `{again}`"));
            }
            Refused::Failed(said) => {
                let others = refusals.iter().filter(|(_, refused)| matches!(refused, Refused::NoContainer));
                let others: String = others.map(|(other, _)| format!("; {} has none", other.name())).collect();
                let what = format!("{}: {said}{others}", could_not(*engine));
                return Problem::machine(what, format!("a machine on which {service} runs"), Retry::Safe).hint(
                    format!("`{program} info` says whether it runs; or name the service's folder with `--root`"),
                );
            }
        }
    }
    let installed = refusals.iter().find(|(_, refused)| !matches!(refused, Refused::Missing));
    let Some((engine, _)) = installed else {
        let what = format!("the container `{name}` cannot be looked at: there is no `docker` and no `podman`");
        return Problem::machine(what, "a machine with Docker or Podman", Retry::Safe)
            .hint("without them, name the folder of the service with `--root`");
    };
    let what = format!("there is no container `{name}`");
    Problem::input(what, "the name of a container, such as `shop-web-1`", Retry::SafeOnceMended)
        .hint(format!("`{} ps --all` lists them, and root's are others than a user's", engine.program()))
}

#[cfg(test)]
mod tests {
    use super::{Engine, Refused, problem, refused};

    /// What a person is told where Docker and Podman say this; `None` where one is not installed.
    fn told(docker: Option<&str>, podman: Option<&str>) -> String {
        let refused = |said: Option<&str>| said.map_or(Refused::Missing, refused);
        let refusals = [(Engine::Docker, refused(docker)), (Engine::Podman, refused(podman))];
        let problem = problem("web", &refusals, "sudo setpoint capture --container web");
        format!("{problem}\n  hint: {}", problem.hint.as_deref().unwrap_or_default())
    }

    const NO_DAEMON: &str =
        "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?\n";
    /// Docker 28 and later.
    const NO_SOCKET: &str = "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is \
        correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory\n";
    const NO_RIGHT: &str = "permission denied while trying to connect to the Docker daemon socket at \
        unix:///var/run/docker.sock: Get \"http://%2Fvar%2Frun%2Fdocker.sock/v1.50/containers/web/json\": dial unix \
        /var/run/docker.sock: connect: permission denied\n";
    const NONE_OF_DOCKER: &str = "Error response from daemon: No such container: web\n";
    const NONE_OF_PODMAN: &str = "Error: inspecting object: no such container web\n";

    #[test]
    fn one_problem_says_what_to_do() {
        insta::assert_snapshot!(told(None, None), @"
        the container `web` cannot be looked at: there is no `docker` and no `podman`; expected a machine with Docker or Podman; retry: safe, nothing was changed
          hint: without them, name the folder of the service with `--root`
        ");
        insta::assert_snapshot!(told(Some(NO_DAEMON), Some(NONE_OF_PODMAN)), @"
        Docker could not be asked for the container `web`: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?; Podman has none; expected a machine on which Docker runs; retry: safe, nothing was changed
          hint: `docker info` says whether it runs; or name the service's folder with `--root`
        ");
        insta::assert_snapshot!(told(Some(NO_SOCKET), None), @"
        Docker could not be asked for the container `web`: failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory; expected a machine on which Docker runs; retry: safe, nothing was changed
          hint: `docker info` says whether it runs; or name the service's folder with `--root`
        ");
        insta::assert_snapshot!(told(Some(NO_RIGHT), None), @"
        Docker could not be asked for the container `web`: permission denied; expected a user who may ask Docker; retry: safe, nothing was changed
          hint: run `sudo setpoint capture --container web`
        ");
        insta::assert_snapshot!(told(Some(NONE_OF_DOCKER), None), @"
        there is no container `web`; expected the name of a container, such as `shop-web-1`; retry: safe once this is mended; nothing was changed
          hint: `docker ps --all` lists them, and root's are others than a user's
        ");
        insta::assert_snapshot!(told(None, Some(NONE_OF_PODMAN)), @"
        there is no container `web`; expected the name of a container, such as `shop-web-1`; retry: safe once this is mended; nothing was changed
          hint: `podman ps --all` lists them, and root's are others than a user's
        ");
    }
}
