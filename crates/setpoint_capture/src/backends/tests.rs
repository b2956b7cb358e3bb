use super::{Read, Server, add, read, told};
use crate::catalog;
use crate::site::{Found, Localhost};
use crate::within::Within;
use crate::{Assignment, Clear, Sensitive, Target};
use insta::assert_snapshot;
use setpoint_host::{FixtureHost, Host, LiveHost};
use setpoint_model::{Layer, Mechanism, Place, Value};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// A machine with these files.
fn machine(files: &[(&str, &str)]) -> (TempDir, FixtureHost) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name.trim_start_matches('/'));
        #[expect(clippy::disallowed_methods, reason = "the test prepares the files that are read")]
        std::fs::create_dir_all(path.parent().unwrap()).and_then(|()| std::fs::write(&path, text)).unwrap();
    }
    let host = FixtureHost::new(folder.path());
    (folder, host)
}

fn picture(read: &Read) -> String {
    let deployment = &read.deployment;
    let set = deployment.assignments.iter().map(|assignment| {
        let Target::Default(name) = &assignment.target else { unreachable!("servers have names of their own") };
        let Clear::Constant(value) = &assignment.value else { unreachable!("files have constants") };
        format!("{name} = {:?} `{}` {}", value.reveal(), assignment.text.reveal(), assignment.place)
    });
    let problems = deployment.problems.iter().map(|problem| format!("{problem}"));
    set.chain(problems).collect::<Vec<_>>().join("\n")
}

const MAIN: &str = "/etc/postgresql/15/main/postgresql.conf";

