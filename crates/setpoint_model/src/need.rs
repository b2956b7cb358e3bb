use crate::Value;
use serde::Serialize;
use std::collections::BTreeMap;

/// One thing that a site needs of the machine that it runs on, and that a checkout of the repository does not bring.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Need {
    /// The package, account or unit, else the absolute path: `nginx`, `shop`, `/etc/shop/shop.env`.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub what: Needed,
}

/// What is needed, or what is there in its place, in the order in which a machine is set up.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Needed {
    /// A package of Debian, for the sake of these of its files: programs that units start, and the interpreter.
    Package {
        /// Absolute, sorted.
        files: Vec<String>,
    },
    /// A group of group(5).
    Group,
    /// A user of passwd(5).
    User {
        /// The name of its own group.
        group: String,
        /// The names of the other groups that it is in, sorted.
        groups: Vec<String>,
        /// Its home folder.
        home: String,
        /// Its shell.
        shell: String,
    },
    /// A folder in which a unit runs or keeps its state.
    Folder {
        /// Who may do what.
        access: Ownership,
        /// What lies in it.
        purpose: Purpose,
    },
    /// A configuration file that lies outside of the tree and belongs to no package.
    File {
        /// Who may do what.
        access: Ownership,
    },
    /// A symbolic link to one, as of `sites-enabled`.
    Link {
        /// As the link has it.
        target: String,
    },
    /// A virtual environment.
    Python {
        /// The interpreter that it was made with, links followed: `/usr/bin/python3.11`.
        interpreter: String,
    },
    /// What is installed in a virtual environment.
    Distributions {
        /// By their normalised names, what pip takes to install them: `fastapi==0.115.0`, `--editable=/srv/shop`.
        pins: BTreeMap<String, String>,
    },
    /// What a file of variables sets.
    Variables {
        /// By their names; `None` for a secret, of which nothing is written down but that it is set.
        values: BTreeMap<String, Option<Value>>,
    },
    /// A unit of systemd.
    Unit {
        /// It is started with the machine.
        enabled: bool,
    },
}

/// What a folder is for, and so where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// It holds the checkout.
    Code,
    /// A unit keeps its state there (`StateDirectory=`): systemd makes it when the unit starts, with nothing in it.
    State,
    /// Anything else; what it holds is needed by itself.
    Other,
}

impl Purpose {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Code, Self::State, Self::Other];

    /// As the lock has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Code => "code",
            Purpose::State => "state",
            Purpose::Other => "other",
        }
    }
}

/// Whose a file or folder is, by name since other machines number their accounts differently.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ownership {
    /// Permission bits, 0o7777 at most.
    pub mode: u32,
    /// The user.
    pub owner: String,
    /// The group.
    pub group: String,
}

/// A need, and what this machine has of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// What is needed.
    pub need: Need,
    /// What is here under that name; `None` where there is nothing.
    pub here: Option<Needed>,
}

impl Needed {
    /// The name of its kind, for people and for the lock.
    pub fn kind(&self) -> &'static str {
        match self {
            Needed::Package { .. } => "package",
            Needed::Group => "group",
            Needed::User { .. } => "user",
            Needed::Folder { .. } => "folder",
            Needed::File { .. } => "file",
            Needed::Link { .. } => "link",
            Needed::Python { .. } => "python",
            Needed::Distributions { .. } => "distributions",
            Needed::Variables { .. } => "variables",
            Needed::Unit { .. } => "unit",
        }
    }

    /// Its place in the order in which a machine is set up.
    fn turn(&self) -> u8 {
        match self {
            Needed::Package { .. } => 0,
            Needed::Group => 1,
            Needed::User { .. } => 2,
            Needed::Folder { .. } => 3,
            Needed::File { .. } => 4,
            Needed::Link { .. } => 5,
            Needed::Python { .. } => 6,
            Needed::Distributions { .. } => 7,
            Needed::Variables { .. } => 8,
            Needed::Unit { .. } => 9,
        }
    }
}

impl Need {
    /// What needs are sorted by: the order in which a machine is set up, then the name.
    pub fn order(&self) -> (u8, &str) {
        (self.what.turn(), &self.name)
    }
}
