use super::{Home, Unit, UnitFiles, read};
use crate::{Clear, Target};
use setpoint_host::FixtureHost;
use std::path::{Path, PathBuf};

const UNIT: &str = "[Unit]
Description=Shop
StartLimitBurst=5
[Service]
Type=notify
EnvironmentFile=/etc/shop/*.env
EnvironmentFile=-/etc/missing.env
EnvironmentFile=/etc/gone.env
Environment=A=unit \"B=x y\" DATE=%d.%H
PassEnvironment=HOME
UnsetEnvironment=A C=3 D=other
ReadWritePaths=/a
Restart=always
ExecStart=/srv/bin/gunicorn shop:app -b ${BIND} $OPTIONS --log-level %i
";
const DROP_IN: &str = "[Service]
ReadWritePaths=/b
Restart=on-failure
RestartSec=2
MemoryMax=512M
LimitNOFILE=
Environment=E=\\q
";

/// A machine with these files.
fn machine(files: &[(&str, &str)]) -> tempfile::TempDir {
    let machine = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = machine.path().join(path.trim_start_matches('/'));
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        #[expect(clippy::disallowed_methods, reason = "the test prepares the machine that is read")]
        std::fs::write(path, text).unwrap();
    }
    machine
}

fn picture(unit: &Unit, machine: &tempfile::TempDir) -> String {
    let mut lines = Vec::new();
    for assignment in &unit.deployment.assignments {
        let target = match &assignment.target {
            Target::Variable(name) => format!("${name}"),
            Target::Default(name) | Target::FromVariable { name, .. } => name.clone(),
        };
        let value = match &assignment.value {
            Clear::Constant(value) => serde_json::to_string(value.reveal()).unwrap(),
            Clear::Dynamic => "(dynamic)".to_owned(),
            Clear::Nothing => "(nothing)".to_owned(),
        };
        let symbol = assignment.symbol.as_deref().unwrap_or("-");
        lines.push(format!("{target} = {value} by {} {} {symbol}", assignment.layer, assignment.place));
    }
    lines.extend(unit.deployment.problems.iter().map(|problem| format!("problem: {problem}")));
    lines.join("\n").replace(&machine.path().display().to_string(), "")
}

fn files(drop_ins: &[PathBuf]) -> UnitFiles<'_> {
    UnitFiles { name: "shop@info.service", fragment: Path::new("/etc/systemd/system/shop@.service"), drop_ins }
}

#[test]
fn an_installed_unit_with_its_drop_in_and_files() {
    let machine = machine(&[
        ("/etc/systemd/system/shop@.service", UNIT),
        ("/etc/systemd/system/shop@.service.d/10.conf", DROP_IN),
        ("/etc/shop/a.env", "BIND=127.0.0.1:1\nC=3\nD=4\n"),
        ("/etc/shop/b.env", "BIND=127.0.0.1:2\nOPTIONS=\"-w 3\"\nGUNICORN_CMD_ARGS=-t 90\n"),
        ("/proc/sys/kernel/hostname", "shop-1\n"),
    ]);
    let drop_ins = [PathBuf::from("/etc/systemd/system/shop@.service.d/10.conf")];
    let shown = |path: &Path| path.display().to_string();
    let unit = read(&FixtureHost::new(machine.path()), &files(&drop_ins), &Home::Machine, &shown);
    insta::assert_snapshot!(picture(&unit, &machine), @r#"
    $HOME = (dynamic) by unit-environment /etc/systemd/system/shop@.service:10:17 [Service]
    $A = "unit" by unit-environment /etc/systemd/system/shop@.service:9:15 [Service]
    $B = "x y" by unit-environment /etc/systemd/system/shop@.service:9:23 [Service]
    $DATE = "/run/credentials/shop@info.service.shop-1" by unit-environment /etc/systemd/system/shop@.service:9:33 [Service]
    $BIND = "127.0.0.1:1" by environment-file /etc/shop/a.env:1:6 -
    $C = "3" by environment-file /etc/shop/a.env:2:3 -
    $D = "4" by environment-file /etc/shop/a.env:3:3 -
    $BIND = "127.0.0.1:2" by environment-file /etc/shop/b.env:1:6 -
    $OPTIONS = "-w 3" by environment-file /etc/shop/b.env:2:9 -
    $GUNICORN_CMD_ARGS = "-t 90" by environment-file /etc/shop/b.env:3:19 -
    $A = (nothing) by unit-environment /etc/systemd/system/shop@.service:11:18 [Service]
    $C = (nothing) by unit-environment /etc/systemd/system/shop@.service:11:18 [Service]
    gunicorn.bind = "127.0.0.1:2" by command-line /etc/systemd/system/shop@.service:14:41 [Service]
    gunicorn.workers = 3 by command-line /etc/systemd/system/shop@.service:14:49 [Service]
    gunicorn.loglevel = "info" by command-line /etc/systemd/system/shop@.service:14:70 [Service]
    systemd.ExecStart = "/srv/bin/gunicorn shop:app -b ${BIND} $OPTIONS --log-level info" by unit /etc/systemd/system/shop@.service:14:11 [Service]
    systemd.MemoryMax = "512M" by unit /etc/systemd/system/shop@.service.d/10.conf:5:11 [Service]
    systemd.ReadWritePaths = "/a" by unit /etc/systemd/system/shop@.service:12:16 [Service]
    systemd.ReadWritePaths = ["/a","/b"] by unit /etc/systemd/system/shop@.service.d/10.conf:2:16 [Service]
    systemd.Restart = "always" by unit /etc/systemd/system/shop@.service:13:9 [Service]
    systemd.Restart = "on-failure" by unit /etc/systemd/system/shop@.service.d/10.conf:3:9 [Service]
    systemd.RestartSec = 2 by unit /etc/systemd/system/shop@.service.d/10.conf:4:12 [Service]
    systemd.Type = "notify" by unit /etc/systemd/system/shop@.service:5:6 [Service]
    systemd.StartLimitBurst = 5 by unit /etc/systemd/system/shop@.service:3:17 [Unit]
    gunicorn.timeout = 90 by environment-file /etc/shop/b.env:3:19 GUNICORN_CMD_ARGS
    problem: a backslash starts no known escape, so that systemd ignores the value from here on (/etc/systemd/system/shop@.service.d/10.conf:7:15); expected `\\`, or one of the escapes of systemd.syntax(7); retry: safe once this is mended; nothing was changed
    problem: `/etc/gone.env` does not exist (/etc/gone.env:1:1); expected a file or folder of that name; retry: safe once this is mended; nothing was changed
    "#);
    let words: Vec<_> = unit.launches[0].command.words.iter().map(setpoint_formats::Word::as_str).collect();
    let expected = ["/srv/bin/gunicorn", "shop:app", "-b", "127.0.0.1:2", "-w", "3", "--log-level", "info"];
    assert_eq!(words, expected);
}

#[test]
fn in_a_folder_paths_mean_what_will_be_installed_there() {
    let text = "[Service]\nEnvironmentFile=/etc/shop/shop.env\nEnvironmentFile=/etc/other.env\nEnvironment=H=%H\n";
    let machine = machine(&[("/repo/shop.service", text), ("/repo/deploy/shop.env", "A=1\n")]);
    let at = |path: &Path| path.ends_with("shop.env").then(|| PathBuf::from("/repo/deploy/shop.env"));
    let shown = |path: &Path| path.strip_prefix("/repo").unwrap().display().to_string();
    let files = UnitFiles { name: "shop.service", fragment: Path::new("/repo/shop.service"), drop_ins: &[] };
    let unit = read(&FixtureHost::new(machine.path()), &files, &Home::Folder(&at), &shown);
    insta::assert_snapshot!(picture(&unit, &machine), @r#"
    $H = (dynamic) by unit-environment shop.service:4:15 [Service]
    $A = "1" by environment-file deploy/shop.env:1:3 -
    "#);
}

#[test]
fn what_cannot_be_read_is_a_problem_and_a_masked_drop_in_is_none() {
    let machine = machine(&[("/etc/systemd/system/shop@.service", "[Service]\nRestart=no\n")]);
    let folder = machine.path().join("etc/systemd/system/shop@.service.d");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink("/dev/null", folder.join("mask.conf")).unwrap();
    let drop_ins = ["mask.conf", "gone.conf"].map(|name| Path::new("/etc/systemd/system/shop@.service.d").join(name));
    let shown = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let unit = read(&FixtureHost::new(machine.path()), &files(&drop_ins), &Home::Machine, &shown);
    assert_eq!(unit.deployment.assignments.len(), 1);
    let places: Vec<_> = unit.deployment.problems.iter().filter_map(|problem| problem.place.as_ref()).collect();
    assert_eq!(places.iter().map(|place| place.file.as_str()).collect::<Vec<_>>(), ["gone.conf"]);
}

#[test]
fn what_systemd_ignores_sets_nothing() {
    let text = "[Service]\nStartLimitIntervalSec=0\nEnviromentFile=/etc/shop.env\nX-Owner=shop\nStartLimitBurst=3\n\
                [Unit]\nRestart=always\nSomethingNew=1\n";
    let machine = machine(&[("/etc/systemd/system/shop@.service", text)]);
    let shown = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let unit = read(&FixtureHost::new(machine.path()), &files(&[]), &Home::Machine, &shown);
    let ignored = unit.ignored_keys.iter().map(|of| format!("{}: [{}] {}=\n", of.place, of.belongs_to, of.known_as));
    insta::assert_snapshot!(ignored.collect::<String>() + &picture(&unit, &machine), @r#"
    shop@.service:2:1: [Unit] StartLimitIntervalSec=
    shop@.service:3:1: [Service] EnvironmentFile=
    shop@.service:7:1: [Service] Restart=
    systemd.StartLimitBurst = 3 by unit shop@.service:5:17 [Service]
    systemd.X-Owner = "shop" by unit shop@.service:4:9 [Service]
    systemd.SomethingNew = 1 by unit shop@.service:8:14 [Unit]
    "#);
}
