use super::{needs, standings};
use setpoint_host::{FixtureHost, Output};
use setpoint_model::{Need, Site, Snapshot};
use std::collections::BTreeSet;
use std::path::Path;

const UNIT: &str = "Id=shop.service
LoadState=loaded
UnitFileState=enabled
FragmentPath=/etc/systemd/system/shop.service
DropInPaths=/etc/systemd/system/shop.service.d/limits.conf
ExecStart={ path=/srv/shop/.venv/bin/uvicorn ; argv[]=/srv/shop/.venv/bin/uvicorn shop.main:app ; ignore_errors=no }
ExecReload={ path=/bin/kill ; argv[]=/bin/kill -s HUP $MAINPID ; ignore_errors=no }
User=shop
Group=shop
WorkingDirectory=/srv/shop
StateDirectory=shop
TriggeredBy=";

/// A machine with these files, by their texts, and systemd that knows one unit.
fn machine(files: &[(&str, &str)]) -> (tempfile::TempDir, FixtureHost) {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in files {
        let path = folder.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test plants the machine that is looked at")]
        std::fs::write(path, text).unwrap();
    }
    let said = |text: &str| Output { code: Some(0), stdout: text.into(), stderr: Vec::new() };
    let has_unit = folder.path().join("etc/systemd/system/shop.service").exists();
    let programs = move |program: &str, arguments: &[&str]| {
        let known = program == "systemctl" && arguments.last() == Some(&"shop.service") && has_unit;
        Some(said(if known { UNIT } else { "Id=other.service\nLoadState=not-found\n" }))
    };
    let host = FixtureHost::new(folder.path()).with_programs(Box::new(programs));
    (folder, host)
}

const OLD: [(&str, &str); 12] = [
    ("etc/passwd", "root:x:0:0::/root:/bin/sh\nshop:x:999:998::/srv/shop:/usr/sbin/nologin\n"),
    ("etc/group", "root:x:0:\nwww-data:x:33:shop\nshop:x:998:\nmetrics:x:997:shop\n"),
    ("etc/systemd/system/shop.service", "[Service]\n"),
    ("etc/systemd/system/shop.service.d/limits.conf", "[Service]\n"),
    ("etc/nginx/nginx.conf", "events {}\n"),
    ("bin/kill", ""),
    ("usr/bin/python3.11", ""),
    ("srv/shop/.venv/pyvenv.cfg", ""),
    ("srv/shop/.venv/lib/python3.11/site-packages/fastapi-0.115.0.dist-info/METADATA", ""),
    ("srv/shop/.venv/lib/python3.11/site-packages/pip-23.0.1.dist-info/METADATA", ""),
    ("var/lib/dpkg/info/procps:amd64.list", "/usr/bin/kill\n/etc/systemd/system\n"),
    ("var/lib/dpkg/info/nginx-common.list", "/etc/nginx/nginx.conf\n"),
];

fn snapshot(files: &[&str]) -> Snapshot {
    let process = setpoint_model::ProcessState {
        name: "shop.service".to_owned(),
        interpreter: Some("/srv/shop/.venv".to_owned()),
        ..Default::default()
    };
    let files = files.iter().map(|file| (*file).to_owned()).collect();
    let site = Site { root: "/srv/shop".to_owned(), files, processes: vec![process], ..Site::default() };
    Snapshot { version: 1, site, defaults: Vec::new(), calls: Vec::new(), needs: Vec::new(), problems: Vec::new() }
}

fn shown(needs: &[Need]) -> String {
    // The tests' own user and umask are no picture.
    let owner = |text: String| text.split(r#","access""#).next().unwrap_or_default().to_owned();
    needs.iter().map(|need| owner(serde_json::to_string(need).unwrap()) + "\n").collect()
}

fn of_old_machine() -> (tempfile::TempDir, FixtureHost, Vec<Need>) {
    let (folder, host) = machine(&OLD);
    std::fs::create_dir_all(folder.path().join("srv/shop/.venv/bin")).unwrap();
    let interpreter = folder.path().join("srv/shop/.venv/bin/python");
    std::os::unix::fs::symlink("../../../../usr/bin/python3.11", interpreter).unwrap();
    let snapshot = snapshot(&["/etc/nginx/nginx.conf", "setpoint.toml"]);
    let needs = needs(&host, &snapshot, &["shop.service".to_owned()], &BTreeSet::new()).unwrap();
    (folder, host, needs)
}

#[test]
fn what_a_unit_needs_that_no_package_and_no_checkout_brings() {
    let (_folder, _, needs) = of_old_machine();
    insta::assert_snapshot!(shown(&needs), @r#"
    {"name":"procps","kind":"package","files":["/bin/kill"]}
    {"name":"metrics","kind":"group"}
    {"name":"shop","kind":"group"}
    {"name":"shop","kind":"user","group":"shop","groups":["metrics","www-data"],"home":"/srv/shop","shell":"/usr/sbin/nologin"}
    {"name":"/etc/systemd/system/shop.service.d","kind":"folder"
    {"name":"/srv/shop","kind":"folder"
    {"name":"/etc/systemd/system/shop.service","kind":"file"
    {"name":"/etc/systemd/system/shop.service.d/limits.conf","kind":"file"
    {"name":"/srv/shop/.venv","kind":"python","interpreter":"/usr/bin/python3.11"}
    {"name":"/srv/shop/.venv","kind":"distributions","pins":{"fastapi":"fastapi==0.115.0"}}
    {"name":"shop.service","kind":"unit","enabled":true}
    "#);
}

#[test]
fn the_machine_itself_has_all_of_it() {
    let (_folder, host, needs) = of_old_machine();
    let (standings, problems) = standings(&host, &needs);
    assert_eq!(problems, []);
    assert_eq!(standings.len(), needs.len());
    standings.iter().for_each(|standing| assert_eq!(standing.here.as_ref(), Some(&standing.need.what)));
}

#[test]
fn an_empty_machine_has_nothing_of_it() {
    let (_old, _, needs) = of_old_machine();
    let (folder, host) = machine(&[]);
    assert!(Path::new(folder.path()).exists());
    let (standings, problems) = standings(&host, &needs);
    assert_eq!(problems, []);
    standings.iter().for_each(|standing| assert_eq!(standing.here, None));
}
