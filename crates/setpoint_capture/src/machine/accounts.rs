use super::{FIRST_OF_MACHINE, LONGEST, NOBODY};
use setpoint_host::Host;
use setpoint_model::{Needed, Ownership};
use std::path::Path;

/// The users and groups of this machine (passwd(5), group(5)).
#[derive(Debug, Default)]
pub(super) struct Accounts {
    users: Vec<User>,
    groups: Vec<Group>,
}

#[derive(Debug)]
struct User {
    name: String,
    id: u32,
    group: u32,
    home: String,
    shell: String,
}

#[derive(Debug)]
struct Group {
    name: String,
    id: u32,
    members: Vec<String>,
}

impl Accounts {
    pub(super) fn of(host: &dyn Host) -> Self {
        let lines = |file: &str| -> Vec<Vec<String>> {
            let bytes = host.read(Path::new(file), LONGEST).unwrap_or_default();
            let text = String::from_utf8_lossy(&bytes).into_owned();
            text.lines().map(|line| line.split(':').map(str::to_owned).collect()).collect()
        };
        let user = |fields: Vec<String>| match fields.as_slice() {
            [name, _, id, group, _, home, shell] => Some(User {
                name: name.clone(),
                id: id.parse().ok()?,
                group: group.parse().ok()?,
                home: home.clone(),
                shell: shell.clone(),
            }),
            _ => None,
        };
        let group = |fields: Vec<String>| match fields.as_slice() {
            [name, _, id, members] => Some(Group {
                name: name.clone(),
                id: id.parse().ok()?,
                members: members.split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect(),
            }),
            _ => None,
        };
        Self {
            users: lines("/etc/passwd").into_iter().filter_map(user).collect(),
            groups: lines("/etc/group").into_iter().filter_map(group).collect(),
        }
    }

    /// Whose a file is: names, and numbers where nobody has that number.
    pub(super) fn ownership(&self, mode: u32, user: u32, group: u32) -> Ownership {
        let owner = self.users.iter().find(|known| known.id == user).map(|known| known.name.clone());
        Ownership {
            mode,
            owner: owner.unwrap_or_else(|| user.to_string()),
            group: self.group_name(group).map_or_else(|| group.to_string(), str::to_owned),
        }
    }

    /// The user of that name as a need.
    pub(super) fn user(&self, name: &str) -> Option<Needed> {
        let user = self.find(name)?;
        let own = self.group_name(user.group)?;
        let groups = self.groups_of(name).filter(|group| *group != own).map(str::to_owned);
        Some(Needed::User {
            group: own.to_owned(),
            groups: groups.collect(),
            home: user.home.clone(),
            shell: user.shell.clone(),
        })
    }

    /// The names of the groups that a user is in, sorted.
    pub(super) fn groups_of<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        let own = self.find(name).map(|user| user.group);
        let is_in = |group: &&Group| Some(group.id) == own || group.members.iter().any(|member| member == name);
        let mut groups: Vec<&str> = self.groups.iter().filter(is_in).map(|group| group.name.as_str()).collect();
        groups.sort_unstable();
        groups.into_iter()
    }

    pub(super) fn has_group(&self, name: &str) -> bool {
        self.groups.iter().any(|group| group.name == name)
    }

    /// True for a user that not every Debian has.
    pub(super) fn is_of_machine(&self, name: &str) -> bool {
        self.find(name).is_some_and(|user| is_of_machine(user.id))
    }

    /// True for a group that not every Debian has.
    pub(super) fn is_group_of_machine(&self, name: &str) -> bool {
        self.groups.iter().any(|group| group.name == name && is_of_machine(group.id))
    }

    fn find(&self, name: &str) -> Option<&User> {
        self.users.iter().find(|user| user.name == name)
    }

    fn group_name(&self, id: u32) -> Option<&str> {
        self.groups.iter().find(|group| group.id == id).map(|group| group.name.as_str())
    }
}

fn is_of_machine(id: u32) -> bool {
    id >= FIRST_OF_MACHINE && id != NOBODY
}
