//! The image that a service runs: one that is made of a Dockerfile of the tree, or one that is known by its name.

use super::{Part, Project};
use crate::source::Origin;
use setpoint_formats::compose::{self, Build, PropertyKind};
use setpoint_formats::dockerfile::{self, Image};
use setpoint_formats::{Complaint, Lines, Traced};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// An image that is made of a Dockerfile.
pub(super) struct Built {
    pub(super) path: PathBuf,
    pub(super) shown: String,
    pub(super) bytes: Rc<[u8]>,
    pub(super) lines: Lines,
    pub(super) image: Image,
}

/// The images that the services of a project make, by the service and by the name that they give the image.
#[derive(Default)]
pub(super) struct Images {
    by_service: HashMap<String, Rc<Built>>,
    by_name: HashMap<String, Rc<Built>>,
}

impl Images {
    pub(super) fn of(project: &mut Project<'_>, services: &[(String, Vec<Part>)]) -> Self {
        let mut images = Self::default();
        for (service, parts) in services {
            if let Some(built) = project.built(parts).map(Rc::new) {
                images.by_name.extend(named(parts).map(|name| (name, Rc::clone(&built))));
                images.by_service.insert(service.clone(), built);
            }
        }
        images
    }

    /// The image of a service; one that makes none may run what another makes.
    pub(super) fn get(&self, service: &str, parts: &[Part]) -> Option<&Rc<Built>> {
        self.by_service.get(service).or_else(|| {
            let is_made = parts.iter().any(|part| part.service.build.is_some());
            named(parts).filter(|_| !is_made).and_then(|name| self.by_name.get(&name))
        })
    }
}

/// The name of a service's image, where that is known.
pub(super) fn named(parts: &[Part]) -> Option<String> {
    let (part, property) = image(parts)?;
    let named = compose::interpolate(&property.value, part.scope.look_up());
    named.is_known.then(|| named.text.as_str().to_owned())
}

/// What says which image it is.
pub(super) fn image(parts: &[Part]) -> Option<(&Part, &compose::Property)> {
    let mut said = parts.iter().flat_map(|part| part.service.properties.iter().map(move |property| (part, property)));
    said.rfind(|(_, property)| property.kind == PropertyKind::Image)
}

impl Project<'_> {
    /// The image that a service makes, where its Dockerfile is here (Compose Build specification).
    fn built(&mut self, parts: &[Part]) -> Option<Built> {
        let mut build = Build::default();
        // What a path is relative to is the folder of the part that names it.
        let mut by = None;
        for (part, said) in parts.iter().filter_map(|part| Some((part, part.service.build.as_ref()?))) {
            build.extend(said);
            by = by.filter(|_| said.context.is_none()).or(Some(part));
        }
        let by: &Part = by.filter(|_| !build.is_inline)?;
        let look_up = by.scope.look_up();
        let known = |text: &Traced| {
            let resolved = compose::interpolate(text, look_up);
            resolved.is_known.then(|| resolved.text.as_str().to_owned())
        };
        let context =
            build.context.as_ref().map_or(Some(".".to_owned()), known).filter(|context| !is_remote(context))?;
        let file = build.dockerfile.as_ref().map_or(Some("Dockerfile".to_owned()), known)?;
        let target = match &build.target {
            Some(target) => Some(known(target)?).filter(|target| !target.is_empty()),
            None => None,
        };
        let arguments: HashMap<String, String> = build
            .arguments
            .iter()
            .filter_map(|argument| {
                let resolved = argument.resolved(look_up);
                resolved.is_known.then(|| (argument.name.clone(), resolved.text.as_str().to_owned()))
            })
            .collect();
        let path = super::scope::cleaned(&by.folder.join(context).join(file));
        let shown = (self.shown)(&path);
        if self.host.status(&path).is_err_and(|refusal| refusal.is_missing()) && path.starts_with(&by.folder) {
            let span = by.service.properties.iter().find(|property| property.kind == PropertyKind::Build)?.span;
            let complaint = Complaint::new(format!("there is no `{shown}` to build it of"), "a Dockerfile", span);
            self.started.deployment.problems.push(complaint.problem(&by.file.shown, &by.file.bytes));
            return None;
        }
        let bytes = self.load(Origin { path: &path, shown: &shown, process: None })?;
        self.started.other_files.push(path.clone());
        let (instructions, complaints) = dockerfile::parse(&bytes);
        self.started.complain(complaints, Origin { path: &path, shown: &shown, process: None }, &bytes);
        let image = dockerfile::image(&instructions, target.as_deref(), &|name| arguments.get(name).cloned())?;
        Some(Built { path, shown, lines: Lines::of(&bytes), bytes, image })
    }
}

/// True for a repository, which is no folder (`IsRemoteContext` of compose-go).
fn is_remote(context: &str) -> bool {
    context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/")
}

/// Images of servers that run no code of one's own, and the program that their entry point starts where it is given
/// options alone (`docker-entrypoint.sh` of docker-library/postgres and docker-library/redis), or nothing.
const SERVERS: [(&str, &str); 18] = [
    ("caddy", "caddy"),
    ("haproxy", "haproxy"),
    ("mariadb", "mariadbd"),
    ("memcached", "memcached"),
    ("mongo", "mongod"),
    ("mosquitto", "mosquitto"),
    ("eclipse-mosquitto", "mosquitto"),
    ("mysql", "mysqld"),
    ("nats", "nats-server"),
    ("nginx", "nginx"),
    ("pgvector", "postgres"),
    ("postgis", "postgres"),
    ("postgres", "postgres"),
    ("rabbitmq", "rabbitmq-server"),
    ("redis", "redis-server"),
    ("timescaledb", "postgres"),
    ("traefik", "traefik"),
    ("valkey", "valkey-server"),
];

/// The program of an image by its name: `docker.io/library/postgres:16-alpine`.
pub(super) fn program(image: &str) -> Option<&'static str> {
    let path = Path::new(image).file_name()?.to_str()?;
    let name = path.split([':', '@']).next()?;
    SERVERS.iter().find(|(known, _)| *known == name).map(|(_, program)| *program)
}