#[test]
fn postgresql_with_what_it_includes_and_what_statements_set() {
    let (folder, host) = machine(&[
        (
            MAIN,
            "data_directory = '/var/lib/postgresql/15/main'\nmax_connections = 100 # few\nport = 5433\nfsync off\n\
             include_dir = 'conf.d'\ninclude_if_exists 'none.conf'\ninclude 'lost.conf'\nwrong\nssl_passphrase_command = \
             'echo hunter2-of-a-key'\n",
        ),
        ("/etc/postgresql/15/main/conf.d/20-shop.conf", "idle_session_timeout = '5min'\nmax_connections = 200\n"),
        ("/etc/postgresql/15/main/conf.d/10-first.conf", "max_connections = 150\n"),
        ("/etc/postgresql/15/main/conf.d/.hidden.conf", "max_connections = 1\n"),
        ("/var/lib/postgresql/15/main/postgresql.auto.conf", "statement_timeout = '30s'\n"),
    ]);
    let read = read(&host, Server::Postgresql, Path::new(MAIN), &|path| path.display().to_string(), Within::Machine);
    assert_eq!(read.port(Server::Postgresql), 5433);
    let picture = picture(&read).replace(&folder.path().display().to_string(), "");
    assert_snapshot!(picture, @r#"
    postgresql.max_connections = Integer(100) `100` /etc/postgresql/15/main/postgresql.conf:2:19
    postgresql.fsync = Text("off") `off` /etc/postgresql/15/main/postgresql.conf:4:7
    postgresql.max_connections = Integer(150) `150` /etc/postgresql/15/main/conf.d/10-first.conf:1:19
    postgresql.idle_session_timeout = Text("5min") `'5min'` /etc/postgresql/15/main/conf.d/20-shop.conf:1:24
    postgresql.max_connections = Integer(200) `200` /etc/postgresql/15/main/conf.d/20-shop.conf:2:19
    postgresql.statement_timeout = Text("30s") `'30s'` /var/lib/postgresql/15/main/postgresql.auto.conf:1:21
    a line is no setting (/etc/postgresql/15/main/postgresql.conf:8:1); expected `name = value`; retry: safe once this is mended; nothing was changed
    `/etc/postgresql/15/main/lost.conf` does not exist (/etc/postgresql/15/main/lost.conf:1:1); expected a file or folder of that name; retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn redis_with_what_it_includes() {
    let (_folder, host) = machine(&[
        (
            "/etc/redis/redis.conf",
            "bind 127.0.0.1 -::1\nmaxmemory 100mb\nrequirepass hunter2-of-a-line\ninclude /etc/redis/more*.conf\n\
             include near.conf\nMaxClients 50\n",
        ),
        ("/etc/redis/more1.conf", "timeout \"300\"\nmaxmemory 1gb\ninclude /etc/redis/more1.conf\n"),
    ]);
    let read = read(
        &host,
        Server::Redis,
        Path::new("/etc/redis/redis.conf"),
        &|path| path.display().to_string(),
        Within::Machine,
    );
    assert_snapshot!(picture(&read), @r#"
    redis-server.bind = Text("127.0.0.1 -::1") `127.0.0.1 -::1` /etc/redis/redis.conf:1:6
    redis-server.maxmemory = Text("100mb") `100mb` /etc/redis/redis.conf:2:11
    redis-server.timeout = Integer(300) `"300"` /etc/redis/more1.conf:1:9
    redis-server.maxmemory = Text("1gb") `1gb` /etc/redis/more1.conf:2:11
    redis-server.maxclients = Integer(50) `50` /etc/redis/redis.conf:6:12
    a file was not read: Redis looks for it in the folder that it is started in (/etc/redis/redis.conf:5:9); expected an `include` with a whole path; retry: safe once this is mended; nothing was changed
    "#);
}

#[test]
fn a_folder_is_not_left() {
    let (_folder, host) = machine(&[
        (
            "/srv/shop/deploy/postgresql.conf",
            "data_directory = '/var/lib/postgresql'\ninclude '/etc/shop.conf'\nfsync = on\n",
        ),
        ("/etc/shop.conf", "max_connections = 1\n"),
        ("/var/lib/postgresql/postgresql.auto.conf", "max_connections = 2\n"),
    ]);
    let root = Path::new("/srv/shop");
    let main = root.join("deploy/postgresql.conf");
    let shown = |path: &Path| path.strip_prefix(root).unwrap_or(path).display().to_string();
    assert_snapshot!(picture(&read(&host, Server::Postgresql, &main, &shown, Within::Folder(root))), @r#"
    postgresql.fsync = Text("on") `on` deploy/postgresql.conf:3:9
    `/etc/shop.conf` was not read: it is not in this folder (/etc/shop.conf:1:1); expected the named file in the folder of the files that name it; retry: safe once this is mended; nothing was changed
    "#);
}

/// What is captured of two clusters of a machine, where the service is given this URL.
fn captured(url: &str) -> String {
    let (_folder, host) = machine(&[
        (MAIN, "port = 5432\nmax_connections = 100\n"),
        ("/etc/postgresql/16/other/postgresql.conf", "port = 5433\nmax_connections = 20\n"),
    ]);
    let mut found = Found { localhost: Localhost::Here, root: Some(PathBuf::from("/srv/shop")), ..Found::default() };
    found.deployment.assignments.push(Assignment {
        target: Target::Variable("SHOP_DATABASE_URL".to_owned()),
        layer: Layer::EnvironmentFile,
        mechanism: Mechanism::UnitEnvironment,
        value: Clear::from(Value::from(url)),
        text: Sensitive::new(url.to_owned()),
        place: Place::file("/etc/shop/shop.env"),
        symbol: None,
        process: None,
    });
    add(&host, &mut found, &[]);
    found.deployment.assignments.remove(0);
    picture(&Read { deployment: found.deployment, ..Read::default() })
}

#[test]
fn only_the_server_that_the_service_uses_counts() {
    assert_snapshot!(captured("postgresql://shop@localhost/shop"), @"postgresql.max_connections = Integer(100) `100` /etc/postgresql/15/main/postgresql.conf:2:19");
    assert_snapshot!(captured("postgresql+psycopg://shop@127.0.0.1:5433/shop"), @"postgresql.max_connections = Integer(20) `20` /etc/postgresql/16/other/postgresql.conf:2:19");
    assert_snapshot!(captured("postgresql://shop@db.example/shop"), @"");
    assert_snapshot!(captured("sqlite:///shop.db"), @"");
}

/// What a program says of its built-in values, of those defaults that are named.
fn told_of(host: &dyn Host, server: &str, assignments: &[Assignment], names: &[&str]) -> Option<String> {
    let package = catalog::packages().iter().find(|package| package.name == server).unwrap();
    let told = told(host, package, assignments)?;
    let entries = package.entries().iter().filter(|entry| names.contains(&entry.own_name.as_str()));
    let lines = entries.map(|entry| format!("{} {:?}\n", entry.own_name, told.value(entry)));
    Some(lines.chain([format!("{} {}", told.place.file, told.is_all)]).collect())
}

#[test]
fn the_manager_of_units_says_what_it_gives_them() {
    let asked = "cmd/systemctl show --property=DefaultLimitNOFILESoft,DefaultLimitNOFILE,DefaultRestartUSec,\
                 DefaultStartLimitBurst,DefaultStartLimitIntervalUSec,DefaultTimeoutStopUSec";
    let (_folder, host) = machine(&[(
        asked,
        "0\nDefaultTimeoutStopUSec=1min 30s\nDefaultLimitNOFILE=524288\nDefaultLimitNOFILESoft=1024\n",
    )]);
    let names = ["TimeoutStopSec", "LimitNOFILE", "RestartSec"];
    assert_snapshot!(told_of(&host, "systemd", &[], &names).unwrap(), @r#"
    LimitNOFILE Some(Text("1024:524288"))
    RestartSec None
    TimeoutStopSec Some(Text("1min 30s"))
    systemctl show false
    "#);
    assert_eq!(told_of(&machine(&[]).1, "systemd", &[], &names), None);
}

/// Asks the real program, of the version that is installed as Debian does it.
#[test]
fn postgresql_says_what_is_built_in() {
    let versions = LiveHost.list(Path::new("/usr/lib/postgresql")).unwrap_or_default();
    let Some(version) = versions.first().and_then(|version| version.name.to_str()) else {
        assert!(!tool_must_be_here(), "in CI nothing is skipped: PostgreSQL is not installed");
        return;
    };
    let set = Assignment {
        target: Target::Default("postgresql.max_connections".to_owned()),
        layer: Layer::ConfigurationFile,
        mechanism: Mechanism::Postgresql,
        value: Clear::from(Value::Integer(300)),
        text: Sensitive::new("300".to_owned()),
        place: Place::file(format!("/etc/postgresql/{version}/main/postgresql.conf")),
        symbol: None,
        process: None,
    };
    let names = ["max_connections", "fsync", "deadlock_timeout", "timezone"];
    let told = told_of(&LiveHost, "postgresql", &[set], &names).unwrap().replace(version, "VERSION");
    assert_snapshot!(told, @r#"
    deadlock_timeout Some(Integer(1000))
    fsync Some(Text("on"))
    max_connections Some(Integer(100))
    timezone Some(Text("GMT"))
    /usr/lib/postgresql/VERSION/bin/postgres true
    "#);
}

fn tool_must_be_here() -> bool {
    std::env::var_os("CI").is_some()
}

#[test]
fn files_that_include_one_another_many_times_have_an_end() {
    let names: Vec<String> = (0..10).map(|number| format!("/srv/shop/{number}.conf")).collect();
    let texts: Vec<String> = (1..=10).map(|next| format!("include '{next}.conf'\n").repeat(5)).collect();
    let files: Vec<(&str, &str)> = names.iter().map(String::as_str).zip(texts.iter().map(String::as_str)).collect();
    let (_folder, host) = machine(&files);
    let shown = |path: &Path| path.display().to_string();
    let read =
        read(&host, Server::Postgresql, Path::new("/srv/shop/0.conf"), &shown, Within::Folder(Path::new("/srv/shop")));
    let too_many =
        read.deployment.problems.iter().filter(|problem| problem.to_string().contains("more than 200 files"));
    assert_eq!(too_many.count(), 1);
}

#[test]
fn a_link_does_not_lead_out_of_the_folder() {
    let (folder, host) = machine(&[
        ("/srv/shop/postgresql.conf", "include_dir 'conf.d'\ninclude '../outside.conf'\n"),
        ("/srv/outside.conf", "max_connections = 1\n"),
        ("/srv/elsewhere/a.conf", "max_connections = 2\n"),
    ]);
    std::os::unix::fs::symlink("../elsewhere", folder.path().join("srv/shop/conf.d")).unwrap();
    let shown = |path: &Path| path.display().to_string();
    let main = Path::new("/srv/shop/postgresql.conf");
    assert_snapshot!(picture(&read(&host, Server::Postgresql, main, &shown, Within::Folder(Path::new("/srv/shop")))), @"
    `/srv/shop/conf.d` was not read: it is not in this folder (/srv/shop/postgresql.conf:1:14); expected the named file in the folder of the files that name it; retry: safe once this is mended; nothing was changed
    `/srv/shop/../outside.conf` was not read: it is not in this folder (/srv/shop/../outside.conf:1:1); expected the named file in the folder of the files that name it; retry: safe once this is mended; nothing was changed
    ");
}

#[test]
fn a_folder_that_is_included_and_not_there() {
    let text = "port = 5433\ninclude_dir = 'conf.d'\ninclude_if_exists 'more.conf'\ninclude_dir '/etc/others'\n";
    let (folder, host) = machine(&[("/srv/shop/postgresql.conf", text), ("/etc/others/a.conf", "fsync off\n")]);
    let main = Path::new("/srv/shop/postgresql.conf");
    let shown = |path: &Path| path.display().to_string();
    let picture = |read: &Read| picture(read).replace(folder.path().to_str().unwrap(), "");
    assert_snapshot!(picture(&read(&host, Server::Postgresql, main, &shown, Within::Machine)), @r#"
    postgresql.fsync = Text("off") `off` /etc/others/a.conf:1:7
    `/srv/shop/conf.d` does not exist (/srv/shop/postgresql.conf:2:16); expected a file or folder of that name; retry: safe once this is mended; nothing was changed
    "#);
    assert_snapshot!(picture(&read(&host, Server::Postgresql, main, &shown, Within::Folder(Path::new("/srv/shop")))), @"
    `/srv/shop/conf.d` does not exist (/srv/shop/postgresql.conf:2:16); expected a file or folder of that name; retry: safe once this is mended; nothing was changed
    `/etc/others` was not read: it is not in this folder (/srv/shop/postgresql.conf:4:14); expected the named file in the folder of the files that name it; retry: safe once this is mended; nothing was changed
    ");
}
