use super::{Variable, environment, scalar};
use crate::Traced;
use crate::yaml::Node;

/// `build`: how the image of a service is made (Compose Build specification). `${NAME}` and its like stand in it as they
/// are written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Build {
    /// The folder that it is made of; relative to the compose file.
    pub context: Option<Traced>,
    /// The Dockerfile, relative to that folder.
    pub dockerfile: Option<Traced>,
    /// The stage that is the image; the last where none is named.
    pub target: Option<Traced>,
    /// What the arguments of the Dockerfile are.
    pub arguments: Vec<Variable>,
    /// True where the compose file has the text of the Dockerfile itself.
    pub is_inline: bool,
}

/// A folder, or a mapping.
pub(super) fn read(node: &Node) -> Build {
    if let Some(folder) = scalar(node) {
        return Build { context: Some(folder.clone()), ..Build::default() };
    }
    let said = |key: &str| node.get(key).and_then(scalar).cloned();
    Build {
        context: said("context"),
        dockerfile: said("dockerfile"),
        target: said("target"),
        arguments: node.get("args").map(environment).unwrap_or_default(),
        is_inline: node.get("dockerfile_inline").is_some(),
    }
}

impl Build {
    /// Lays what a stronger file says over this.
    pub fn extend(&mut self, stronger: &Build) {
        let Build { context, dockerfile, target, arguments, is_inline } = stronger.clone();
        self.context = context.or(self.context.take());
        self.dockerfile = dockerfile.or(self.dockerfile.take());
        self.target = target.or(self.target.take());
        self.arguments.retain(|known| arguments.iter().all(|one| one.name != known.name));
        self.arguments.extend(arguments);
        self.is_inline |= is_inline;
    }
}
