//! A line of a scene about the machine: what is needed, and behind `here` what is there in its place.
//!
//! ```text
//! need package nginx /usr/sbin/nginx                     its files
//! need group shop here                                   a need that this machine has
//! need user shop shop,adm /srv/shop /bin/sh              its own group and the others, home, shell
//! need folder /var/lib/shop 0750 shop:shop state
//! need file /etc/shop.env 0640 root:shop here 0644 root:root
//! need link /etc/nginx/sites-enabled/shop ../shop
//! need python /srv/shop/.venv /usr/bin/python3.11
//! need distributions /srv/shop/.venv fastapi==0.115.0
//! need variables /etc/shop.env SHOP_POOL_SIZE=10 SHOP_KEY=***
//! need unit shop.service enabled
//! ```

use setpoint_model::register::{Backup, Documentation, Release, Repository};
use setpoint_model::{Need, Needed, Ownership, Place, Purpose, Standing, Value};

pub(super) fn standing(kind: &str, name: &str, words: &[&str]) -> Standing {
    let (needed_words, here) = match words.iter().position(|word| *word == "here") {
        Some(at) => (&words[..at], Some(&words[at + 1..])),
        None => (words, None),
    };
    let need = Need { name: name.to_owned(), what: needed(kind, needed_words) };
    Standing { need, here: here.map(|words| needed(kind, words)) }
}

fn needed(kind: &str, words: &[&str]) -> Needed {
    let texts = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    match (kind, words) {
        ("package", files) => Needed::Package { files: texts(files) },
        ("group", []) => Needed::Group,
        ("user", [groups, home, shell]) => {
            let mut groups = texts(&groups.split(',').collect::<Vec<_>>());
            let group = groups.remove(0);
            Needed::User { group, groups, home: (*home).to_owned(), shell: (*shell).to_owned() }
        }
        ("folder", [mode, owner, purpose]) => Needed::Folder {
            access: access(mode, owner),
            purpose: Purpose::ALL.into_iter().find(|known| known.as_str() == *purpose).unwrap(),
        },
        ("file", [mode, owner]) => Needed::File { access: access(mode, owner) },
        ("link", [target]) => Needed::Link { target: (*target).to_owned() },
        ("python", [interpreter]) => Needed::Python { interpreter: (*interpreter).to_owned() },
        ("distributions", pins) => {
            let name = |pin: &str| pin.split("==").next().unwrap().to_owned();
            Needed::Distributions { pins: pins.iter().map(|pin| (name(pin), (*pin).to_owned())).collect() }
        }
        ("variables", lines) => {
            let value = |text: &str| (text != "***").then(|| Value::Text(text.replace('·', " ")));
            let lines = lines.iter().map(|line| line.split_once('=').unwrap());
            Needed::Variables { values: lines.map(|(name, text)| (name.to_owned(), value(text))).collect() }
        }
        ("unit", [state]) => Needed::Unit { enabled: *state == "enabled" },
        _ => panic!("`{kind}` with {words:?} is no need"),
    }
}

fn access(mode: &str, owner: &str) -> Ownership {
    let (owner, group) = owner.split_once(':').unwrap();
    Ownership { mode: u32::from_str_radix(mode, 8).unwrap(), owner: owner.to_owned(), group: group.to_owned() }
}

/// What the register has saved.
pub(super) fn backup(include: &[&str]) -> Backup {
    Backup {
        repository: Repository::Folder("/var/backups/setpoint".to_owned()),
        region: None,
        credentials_file: None,
        password_file: None,
        include: include.iter().map(|path| (*path).to_owned()).collect(),
        exclude: Vec::new(),
        databases: Vec::new(),
        keep: Vec::new(),
        documentation: Documentation::default(),
        place: Place::file("setpoint.toml"),
    }
}

/// How the register deploys.
pub(super) fn release(deploy: &str) -> Release {
    Release {
        deploy: deploy.replace('·', " "),
        rollback: String::new(),
        watch: Release::WATCH,
        staging: None,
        proof_lasts: Release::PROOF_LASTS,
        documentation: Documentation::default(),
        place: Place::file("setpoint.toml"),
    }
}
